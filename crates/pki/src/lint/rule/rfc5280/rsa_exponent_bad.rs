//! The RSA exponent is 1 or even.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::{CertificateView, KeyShape},
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "rsa-exponent-bad",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The RSA exponent is 1 or even.",
    page: "With 1 the message is its own signature; an even one belongs to no working \
           key.",
    reference: "RFC 8017 section 3.1; FIPS 186-5 section 5.4",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    if let KeyShape::Rsa { exponent, .. } = &c.key.shape {
        let even = exponent.last().is_none_or(|octet| octet & 1 == 0);
        found.when(even || exponent == &[1], "such a key protects nothing");
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().but(|d| d.key = rsa_key(&rsa_2048(), &[1])));
    }
}
