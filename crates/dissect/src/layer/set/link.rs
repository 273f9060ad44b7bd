//! Digests that tie what travels apart: content and baggage, content and card data.

use counterfoil_crypto::digest::DetachedDigest;
use counterfoil_remark::{Kind, Severity};
use der::Decode;

use super::Findings;
use super::part::Part;

pub(super) static LINK_MISMATCH: Kind = Kind {
    id: "set-link-mismatch",
    group: "set",
    severity: Severity::Error,
    title: "A digest stands for another value than the one that travels with it.",
    page: "SET ties parts of a message together by digests: the baggage beside an envelope to the \
           content inside, the card data in an envelope of its own to what was signed. This \
           digest is of something else, so a part of the message was exchanged for another.\n\n\
           The receiver answers with Error `signatureFailure`. Look for a party that puts stored \
           payment instructions or tokens into the wrong request.",
    reference: "docs/wire-format.md, EncB and EX; SET 1.0 Book 3",
};

/// Holds every such digest in a message against what it stands for, as far as that was opened.
pub(super) fn check(root: &Part, findings: &mut Findings) {
    root.each(&mut |part| {
        if let (Some(sealed), Some(baggage)) = (part.child("sealed"), part.child("baggage")) {
            let link = sealed.find(&|part| is_link(part)).and_then(|link| link.child("digest"));
            compare(link, Some(baggage), findings);
        }
        let opened = |envelope: &str| part.child(envelope).and_then(|part| part.child("opened"));
        compare(part.child("digest"), opened("envelope"), findings);
        compare(part.child("hPANData"), opened("panEnvelope"), findings);
    });
}

/// `{t, DD(b)}`: two pieces, the first of which is a value.
fn is_link(part: &Part) -> bool {
    let first = part.child("content").map(|content| content.type_name);
    part.type_name == "PIECES" && part.children.len() == 2 && first.is_some_and(|of| of != "PIECES")
}

fn compare(digest: Option<&Part>, value: Option<&Part>, findings: &mut Findings) {
    let (Some(digest), Some(value)) = (digest, value) else { return };
    let Ok(expected) = DetachedDigest::from_der(digest.der()) else { return };
    if DetachedDigest::of(expected.content_type, value.der()) != expected {
        let found = format!("{} is not the digest of {}", digest.name, value.name);
        findings.remark_part(&LINK_MISMATCH, digest, found);
    }
}
