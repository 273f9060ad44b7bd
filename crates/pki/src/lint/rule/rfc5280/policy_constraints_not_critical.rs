//! policyConstraints is not critical.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "policy-constraints-not-critical",
    group: "rfc5280",
    severity: Severity::Error,
    title: "policyConstraints is not critical.",
    page: "It must be.",
    reference: "RFC 5280 section 4.2.1.11",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let skipped = c.extension(oid::POLICY_CONSTRAINTS).is_some_and(|e| !e.critical);
    found.when(skipped, "it is marked non-critical");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &ca().with(oid::POLICY_CONSTRAINTS, false, seq(&[&tlv(0x80, &[0])])));
    }
}
