//! Modulus or exponent of the RSA key is a negative number as it is written.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::{CertificateView, KeyShape},
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "rsa-negative",
    group: "rfc5280",
    severity: Severity::Error,
    title: "Modulus or exponent of the RSA key is a negative number as it is written.",
    page: "A leading zero octet is missing. Strict readers refuse the key.",
    reference: "RFC 8017 appendix A.1.1",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    if let KeyShape::Rsa { negative: true, .. } = &c.key.shape {
        found.say("the first bit of one of them is set");
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().but(|d| d.key = rsa_key(&rsa_2048()[1..], &[1, 0, 1])));
    }
}
