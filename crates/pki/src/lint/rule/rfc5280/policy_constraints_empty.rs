//! policyConstraints says nothing.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "policy-constraints-empty",
    group: "rfc5280",
    severity: Severity::Error,
    title: "policyConstraints says nothing.",
    page: "One of its two fields must be there.",
    reference: "RFC 5280 section 4.2.1.11",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let empty = c.extension(oid::POLICY_CONSTRAINTS).is_some_and(|e| e.value == [0x30, 0]);
    found.when(empty, "the sequence is empty");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &ca().with(oid::POLICY_CONSTRAINTS, true, vec![0x30, 0]));
    }
}
