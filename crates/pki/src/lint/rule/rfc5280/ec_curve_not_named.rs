//! The key's elliptic curve is not a named one.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, Rule, Source},
    view::{CertificateView, KeyShape},
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Rfc5280,
    since: jiff::civil::date(2009, 3, 1),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "ec-curve-not-named",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The key's elliptic curve is not a named one.",
    page: "Explicit parameters must not be used: who may choose the generator can make a \
           key that matches another's certificate.",
    reference: "RFC 5480 section 2.1.1; CVE-2020-0601",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let unnamed = c.key.shape == KeyShape::Ec { curve: None };
    found.when(unnamed, "parameters stand in the place of a curve's name");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let key = spki(&seq(&[&oid_der("1.2.840.10045.2.1"), &seq(&[&[2, 1, 1]])]), &[4; 65]);
        breaks(&RULE, &leaf().but(|d| d.key = key));
    }
}
