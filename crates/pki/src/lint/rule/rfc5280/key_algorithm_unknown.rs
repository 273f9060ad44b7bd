//! The key's algorithm is not known here, or the key is not one of it.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::{CertificateView, KeyShape},
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "key-algorithm-unknown",
    group: "rfc5280",
    severity: Severity::Notice,
    title: "The key's algorithm is not known here, or the key is not one of it.",
    page: "Nothing can be said of its strength.",
    reference: "RFC 5280 section 4.1.2.7",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let unknown = !c.key.der.is_empty() && c.key.shape == KeyShape::Unknown;
    found.when(unknown, format!("the algorithm is {}", c.key.algorithm.name()));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let odd = spki(&seq(&[&oid_der("1.2.3.4")]), &[1; 32]);
        breaks(&RULE, &leaf().but(|d| d.key = odd));
    }
}
