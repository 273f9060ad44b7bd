//! A signature of the chain can be forged.

use counterfoil_remark::{Kind, Remark, Severity};

use counterfoil_pki::view::Strength;

use crate::chain::ChainView;

use super::{Rule, Seen};

/// A signature of the chain can be forged.
static KIND: Kind = Kind {
    id: "certificate-signature-weak",
    group: "certificate",
    severity: Severity::Error,
    title: "A signature of the chain can be forged.",
    page: "Collisions of MD5 and SHA-1 can be computed: somebody else may have a certificate \
        with the same signature. Clients refuse them. The signature of a root does not \
        count: roots are trusted by themselves.\n\n\
        Have the certificate issued anew.",
    reference: "RFC 9155; CA/Browser Forum BR section 7.1.3.2",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for certificate in seen.path_certificates().filter(|view| !view.is_self_issued()) {
        if certificate.outer_algorithm.strength() == Some(Strength::Broken) {
            let (name, by) = (ChainView::title(certificate), certificate.outer_algorithm.name());
            remarks.push(KIND.of(seen.subject, format!("{name} is signed with {by}")));
        }
    }
    remarks
}
