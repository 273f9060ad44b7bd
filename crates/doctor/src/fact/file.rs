//! A file of a party's folder: what it is, who may touch it, and what was recorded of it.

use serde::{Deserialize, Serialize};

use super::Observation;

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileSeen {
    /// Permission bits, for example 0o600.
    pub mode: u32,
    /// Numeric id of its owner.
    pub owner: u32,
    /// Its length.
    pub octets: u64,
    /// Does it hold a private or secret key, or another secret?
    pub secret: bool,
    /// SHA-256 of its octets in hexadecimal; absent for secrets and for what changes by itself.
    pub sha256: Option<String>,
}

impl Observation for FileSeen {
    const KIND: &'static str = "file";
}
