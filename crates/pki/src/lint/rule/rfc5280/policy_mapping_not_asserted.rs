//! policyMappings maps a policy that certificatePolicies does not have.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "policy-mapping-not-asserted",
    group: "rfc5280",
    severity: Severity::Notice,
    title: "policyMappings maps a policy that certificatePolicies does not have.",
    page: "The mapped policy should be asserted by a CA certificate.",
    reference: "RFC 5280 section 4.2.1.5",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let standard = &c.known().standard;
    let policies = standard.policies.as_deref().unwrap_or_default();
    for (issuer, _) in &standard.policy_mappings {
        found.when(!policies.contains(issuer), format!("{issuer} is not among them"));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let pair = seq(&[&oid_der("1.2.3.4"), &oid_der("2.23.140.1.2.2")]);
        breaks(&RULE, &ca().with(oid::POLICY_MAPPINGS, true, seq(&[&pair])));
    }
}
