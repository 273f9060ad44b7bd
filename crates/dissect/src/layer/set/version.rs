//! Which version a message is of. SET 1.0 is recognised, shown, and never spoken.

use counterfoil_remark::{Kind, Severity};

use super::part::Part;
use super::{Findings, element_at, signed, value};

pub(super) static SET_1: Kind = Kind {
    id: "set-version-1",
    group: "set",
    severity: Severity::Warning,
    title: "A message of SET 1.0: recognised, shown as far as it can be read, and refused.",
    page: "Its header says version 1: SET as Visa and MasterCard published it on 31 May 1997. Its \
           messages have the same names and fields; what protects them is another dialect of PKCS \
           #7 with SHA-1, RSA of 1024 bits in SET's own form of OAEP, and DES or CDMF. None of \
           these protects anything today, so SET 2 answers such a message with Error \
           `versionTooOld` and never speaks it.\n\nAn old wallet, point of sale or test tool is \
           talking. Lengths and bounds of fields are not judged here, because SET 1.0 had others.",
    reference: "SET 1.0 Book 3; docs/divergences.md",
};

pub(super) static VERSION_UNKNOWN: Kind = Kind {
    id: "set-version-unknown",
    group: "set",
    severity: Severity::Error,
    title: "The header names a version that is neither 1 nor 2, or none.",
    page: "What follows is shown along the tables of SET 2, which may be wrong for it. A receiver \
           answers with Error `versionTooNew` or `decodingFailure`.",
    reference: "docs/wire-format.md, A message",
};

/// The version in the header of what may be a message.
pub(super) fn of_message(bytes: &[u8]) -> Option<i64> {
    let whole = element_at(bytes, 0, bytes.len())?;
    let header = element_at(bytes, whole.body.start, whole.body.end)?;
    let version = element_at(bytes, header.body.start, header.body.end)?;
    let is_wrapper = [&whole, &header].iter().all(|element| element.tag == der::Tag::Sequence);
    let octets = bytes.get(version.body)?;
    (is_wrapper && version.tag == der::Tag::Integer && octets.len() == 1)
        .then(|| value::i64_of(octets))?
}

/// Remarks on a version other than 2, and on what of the suite of 1997 is in the message.
pub(super) fn check(version: Option<i64>, root: &Part, findings: &mut Findings) {
    match version {
        Some(1) => {
            let found =
                "SET 1.0, with the suite of 1997: refused with Error versionTooOld".to_owned();
            findings.remark_part(&SET_1, root, found);
            signed::check_algorithms(root, findings);
        }
        Some(other) => {
            findings.remark_part(&VERSION_UNKNOWN, root, format!("version {other}"));
        }
        None => findings.remark_part(&VERSION_UNKNOWN, root, "no version can be read".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_version_of_what_looks_like_a_wrapper_only() {
        let check = |bytes: &[u8], expect| assert_eq!(of_message(bytes), expect, "{bytes:02x?}");
        check(&[0x30, 5, 0x30, 3, 2, 1, 1], Some(1));
        check(&[0x30, 5, 0x30, 3, 2, 1, 2], Some(2));
        check(&[0x30, 5, 0x31, 3, 2, 1, 2], None);
        check(&[0x30, 3, 2, 1, 2], None);
        check(b"<html>", None);
        check(&[], None);
    }
}
