//! What a server answers a client of before TLS 1.3.

use serde::{Deserialize, Serialize};

use super::Observation;

/// The answer to one hello that offers TLS 1.2 at most, and old suites.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OldHello {
    /// `host:port`.
    pub address: String,
    /// The party that is meant, where that is known.
    pub to: Option<String>,
    /// The version that the server would go on with; none when it refuses or is silent.
    pub version: Option<String>,
}

impl Observation for OldHello {
    const KIND: &'static str = "old-hello";
}
