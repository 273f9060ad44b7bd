//! Certificates in a message: is the chain of the signer all there, and is each of them in its
//! time?

use counterfoil_pki::Certificate;
use counterfoil_pki::extension::Roles;
use counterfoil_remark::{Kind, Severity};
use jiff::Timestamp;

use super::memory::Memory;
use super::part::Part;
use super::{Findings, signed};

/// Certificates from a signer to its root (SET 1.0 Book 3 has five levels).
const CHAIN_MAX: usize = 8;

pub(super) static CHAIN_INCOMPLETE: Kind = Kind {
    id: "set-chain-incomplete",
    group: "set",
    severity: Severity::Warning,
    title: "The signer's certificate came along, and an issuer of it was never seen.",
    page: "A receiver follows the certificates from the signer up to the root of the brand. One of \
           them is neither in this message nor in an earlier one of this capture, and the question \
           did not say (by thumbs) that it is known.\n\nA receiver that has it from elsewhere \
           notices nothing; one that has not answers with Error `missingCertificate`. Put the \
           issuers' certificates into the party's `certs` folder, so that they go along.",
    reference: "SET 1.0 Book 2, certificate chain validation; RFC 5280 section 6.1",
};

pub(super) static CERTIFICATE_EXPIRED: Kind = Kind {
    id: "set-certificate-expired",
    group: "set",
    severity: Severity::Error,
    title: "A certificate in the message had expired when the message was captured.",
    page: "Its validity ended before the time of capture; whoever checks it refuses the message \
           with Error `expiredCertificate`.\n\nRenew the certificate. If only one side sees it \
           expired, compare the clocks first.",
    reference: "RFC 5280 section 4.1.2.5",
};

pub(super) static CERTIFICATE_NOT_YET_VALID: Kind = Kind {
    id: "set-certificate-not-yet-valid",
    group: "set",
    severity: Severity::Error,
    title: "A certificate in the message was not valid yet when the message was captured.",
    page: "Its validity begins after the time of capture. Most often a clock is wrong: that of the \
           CA which issued it, or that of the machine which captured.",
    reference: "RFC 5280 section 4.1.2.5",
};

pub(super) static CERTIFICATE_UNREADABLE: Kind = Kind {
    id: "set-certificate-unreadable",
    group: "set",
    severity: Severity::Warning,
    title: "A certificate in the message cannot be read as SET asks for it.",
    page: "Its tags and lengths are shown as far as they go; a receiver refuses it. \
           `counterfoil cert lint` says which rule it breaks.",
    reference: "RFC 5280 section 4.1; docs/wire-format.md",
};

/// Looks at the certificates of every SignedData in a message. `is_cached` says that the question
/// named certificates that need not come along.
pub(super) fn check(
    root: &Part,
    memory: &Memory,
    now: Timestamp,
    is_cached: bool,
    findings: &mut Findings,
) {
    let mut seen: Vec<[u8; 32]> = Vec::new();
    root.each(&mut |part| {
        if !signed::is_signed_data(part) {
            return;
        }
        certificates(part, now, &mut seen, findings);
        if !is_cached {
            chains(part, memory, findings);
        }
    });
}

fn certificates(part: &Part, now: Timestamp, seen: &mut Vec<[u8; 32]>, findings: &mut Findings) {
    let list = part.child("SignedData").and_then(|data| data.child("certificates"));
    for part in list.map(|list| list.children.as_slice()).unwrap_or_default() {
        let Ok(certificate) = Certificate::from_der(part.der()) else {
            let found = "it is not a certificate that SET 2 reads".to_owned();
            findings.remark_part(&CERTIFICATE_UNREADABLE, part, found);
            continue;
        };
        if seen.contains(&certificate.thumb().0) {
            continue;
        }
        seen.push(certificate.thumb().0);
        let subject = certificate.subject();
        if now > certificate.not_after() {
            let found = format!("{subject} expired at {}", certificate.not_after());
            findings.remark_part(&CERTIFICATE_EXPIRED, part, found);
        } else if now < certificate.not_before() {
            let found = format!("{subject} begins at {}", certificate.not_before());
            findings.remark_part(&CERTIFICATE_NOT_YET_VALID, part, found);
        }
    }
}

fn chains(part: &Part, memory: &Memory, findings: &mut Findings) {
    let bag = signed::certificates(part);
    for signer in signed::signers(part) {
        let Some(thumb) = signer.thumb else { continue };
        let Some(leaf) = bag.iter().find(|certificate| certificate.thumb().0 == thumb) else {
            continue;
        };
        if let Some(last) = dangling(leaf, &bag, memory) {
            let found =
                format!("nothing was seen of {}, who issued {}", last.issuer(), last.subject());
            findings.remark_part(&CHAIN_INCOMPLETE, part, found);
        }
    }
}

/// The certificate whose issuer is missing. The brand's own certificate may end a chain: its
/// issuer is the root, which receivers have.
fn dangling(leaf: &Certificate, bag: &[Certificate], memory: &Memory) -> Option<Certificate> {
    let mut last = leaf.clone();
    for _ in 0..CHAIN_MAX {
        let is_top = last.roles().intersects(Roles::BCA | Roles::RCA) || last.is_self_issued();
        if is_top {
            return None;
        }
        let issued_by = |candidate: &&Certificate| candidate.subject() == last.issuer();
        let issuer =
            bag.iter().find(issued_by).or_else(|| memory.certificates.values().find(issued_by));
        let Some(issuer) = issuer.cloned() else { return Some(last) };
        last = issuer;
    }
    None
}
