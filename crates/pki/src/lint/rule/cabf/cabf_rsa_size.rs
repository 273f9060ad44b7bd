//! The RSA modulus has fewer than 2048 bits, or a number of bits that 8 does not divide.

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
    id: "cabf-rsa-size",
    group: "cabf",
    severity: Severity::Error,
    title: "The RSA modulus has fewer than 2048 bits, or a number of bits that 8 does not \
            divide.",
    page: "Take 2048, 3072 or 4096.",
    reference: "Baseline Requirements section 6.1.5",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    if let KeyShape::Rsa { .. } = &c.key.shape {
        let bits = c.key.bits().unwrap_or(0);
        found.when(bits < 2048 || !bits.is_multiple_of(8), format!("{bits} bits"));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let mut modulus = rsa_2048();
        modulus[1] = 0x40;
        let found = crate::lint::lint(
            &leaf().but(|d| d.key = rsa_key(&modulus, &[1, 0, 1])).item(),
            now(),
            crate::lint::Profiles::ALL,
        );
        assert!(found.iter().any(|remark| remark.id == RULE.kind.id), "{found:?}");
    }
}
