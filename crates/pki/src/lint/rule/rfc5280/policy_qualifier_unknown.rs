//! A policy has a qualifier that is neither a CPS pointer nor a user notice.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::{CertificateView, values},
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "policy-qualifier-unknown",
    group: "rfc5280",
    severity: Severity::Warning,
    title: "A policy has a qualifier that is neither a CPS pointer nor a user notice.",
    page: "With anyPolicy it must be one of the two, with other policies it should have \
           none at all.",
    reference: "RFC 5280 section 4.2.1.4",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let Some(extension) = c.extension(oid::CERTIFICATE_POLICIES) else { return };
    for policy in values::read_policies(&extension.value).unwrap_or_default() {
        for qualifier in &policy.qualifiers {
            let known = [values::CPS, values::USER_NOTICE].contains(&qualifier.oid);
            found.when(!known, format!("{} of policy {}", qualifier.oid, policy.oid));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let odd = seq(&[&oid_der("1.2.3.4"), &tlv(0x16, b"x")]);
        let policy = seq(&[&seq(&[&oid_der("2.23.140.1.2.1"), &seq(&[&odd])])]);
        breaks(&RULE, &leaf().with(oid::CERTIFICATE_POLICIES, false, policy));
    }
}
