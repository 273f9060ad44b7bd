//! A certificate of the chain cannot be read.

use counterfoil_remark::{Kind, Remark, Severity};

use super::{Rule, Seen};

/// A certificate of the chain cannot be read.
static KIND: Kind = Kind {
    id: "certificate-unreadable",
    group: "certificate",
    severity: Severity::Error,
    title: "A certificate of the chain cannot be read.",
    page: "It breaks the form of certificates; clients refuse it, each in its own way.\n\n\
        Look at it with `counterfoil cert inspect`, and have it issued anew.",
    reference: "RFC 5280 section 4.1",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for chain in seen.chains {
        for (index, certificate) in chain.certificates.iter().enumerate() {
            if let Some(refusal) = &certificate.refusal {
                let what = format!("certificate {} of the chain: {refusal}", index + 1);
                remarks.push(KIND.of(seen.subject, what));
            }
        }
    }
    remarks
}
