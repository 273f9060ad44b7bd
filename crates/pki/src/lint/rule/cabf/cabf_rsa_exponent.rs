//! The RSA exponent is not between 65537 and 2^256-1.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, Rule, Source},
    view::{CertificateView, KeyShape},
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Cabf,
    since: jiff::civil::date(2014, 1, 1),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "cabf-rsa-exponent",
    group: "cabf",
    severity: Severity::Warning,
    title: "The RSA exponent is not between 65537 and 2^256-1.",
    page: "It should be within that range.",
    reference: "Baseline Requirements section 6.1.6",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    if let KeyShape::Rsa { exponent, .. } = &c.key.shape {
        let small = exponent.len() < 3 || exponent.as_slice() == [1, 0, 0];
        found.when(small || exponent.len() > 32, format!("it has {} octets", exponent.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks_with(
            &RULE,
            &leaf().but(|d| d.key = rsa_key(&rsa_2048(), &[3])),
            &["rsa-exponent-small"],
        );
    }
}
