//! A key of the chain is weak.

use counterfoil_remark::{Kind, Remark, Severity};

use counterfoil_pki::view::KeyShape;

use crate::chain::ChainView;

use super::{Rule, Seen};

/// A key of the chain is weak.
static KIND: Kind = Kind {
    id: "certificate-key-weak",
    group: "certificate",
    severity: Severity::Error,
    title: "A key of the chain is weak.",
    page: "RSA below 2,048 bits and curves below 224 are not accepted by clients and CAs of \
        today.\n\n\
        Make a new key (P-256, or RSA with 2,048 bits or more) and have it certified.",
    reference: "CA/Browser Forum BR section 6.1.5; NIST SP 800-57 part 1",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for certificate in seen.path_certificates() {
        let weak = match (&certificate.key.shape, certificate.key.bits()) {
            (KeyShape::Rsa { .. }, Some(bits)) => bits < 2048,
            (KeyShape::Ec { .. }, Some(bits)) => bits < 224,
            _ => false,
        };
        if weak {
            let (name, key) = (ChainView::title(certificate), certificate.key.describe());
            remarks.push(KIND.of(seen.subject, format!("{name} has {key}")));
        }
    }
    remarks
}
