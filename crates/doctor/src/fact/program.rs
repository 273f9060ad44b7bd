//! The program that a party's process runs.

use serde::{Deserialize, Serialize};

use super::Observation;

/// A program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// Its path, as the machine says; with ` (deleted)` when the file is gone.
    pub path: String,
    /// The path of the program that looks.
    pub our_path: String,
    /// Is it the same file as that of the program that looks?
    pub is_same_file: bool,
    /// SHA-256 of its octets in hexadecimal, which are there also when the file is gone; absent
    /// when all are the same file.
    pub sha256: Option<String>,
    /// The same of the program that looks.
    pub our_sha256: Option<String>,
}

impl Observation for Program {
    const KIND: &'static str = "program";
}

impl Program {
    /// Is it the program that looks?
    pub fn is_ours(&self) -> bool {
        self.is_same_file || (self.sha256.is_some() && self.sha256 == self.our_sha256)
    }

    /// Was its file replaced by the program that looks, as an update does?
    pub fn was_updated(&self) -> bool {
        self.path.strip_suffix(" (deleted)") == Some(self.our_path.as_str())
    }
}
