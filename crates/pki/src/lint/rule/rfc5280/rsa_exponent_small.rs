//! The RSA exponent is below 65537.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::{CertificateView, KeyShape},
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "rsa-exponent-small",
    group: "rfc5280",
    severity: Severity::Notice,
    title: "The RSA exponent is below 65537.",
    page: "Small exponents are right in theory; in practice they turned mistakes of \
           padding into forgeries (Bleichenbacher, CVE-2006-4339).",
    reference: "FIPS 186-5 section 5.4",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    if let KeyShape::Rsa { exponent, .. } = &c.key.shape {
        let value = exponent.iter().take(8).fold(0u64, |sum, octet| sum << 8 | u64::from(*octet));
        let small = exponent.len() < 4 && value > 1 && value < 65_537;
        found.when(small && !value.is_multiple_of(2), format!("it is {value}"));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().but(|d| d.key = rsa_key(&rsa_2048(), &[3])));
    }
}
