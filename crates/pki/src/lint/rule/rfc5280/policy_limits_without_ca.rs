//! policyMappings, policyConstraints or inhibitAnyPolicy stands in a certificate that is no CA's.

use counterfoil_remark::{Kind, Severity};

use crate::{
    inspect::extension_name,
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "policy-limits-without-ca",
    group: "rfc5280",
    severity: Severity::Error,
    title: "policyMappings, policyConstraints or inhibitAnyPolicy stands in a certificate \
            that is no CA's.",
    page: "They say how paths go on below a CA, and here nothing follows.",
    reference: "RFC 5280 sections 4.2.1.5, 4.2.1.11 and 4.2.1.14",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for oid in [oid::POLICY_MAPPINGS, oid::POLICY_CONSTRAINTS, oid::INHIBIT_ANY_POLICY] {
        let there = c.extension(oid).is_some() && !c.is_ca();
        found.when(there, extension_name(&oid).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().with(oid::INHIBIT_ANY_POLICY, true, vec![2, 1, 0]));
    }
}
