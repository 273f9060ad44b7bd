//! A key of Ed25519, Ed448, X25519, X448, ML-DSA or ML-KEM has parameters.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, Rule, Source},
    view::{CertificateView, KeyShape},
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Rfc5280,
    since: jiff::civil::date(2018, 8, 1),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "key-parameters-present",
    group: "rfc5280",
    severity: Severity::Error,
    title: "A key of Ed25519, Ed448, X25519, X448, ML-DSA or ML-KEM has parameters.",
    page: "They must be absent.",
    reference: "RFC 8410 section 3; RFC 9881 section 2",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let raw = c.key.shape == KeyShape::Raw;
    found.when(raw && c.key.algorithm.parameters.is_some(), c.key.algorithm.name());
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let key = spki(&seq(&[&oid_der("1.3.101.112"), &[5, 0]]), &[9; 32]);
        breaks(&RULE, &leaf().but(|d| d.key = key));
    }
}
