//! Where the published test vectors are, and how to read them.

use std::io::Write as _;
use std::path::PathBuf;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::de::DeserializeOwned;

/// Reads `path` below the folder of vectors; `None`, said loudly, when it is not there.
#[allow(clippy::disallowed_methods, reason = "a test reads its vectors")]
pub(crate) fn load<T: DeserializeOwned>(path: &str) -> Option<T> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors");
    let folder = std::env::var("COUNTERFOIL_VECTORS").map_or(beside, PathBuf::from);
    let file = folder.join(path);
    match std::fs::read(&file) {
        Ok(bytes) => Some(serde_json::from_slice(&bytes).expect("the vectors are JSON")),
        Err(error) => {
            drop(writeln!(
                std::io::stderr(),
                "SKIPPED: {} cannot be read: {error}",
                file.display()
            ));
            None
        }
    }
}

pub(crate) fn base64(text: &str) -> Vec<u8> {
    STANDARD.decode(text).expect("the vectors are base64")
}
