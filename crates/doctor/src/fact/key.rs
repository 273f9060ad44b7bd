//! The public half of a private key at one place, never the key itself.

use serde::{Deserialize, Serialize};

use super::Observation;

/// A private key that a party has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySeen {
    /// SHA-256 of its SubjectPublicKeyInfo in hexadecimal; for a symmetric key, absent.
    pub spki_sha256: Option<String>,
    /// Why it cannot be used, in one sentence.
    pub problem: Option<String>,
}

impl Observation for KeySeen {
    const KIND: &'static str = "key";
}
