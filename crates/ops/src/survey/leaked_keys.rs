//! The operator's list of leaked keys.

use counterfoil_doctor::fact::{Fact, LeakedKeys, Observation as _};
use counterfoil_node::files::{self, FileError};

use super::{Gatherer, Place};
use crate::repair::FOLDER;

pub(super) static GATHERER: Gatherer = Gatherer { name: "leaked-keys", run };

/// Name of the list in the doctor's folder.
const FILE: &str = "leaked-keys.txt";
/// Digits of a SHA-256 digest.
const DIGITS: usize = 64;

fn run(place: &Place) -> Vec<Fact> {
    let file = place.data.join(FOLDER).join(FILE);
    let source = place.name_of(&file);
    match files::read_text(&file) {
        Ok(text) => vec![Fact::of("", source, place.now, &read(&text))],
        Err(FileError::Missing(_)) => Vec::new(),
        Err(error) => vec![place.unseen("", &source, LeakedKeys::KIND, error)],
    }
}

/// One digest a line, as `openssl`, `sha256sum` and people write them; `#` begins a remark.
fn read(text: &str) -> LeakedKeys {
    let mut list = LeakedKeys { sha256: Vec::new(), strange_lines: Vec::new() };
    for (index, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default();
        let Some(word) = line.split_whitespace().next() else { continue };
        let digest = word.replace(':', "").to_ascii_lowercase();
        if digest.len() == DIGITS && digest.bytes().all(|octet| octet.is_ascii_hexdigit()) {
            list.sha256.push(digest);
        } else {
            list.strange_lines.push(index as u64 + 1);
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_read_in_the_forms_in_which_they_are_written() {
        let (a, b) = ("ab".repeat(32), "cd".repeat(32));
        let colons = "EF:".repeat(31) + "EF";
        let text =
            format!("# stolen\n{a}  key.pem\n\n{b} # of the shop\n{colons}\nnonsense\n{a}0\n");
        let read = read(&text);
        assert_eq!(read.sha256, [a, b, "ef".repeat(32)]);
        assert_eq!(read.strange_lines, [6, 7]);
    }
}
