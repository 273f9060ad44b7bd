//! Certificates at one place, in the order in which they stand there.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use counterfoil_pki::Certificate;
use serde::{Deserialize, Serialize};

use super::Observation;

/// Certificates of a file, or as a server showed them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chain {
    /// What they are there for: `own`, `trust`, `served`.
    pub used_as: String,
    /// Each as base64 of its DER.
    pub certificates: Vec<String>,
    /// Why the place cannot be read as certificates, in one sentence.
    pub problem: Option<String>,
}

impl Observation for Chain {
    const KIND: &'static str = "chain";
}

impl Chain {
    /// Certificates as a fact.
    pub fn of(used_as: &str, certificates: &[Certificate]) -> Self {
        let certificates = certificates.iter().map(|one| STANDARD.encode(one.der())).collect();
        Self { used_as: used_as.to_owned(), certificates, problem: None }
    }

    /// The certificates that can be read, in their order.
    pub fn read(&self) -> Vec<Certificate> {
        let read = |text: &String| Certificate::from_der(&STANDARD.decode(text).ok()?).ok();
        self.certificates.iter().filter_map(read).collect()
    }
}
