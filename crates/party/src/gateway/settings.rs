//! What an operator sets about a gateway.

use serde::{Deserialize, Serialize};

use crate::bank_link::BankLinkConfig;

/// The gateway's settings. Keys are given separately.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewaySettings {
    /// The brand whose certificates this gateway holds.
    pub brand: String,
    /// The bank link.
    pub bank: BankLinkConfig,
    /// Whether sale (captureNow) is supported.
    #[serde(default = "yes")]
    pub capture_now: bool,
    /// Terminal number for merchants that name none (ISO 8583 field 41).
    #[serde(default = "default_terminal")]
    pub terminal: String,
    /// Merchant category for merchants that name none (ISO 18245).
    #[serde(default = "default_merchant_type")]
    pub merchant_type: String,
    /// Longest wait for the bank's answer, milliseconds; then the payment is reversed.
    #[serde(default = "default_bank_wait")]
    pub bank_wait_ms_max: u64,
    /// Time between two tries of a reversal or capture, milliseconds; doubled up to the limit.
    #[serde(default = "default_retry")]
    pub retry_ms: u64,
    /// Longest time between two such tries, milliseconds.
    #[serde(default = "default_retry_max")]
    pub retry_ms_max: u64,
    /// Time between two echo tests of the bank link, milliseconds.
    #[serde(default = "default_echo")]
    pub echo_ms: u64,
    /// Oldest message that is accepted, milliseconds.
    #[serde(default = "default_age")]
    pub message_age_ms_max: u64,
    /// Furthest into the future that a message may be dated, milliseconds.
    #[serde(default = "default_skew")]
    pub message_skew_ms_max: u64,
}

fn yes() -> bool {
    true
}

fn default_terminal() -> String {
    "SET00001".into()
}

fn default_merchant_type() -> String {
    "5999".into()
}

fn default_bank_wait() -> u64 {
    10_000
}

fn default_retry() -> u64 {
    2_000
}

fn default_retry_max() -> u64 {
    300_000
}

fn default_echo() -> u64 {
    60_000
}

fn default_age() -> u64 {
    24 * 3_600_000
}

fn default_skew() -> u64 {
    5 * 60_000
}
