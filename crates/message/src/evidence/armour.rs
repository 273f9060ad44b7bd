//! The text form of an evidence file: PEM (RFC 7468), of which one spelling counts.

use std::borrow::Cow;

use der::pem::{self, LineEnding};

use super::error::EvidenceError;
use super::format::EVIDENCE_BYTES_MAX;

/// What stands after `BEGIN` and `END`.
pub const LABEL: &str = "COUNTERFOIL EVIDENCE";

const BEGIN: &[u8] = b"-----BEGIN COUNTERFOIL EVIDENCE-----";
/// First octet of DER: SEQUENCE.
const SEQUENCE: u8 = 0x30;
/// Most octets of the text: four for three, a line end for each 64, and two lines around.
const TEXT_BYTES_MAX: usize = EVIDENCE_BYTES_MAX / 3 * 4 + EVIDENCE_BYTES_MAX / 48 + 128;

/// A file that says that it is evidence, in a text form that is not whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damaged;

/// The text form of `der`: lines of 64 characters, each with a line feed.
///
/// # Errors
/// [`EvidenceError::TooLong`] above [`EVIDENCE_BYTES_MAX`].
pub fn armour(der: &[u8]) -> Result<String, EvidenceError> {
    let too_long = EvidenceError::TooLong { bytes: der.len() };
    if der.len() > EVIDENCE_BYTES_MAX {
        return Err(too_long);
    }
    pem::encode_string(LABEL, LineEnding::LF, der).map_err(|_| too_long)
}

/// The DER in a file of either form. Any other spelling of the text than [`armour`]'s is damage,
/// so that no octet of a file can change unseen.
///
/// # Errors
/// [`EvidenceError::NotEvidence`] for a file of another kind, [`EvidenceError::TooLong`].
pub fn open(file: &[u8]) -> Result<Result<Cow<'_, [u8]>, Damaged>, EvidenceError> {
    if file.len() > TEXT_BYTES_MAX {
        return Err(EvidenceError::TooLong { bytes: file.len() });
    }
    if file.first() == Some(&SEQUENCE) {
        return Ok(Ok(Cow::Borrowed(file)));
    }
    if !file.starts_with(BEGIN) {
        return Err(EvidenceError::NotEvidence);
    }
    let Ok((LABEL, der)) = pem::decode_vec(file) else { return Ok(Err(Damaged)) };
    let whole = armour(&der).is_ok_and(|text| text.as_bytes() == file);
    Ok(if whole { Ok(Cow::Owned(der)) } else { Err(Damaged) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_into_text_and_back_and_every_changed_character_is_seen() {
        let der: Vec<u8> = (0..=255).collect();
        let text = armour(&der).unwrap();
        assert_eq!(open(text.as_bytes()).unwrap().unwrap(), der);
        for place in 0..text.len() {
            for change in [0x01, 0x02, 0x20, 0x80] {
                let mut changed = text.clone().into_bytes();
                changed[place] ^= change;
                let same = matches!(open(&changed), Ok(Ok(found)) if *found == der);
                assert!(!same, "octet {place} changed by {change:#x}");
            }
        }
    }

    #[test]
    fn other_spellings_of_the_same_octets_are_damage() {
        let text = armour(&[7; 100]).unwrap();
        for other in [
            text.replace('\n', "\r\n"),
            text.trim_end().to_owned(),
            format!("{text}\n"),
            text.replacen("\n", "\n\n", 1),
        ] {
            assert_eq!(open(other.as_bytes()), Ok(Err(Damaged)), "{other:?}");
        }
    }

    #[test]
    fn files_of_other_kinds_are_told_apart() {
        let other = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for file in [other.as_bytes(), b"", b"hello"] {
            assert_eq!(open(file), Err(EvidenceError::NotEvidence));
        }
        let long = vec![SEQUENCE; TEXT_BYTES_MAX + 1];
        assert_eq!(open(&long), Err(EvidenceError::TooLong { bytes: long.len() }));
        assert!(armour(&vec![0; EVIDENCE_BYTES_MAX + 1]).is_err());
    }
}
