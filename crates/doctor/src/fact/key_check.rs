//! The check value of a symmetric key at one place, never the key itself.

use serde::{Deserialize, Serialize};

use super::Observation;

/// A symmetric key that a party has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyCheck {
    /// Three octets that the key makes of a fixed text, in hexadecimal.
    pub check: String,
}

impl Observation for KeyCheck {
    const KIND: &'static str = "key-check";
}
