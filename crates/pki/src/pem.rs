//! PEM blocks (RFC 7468) of one label, out of a text that may hold others.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::error::PkiError;

/// Characters of base64 in one line (RFC 7468 section 2).
const LINE_CHARS: usize = 64;

/// The contents of every block labelled `label`, at least one and at most `count_max`.
pub(crate) fn blocks(
    text: &str,
    label: &'static str,
    count_max: usize,
) -> Result<Vec<Vec<u8>>, PkiError> {
    let begin = format!("-----BEGIN {label}-----");
    let end = format!("-----END {label}-----");
    let pem = |reason: String| PkiError::Pem { what: label, reason };
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(&begin) {
        if found.len() == count_max {
            return Err(PkiError::TooMany { what: "PEM text", parts: label, count_max });
        }
        let body = &rest[start + begin.len()..];
        let number = found.len() + 1;
        let stop = body.find(&end).ok_or_else(|| pem(format!("block {number} does not end")))?;
        let base64: String = body[..stop].split_whitespace().collect();
        let der =
            STANDARD.decode(base64).map_err(|_| pem(format!("block {number} is not base64")))?;
        found.push(der);
        rest = &body[stop + end.len()..];
    }
    if found.is_empty() { Err(pem("there is no such block".into())) } else { Ok(found) }
}

/// One block with lines of 64 characters and a final line end.
pub(crate) fn encode(label: &str, der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(LINE_CHARS));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}
