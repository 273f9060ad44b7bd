//! The signature's algorithm is that of a key, not of a signature.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::{CertificateView, Strength},
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "signature-algorithm-signs-nothing",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The signature's algorithm is that of a key, not of a signature.",
    page: "rsaEncryption or ecPublicKey stands where sha256WithRSAEncryption or \
           ecdsa-with-SHA256 should; nobody can verify the certificate.",
    reference: "RFC 5280 section 4.1.1.2",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let none = c.outer_algorithm.strength() == Some(Strength::NoSignature);
    found.when(none, format!("the algorithm is {}", c.outer_algorithm.name()));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let key = seq(&[&oid_der("1.2.840.113549.1.1.1"), &[5, 0]]);
        breaks(
            &RULE,
            &leaf().but(|d| {
                d.inner = key.clone();
                d.outer = key;
            }),
        );
    }
}
