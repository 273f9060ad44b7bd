//! What a TLS server speaks, as a probe has found.

use serde::{Deserialize, Serialize};

use super::Observation;

/// What is to be said of a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsProbe {
    /// `host:port`.
    pub address: String,
    /// Versions that are spoken, the newest first.
    pub versions: Vec<String>,
    /// What is wrong with it.
    pub remarks: Vec<TlsRemark>,
    /// Is there a question that had no answer?
    pub is_incomplete: bool,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsRemark {
    /// The rule's id: `tls10-accepted`.
    pub id: String,
    /// One sentence.
    pub summary: String,
}

impl Observation for TlsProbe {
    const KIND: &'static str = "tls-probe";
}
