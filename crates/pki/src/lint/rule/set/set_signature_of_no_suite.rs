//! The certificate is signed with an algorithm of no suite of SET 2.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Set,
    since: jiff::civil::date(2026, 1, 1),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "set-signature-of-no-suite",
    group: "set",
    severity: Severity::Error,
    title: "The certificate is signed with an algorithm of no suite of SET 2.",
    page: "Suites sign with ecdsa-with-SHA256 or sha256WithRSAEncryption.",
    reference: "docs/wire-format.md, suites",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let name = c.outer_algorithm.name();
    let known = ["ecdsa-with-SHA256", "sha256WithRSAEncryption"].contains(&name.as_str());
    found.when(!known, format!("the algorithm is {name}"));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let other = seq(&[&oid_der("1.2.840.10045.4.3.3")]);
        breaks(
            &RULE,
            &set_cardholder().but(|d| {
                d.inner = other.clone();
                d.outer = other;
            }),
        );
    }
}
