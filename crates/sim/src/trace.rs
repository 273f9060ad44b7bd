//! What happened, a line an event: the proof that the same seed gives the same run.

use std::fmt::Write as _;

use jiff::Timestamp;

use counterfoil_crypto::digest::sha256_of;

/// Most lines that are kept as text; the digest covers all of them.
pub const LINES_KEPT_MAX: usize = 20_000;

/// A trace: its digest over every line, and the lines themselves up to a limit.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    digest: [u8; 32],
    lines: Vec<String>,
    count: u64,
}

impl Trace {
    /// Adds a line. Message bytes go in as their digest, never as text.
    pub fn add(&mut self, now: Timestamp, who: &str, what: &str, body: &[u8]) {
        let mut line = format!("{now} {who:<10} {what}");
        if !body.is_empty() {
            let digest = sha256_of(&[body]);
            let shown = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
            let _ = write!(line, " {} octets #{shown:08x}", body.len());
        }
        self.digest = sha256_of(&[&self.digest, line.as_bytes(), body]);
        self.count += 1;
        if self.lines.len() < LINES_KEPT_MAX {
            self.lines.push(line);
        }
    }

    /// Digest over every line and every message, in hexadecimal.
    pub fn digest(&self) -> String {
        self.digest.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// How many lines there were.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The lines that were kept, oldest first.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }
}
