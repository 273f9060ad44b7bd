//! What an applicant is set to, and the keys that it begins with.

use counterfoil_crypto::provider::{AWS_LC, Provider};
use counterfoil_secret::Secret;
use serde::{Deserialize, Serialize};

use crate::machine::Role;

/// Times that the same octets are sent before a registration rests until
/// [`super::Command::Resume`].
pub const SENDS_MAX: u32 = 4;

/// Milliseconds before the first repetition; the wait doubles each time.
pub const WAIT_MS_MIN: u64 = 500;

/// Milliseconds that a CA has to answer.
pub const CALL_TIMEOUT_MS: u64 = 30_000;

/// The settings of an applicant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplicantSettings {
    /// Which party registers.
    pub role: Role,
    /// Suite of the new keys.
    #[serde(default = "suite")]
    pub suite: String,
    /// Language of forms (RFC 5646).
    #[serde(default = "language")]
    pub language: String,
    /// Milliseconds that the CA has to answer.
    #[serde(default = "call_timeout_ms")]
    pub call_timeout_ms: u64,
}

fn suite() -> String {
    "p256".into()
}

fn language() -> String {
    "en".into()
}

fn call_timeout_ms() -> u64 {
    CALL_TIMEOUT_MS
}

impl ApplicantSettings {
    /// The defaults for a party.
    pub fn new(role: Role) -> Self {
        Self { role, suite: suite(), language: language(), call_timeout_ms: call_timeout_ms() }
    }
}

/// What an applicant makes and seals keys with.
#[derive(Debug, Clone)]
pub struct ApplicantKeys {
    /// Makes signatures.
    pub provider: Provider,
    /// Seals what records hold of keys, card and answers. It must lie elsewhere than the records.
    pub record_key: Secret<[u8; 32]>,
}

impl ApplicantKeys {
    /// With the usual provider.
    pub fn new(record_key: Secret<[u8; 32]>) -> Self {
        Self { provider: AWS_LC, record_key }
    }
}
