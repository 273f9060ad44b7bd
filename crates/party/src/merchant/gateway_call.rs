//! Questions to the gateway: kept with their octets, repeated unchanged until there is an answer.
//!
//! The alarm of a call is armed when it is sent (for the case that this process dies while
//! waiting) and moved when it fails; it is cleared with the record when the call is settled.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::records::{Octets, Table};

/// Calls without an answer, by the RRPID of their message.
pub(super) const CALLS: Table<GatewayCall> = Table::new("gateway_call");

/// The gateway's name among the endpoints.
pub(super) const GATEWAY: &str = "gateway";

/// Wait after the first failure; it doubles each time.
const RETRY_WAIT_MS_MIN: u64 = 1_000;
/// Longest wait between two repetitions.
const RETRY_WAIT_MS_MAX: u64 = 60_000;
/// How long after its time-out a call counts as lost with the process that made it.
const LOST_AFTER_MS: u64 = 2_000;

/// One question to the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct GatewayCall {
    /// What it is about.
    pub(super) purpose: Purpose,
    /// The message.
    pub(super) body: Octets,
    /// How often it was sent.
    pub(super) tries: u32,
    /// Whether the merchant has given up; `retry` begins anew.
    pub(super) given_up: bool,
}

/// What a call is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "exchange", rename_all = "snake_case")]
pub(super) enum Purpose {
    /// AuthReq of a purchase.
    Authorization {
        /// XID.
        purchase: Octets,
    },
    /// CapReq of a purchase.
    Capture {
        /// XID.
        purchase: Octets,
    },
    /// PCertReq.
    Certificate {
        /// For which brand.
        brand: String,
    },
}

impl Purpose {
    /// Name of the message that asks.
    pub(super) fn request(&self) -> &'static str {
        match self {
            Self::Authorization { .. } => "AuthReq",
            Self::Capture { .. } => "CapReq",
            Self::Certificate { .. } => "PCertReq",
        }
    }

    /// The purchase, where there is one.
    pub(super) fn purchase(&self) -> Option<&[u8]> {
        match self {
            Self::Authorization { purchase } | Self::Capture { purchase } => Some(&purchase.0),
            Self::Certificate { .. } => None,
        }
    }
}

impl GatewayCall {
    /// When it is sent again after it failed for the `tries`th time.
    pub(super) fn retry_at(&self, now: Timestamp) -> Timestamp {
        let doublings = self.tries.saturating_sub(1).min(16);
        later(now, (RETRY_WAIT_MS_MIN << doublings).min(RETRY_WAIT_MS_MAX))
    }

    /// When it counts as lost, if it is sent now.
    pub(super) fn lost_at(&self, now: Timestamp, timeout_ms: u64) -> Timestamp {
        later(now, timeout_ms.saturating_add(LOST_AFTER_MS))
    }
}

/// `ms` milliseconds after `now`.
pub(super) fn later(now: Timestamp, ms: u64) -> Timestamp {
    let wait = SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX));
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_minute() {
        let waits: Vec<i64> = (1..=9)
            .map(|tries| {
                let purpose = Purpose::Certificate { brand: "Visa".into() };
                let call = GatewayCall { purpose, body: Octets::default(), tries, given_up: false };
                call.retry_at(Timestamp::UNIX_EPOCH).as_second()
            })
            .collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }
}
