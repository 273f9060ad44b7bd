//! The signature's algorithm is not known here.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "signature-algorithm-unknown",
    group: "rfc5280",
    severity: Severity::Notice,
    title: "The signature's algorithm is not known here.",
    page: "Nothing is said of its strength. Others may not know it either.",
    reference: "RFC 5280 section 4.1.1.2",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let unknown = c.outer_algorithm.oid.is_some() && c.outer_algorithm.strength().is_none();
    found.when(unknown, format!("the algorithm is {}", c.outer_algorithm.name()));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let odd = seq(&[&oid_der("1.2.3.4")]);
        breaks(
            &RULE,
            &leaf().but(|d| {
                d.inner = odd.clone();
                d.outer = odd;
            }),
        );
    }
}
