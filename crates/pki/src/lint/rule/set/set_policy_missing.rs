//! The certificate is not under SET's policy.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Set,
    since: jiff::civil::date(1997, 5, 31),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "set-policy-missing",
    group: "set",
    severity: Severity::Error,
    title: "The certificate is not under SET's policy.",
    page: "certificatePolicies has to name 2.23.42.5.0, or a policy below it.",
    reference: "SET 1.0 Book 2, certificate profile: certificatePolicies",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let policies = c.known().standard.policies.as_deref().unwrap_or_default();
    found.when(!policies.contains(&oid::SET_ROOT_POLICY), "2.23.42.5.0 is not among its policies");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(
            &RULE,
            &set_cardholder().with(oid::CERTIFICATE_POLICIES, true, policies(&["1.2.3.4"])),
        );
    }
}
