//! What the cardholder's software is set to.

use serde::{Deserialize, Serialize};

/// The settings of one wallet. Times are milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WalletSettings {
    /// Language tag that the merchant is told (RFC 5646).
    pub language: String,
    /// Names of the suites that are accepted, best first.
    pub suites: Vec<String>,
    /// How long one call of the merchant may take.
    pub call_timeout_ms: u64,
    /// How often the same octets are sent before the wallet goes on to ask or gives up.
    pub sends_max: u32,
    /// How many inquiries follow a PReq that is not decided.
    pub inquiries_max: u32,
    /// How often a PReq is sent anew after the merchant said that it has no such order.
    pub resends_max: u32,
    /// Wait before the first repetition; it doubles each time.
    pub wait_ms_min: u64,
    /// Longest wait between two repetitions.
    pub wait_ms_max: u64,
    /// How far the merchant's clock may be from ours.
    pub clock_skew_ms_max: u64,
}

impl Default for WalletSettings {
    fn default() -> Self {
        Self {
            language: "en".into(),
            suites: vec!["p256".into(), "rsa3072".into()],
            call_timeout_ms: 30_000,
            sends_max: 4,
            inquiries_max: 8,
            resends_max: 2,
            wait_ms_min: 500,
            wait_ms_max: 30_000,
            clock_skew_ms_max: 15 * 60_000,
        }
    }
}
