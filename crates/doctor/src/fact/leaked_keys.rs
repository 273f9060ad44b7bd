//! Keys that are known to be in other hands, as the operator has listed them.

use serde::{Deserialize, Serialize};

use super::Observation;

/// A list of keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeakedKeys {
    /// SHA-256 of the SubjectPublicKeyInfo of each, in lower-case hexadecimal.
    pub sha256: Vec<String>,
    /// Lines that are none, by their number from 1.
    pub strange_lines: Vec<u64>,
}

impl Observation for LeakedKeys {
    const KIND: &'static str = "leaked-keys";
}
