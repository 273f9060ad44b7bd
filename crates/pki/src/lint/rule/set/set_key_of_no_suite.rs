//! The key belongs to no suite of SET 2.

use counterfoil_crypto::{signature::VerifyingKey, suite::Suite};
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
    id: "set-key-of-no-suite",
    group: "set",
    severity: Severity::Error,
    title: "The key belongs to no suite of SET 2.",
    page: "Suites take P-256 or RSA with 3072 bits. The keys of SET 1.0, RSA with 768 to \
           1024 bits, are recognised and refused.",
    reference: "docs/wire-format.md, suites",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let kind = VerifyingKey::from_spki(&c.key.der).map(|key| key.kind());
    let known = kind.is_ok_and(|kind| Suite::for_key(kind).is_some());
    found.when(!known, format!("the key is {}", c.key.describe()));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let key = spki(&seq(&[&oid_der("1.3.101.112")]), &[9; 32]);
        breaks(&RULE, &set_cardholder().but(|d| d.key = key));
    }
}
