//! What was recorded of a file when it was last changed by the product itself, beside what it is
//! now.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Chain, Observation, Settings};

/// The recorded state of the file that is the fact's source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// SHA-256 in hexadecimal when it was recorded: of its octets, of a private key of its public
    /// half, of a symmetric key its check value.
    pub sha256: String,
    /// When that was.
    pub when: Timestamp,
    /// Is it a key, of which nothing but the digest is recorded?
    pub is_key: bool,
    /// The same digest now; absent when the file is gone or cannot be read.
    pub now_sha256: Option<String>,
    /// When the file was changed last, as the machine says; absent when it is as recorded.
    pub changed_at: Option<Timestamp>,
    /// The certificates that were recorded, each as base64 of its DER, where they differ.
    pub certificates: Vec<String>,
    /// The settings that were recorded, where they differ.
    pub settings: Option<Settings>,
}

impl Observation for Recorded {
    const KIND: &'static str = "recorded";
}

impl Recorded {
    /// Is the file other than it was recorded?
    pub fn differs(&self) -> bool {
        self.now_sha256.as_ref() != Some(&self.sha256)
    }

    /// The recorded certificates that can be read, in their order.
    pub fn chain(&self) -> Vec<counterfoil_pki::Certificate> {
        let (used_as, certificates) = ("recorded".to_owned(), self.certificates.clone());
        Chain { used_as, certificates, problem: None }.read()
    }
}
