//! policyMappings maps anyPolicy.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "policy-mapping-any",
    group: "rfc5280",
    severity: Severity::Error,
    title: "policyMappings maps anyPolicy.",
    page: "Policies must be mapped neither to nor from anyPolicy; path validation fails.",
    reference: "RFC 5280 section 4.2.1.5",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for (issuer, subject) in &c.known().standard.policy_mappings {
        let any = *issuer == oid::ANY_POLICY || *subject == oid::ANY_POLICY;
        found.when(any, format!("{issuer} is {subject}"));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let pair = seq(&[&oid_der("2.23.140.1.2.1"), &oid_der("2.5.29.32.0")]);
        breaks(&RULE, &ca().with(oid::POLICY_MAPPINGS, true, seq(&[&pair])));
    }
}
