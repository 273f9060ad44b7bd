//! policyMappings is not critical.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "policy-mapping-not-critical",
    group: "rfc5280",
    severity: Severity::Warning,
    title: "policyMappings is not critical.",
    page: "It should be.",
    reference: "RFC 5280 section 4.2.1.5",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let skipped = c.extension(oid::POLICY_MAPPINGS).is_some_and(|e| !e.critical);
    found.when(skipped, "it is marked non-critical");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let pair = seq(&[&oid_der("2.23.140.1.2.1"), &oid_der("2.23.140.1.2.2")]);
        breaks(&RULE, &ca().with(oid::POLICY_MAPPINGS, false, seq(&[&pair])));
    }
}
