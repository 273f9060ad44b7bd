//! What an operator decides about a merchant.

use serde::{Deserialize, Serialize};

/// When the merchant captures what was authorized.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaptureMode {
    /// In the same step as the authorization (captureNow): a sale.
    Now,
    /// By a CapReq of its own, at once after the authorization.
    After,
    /// When the shop says so.
    Manual,
}

/// The settings of one merchant. Times are milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MerchantSettings {
    /// Where wallets send SET messages.
    pub set_url: String,
    /// When to capture.
    #[serde(default = "capture")]
    pub capture: CaptureMode,
    /// Names of the suites that are spoken, best first.
    #[serde(default = "suites")]
    pub suites: Vec<String>,
    /// Merchant category code (ISO 18245), four digits.
    #[serde(default)]
    pub category_code: Option<String>,
    /// How long a PReq waits for its authorization before PRes says `orderReceived`.
    #[serde(default = "pres_wait_ms_max")]
    pub pres_wait_ms_max: u64,
    /// How long one call of the gateway may take.
    #[serde(default = "gateway_timeout_ms")]
    pub gateway_timeout_ms: u64,
    /// How often the same octets are sent to the gateway before the merchant gives up.
    #[serde(default = "gateway_tries_max")]
    pub gateway_tries_max: u32,
    /// How old a message may be that comes for the first time.
    #[serde(default = "message_age_ms_max")]
    pub message_age_ms_max: u64,
    /// How far a sender's clock may be ahead.
    #[serde(default = "clock_skew_ms_max")]
    pub clock_skew_ms_max: u64,
    /// How long a purchase may stay opened without a PReq.
    #[serde(default = "purchase_open_ms_max")]
    pub purchase_open_ms_max: u64,
}

impl MerchantSettings {
    /// The settings of a merchant that is reached at `set_url`, everything else as usual.
    pub fn new(set_url: &str) -> Self {
        Self {
            set_url: set_url.to_owned(),
            capture: capture(),
            suites: suites(),
            category_code: None,
            pres_wait_ms_max: pres_wait_ms_max(),
            gateway_timeout_ms: gateway_timeout_ms(),
            gateway_tries_max: gateway_tries_max(),
            message_age_ms_max: message_age_ms_max(),
            clock_skew_ms_max: clock_skew_ms_max(),
            purchase_open_ms_max: purchase_open_ms_max(),
        }
    }
}

fn capture() -> CaptureMode {
    CaptureMode::Manual
}

fn suites() -> Vec<String> {
    vec!["p256".into(), "rsa3072".into()]
}

fn pres_wait_ms_max() -> u64 {
    20_000
}

fn gateway_timeout_ms() -> u64 {
    15_000
}

fn gateway_tries_max() -> u32 {
    60
}

fn message_age_ms_max() -> u64 {
    15 * 60_000
}

fn clock_skew_ms_max() -> u64 {
    5 * 60_000
}

fn purchase_open_ms_max() -> u64 {
    60 * 60_000
}
