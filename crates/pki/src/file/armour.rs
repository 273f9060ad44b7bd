//! PEM (RFC 7468), with text around the blocks and the headers of RFC 1421 inside of them.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use counterfoil_secret::SecretBytes;

use super::{BLOCK_BASE64, BLOCK_OPEN, Place, item::Reader};

const BEGIN: &[u8] = b"-----BEGIN ";
const DASHES: &[u8] = b"-----";

/// Characters of a label that are read.
const LABEL_CHARS_MAX: usize = 64;

/// Is there a PEM block in it?
pub(super) fn is_pem(octets: &[u8]) -> bool {
    find(octets, BEGIN).is_some()
}

/// Hands every block to `reader`.
pub(super) fn read(reader: &mut Reader<'_>, octets: &[u8], name: &str) {
    let mut at = 0;
    let mut number = 0;
    while let Some(begin) = find(&octets[at..], BEGIN).map(|place| at + place) {
        number += 1;
        if reader.is_full() {
            return;
        }
        let place = Place { block: Some(number), offset: begin, ..Place::of(name) };
        let after = begin + BEGIN.len();
        let Some(label) = label(&octets[after..]) else {
            reader.remark(&BLOCK_OPEN, &place, "its first line is not finished");
            at = after;
            continue;
        };
        let body = after + label.len() + DASHES.len();
        let end = [b"-----END ".as_slice(), label.as_bytes(), DASHES].concat();
        let next = find(&octets[body..], BEGIN).map_or(octets.len(), |place| body + place);
        let Some(stop) = find(&octets[body..next], &end).map(|place| body + place) else {
            let summary = format!("there is no `-----END {label}-----` after it");
            reader.remark(&BLOCK_OPEN, &place, summary);
            at = body;
            continue;
        };
        read_block(reader, place, label, &octets[body..stop]);
        at = stop + end.len();
    }
}

fn read_block(reader: &mut Reader<'_>, place: Place, label: &str, body: &[u8]) {
    let (headers, base64) = split_headers(body);
    let compact: Vec<u8> =
        base64.iter().copied().filter(|octet| !octet.is_ascii_whitespace()).collect();
    // RFC 1421 encryption, of which the key derivation is MD5.
    if find(headers, b"ENCRYPTED").is_some() {
        let cipher = String::from_utf8_lossy(headers);
        let cipher = cipher.lines().find_map(|line| line.strip_prefix("DEK-Info:"));
        let cipher = cipher.and_then(|info| info.split(',').next()).unwrap_or("unknown").trim();
        reader.traditional_key(place, label, cipher);
        return;
    }
    match STANDARD.decode(&compact) {
        Ok(der) => reader.object(place, Some(label), SecretBytes::from(der).expose()),
        Err(error) => reader.remark(&BLOCK_BASE64, &place, format!("`{label}`: {error}")),
    }
}

/// Lines such as `Proc-Type: 4,ENCRYPTED`, and what follows their empty line.
fn split_headers(body: &[u8]) -> (&[u8], &[u8]) {
    let line = body.iter().position(|octet| !octet.is_ascii_whitespace()).unwrap_or(0);
    let end =
        body[line..].iter().position(|octet| *octet == b'\n').map_or(body.len(), |n| line + n);
    if !body[line..end].contains(&b':') {
        return (&[], body);
    }
    let blank = find(body, b"\n\n").map(|at| at + 2).or(find(body, b"\r\n\r\n").map(|at| at + 4));
    blank.map_or((body, &[]), |at| body.split_at(at))
}

fn label(rest: &[u8]) -> Option<&str> {
    let end = find(&rest[..rest.len().min(LABEL_CHARS_MAX + DASHES.len())], DASHES)?;
    let label = std::str::from_utf8(&rest[..end]).ok()?;
    label.chars().all(|c| c.is_ascii_graphic() || c == ' ').then_some(label)
}

fn find(octets: &[u8], what: &[u8]) -> Option<usize> {
    // The first octet is found quickly; a window is compared only there.
    let mut at = 0;
    while let Some(place) = octets[at..].iter().position(|octet| *octet == what[0]) {
        at += place;
        if octets[at..].starts_with(what) {
            return Some(at);
        }
        at += 1;
    }
    None
}
