//! The key is neither RSA nor of P-256, P-384 or P-521.

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
    id: "cabf-key-algorithm",
    group: "cabf",
    severity: Severity::Error,
    title: "The key is neither RSA nor of P-256, P-384 or P-521.",
    page: "Browsers accept no other certificates.",
    reference: "Baseline Requirements section 6.1.5",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let right = match c.key.shape {
        KeyShape::Rsa { .. } => c.key.algorithm.name() == "rsaEncryption",
        KeyShape::Ec { .. } => matches!(c.key.curve_name(), Some("P-256" | "P-384" | "P-521")),
        _ => false,
    };
    found.when(!right && !c.key.der.is_empty(), format!("the key is {}", c.key.describe()));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let key = spki(&seq(&[&oid_der("1.3.101.112")]), &[9; 32]);
        breaks(&RULE, &leaf().but(|d| d.key = key));
    }
}
