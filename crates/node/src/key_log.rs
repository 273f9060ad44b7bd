//! A debugging aid that is off unless a setting names a file: the secrets of TLS connections in
//! the form of an NSS key log, for `counterfoil dissect --key`.
//!
//! Whoever has this file and a capture reads everything that the connections carried. SET's own
//! envelopes stay closed; everything else does not. See docs/dissect.md.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use counterfoil_secret::{Fault, Report};
use rustls::{KeyLog, ServerConfig};

/// Only the owner reads the file.
const MODE: u32 = 0o600;

/// The file of a key log cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("the TLS key log {} cannot be opened: {cause}", file.display())]
pub struct KeyLogError {
    file: PathBuf,
    cause: io::Error,
}

impl Report for KeyLogError {
    fn id(&self) -> &'static str {
        "tls-key-log-unopened"
    }

    fn hint(&self) -> String {
        "name a file in a folder that the party may write to, or take `tls_key_log` out".into()
    }

    fn fault(&self) -> Fault {
        Fault::Environment
    }
}

/// A key log that grows with each connection.
struct KeyLogFile(Mutex<File>);

impl KeyLog for KeyLogFile {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let line = format!("{label} {} {}\n", hex::encode(client_random), hex::encode(secret));
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A full disk must not end connections: what is missing is missing from the log.
        let _ = file.write_all(line.as_bytes());
    }
}

impl fmt::Debug for KeyLogFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyLogFile")
    }
}

/// Writes the secrets of every connection that a server with `config` accepts to `file`.
///
/// # Errors
/// [`KeyLogError`] when the file cannot be opened for appending.
pub fn attach(config: &mut ServerConfig, file: &Path) -> Result<(), KeyLogError> {
    let opened = OpenOptions::new().create(true).append(true).mode(MODE).open(file);
    let opened = opened.map_err(|cause| KeyLogError { file: file.to_path_buf(), cause })?;
    config.key_log = Arc::new(KeyLogFile(Mutex::new(opened)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_line_for_each_secret_in_a_file_that_only_its_owner_reads() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tls.keys");
        let opened = OpenOptions::new().create(true).append(true).mode(MODE).open(&path).unwrap();
        let log = KeyLogFile(Mutex::new(opened));
        log.log("CLIENT_TRAFFIC_SECRET_0", &[0xab; 2], &[1, 2]);
        log.log("SERVER_TRAFFIC_SECRET_0", &[0xab; 2], &[3]);
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "CLIENT_TRAFFIC_SECRET_0 abab 0102\nSERVER_TRAFFIC_SECRET_0 abab 03\n");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, MODE);
        assert_eq!(format!("{log:?}"), "KeyLogFile");
    }
}
