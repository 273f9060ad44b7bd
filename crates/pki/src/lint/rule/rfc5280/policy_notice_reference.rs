//! A user notice has a noticeRef.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::{CertificateView, values},
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "policy-notice-reference",
    group: "rfc5280",
    severity: Severity::Warning,
    title: "A user notice has a noticeRef.",
    page: "CAs should not use it; the explicit text is what programs can show.",
    reference: "RFC 5280 section 4.2.1.4",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let Some(extension) = c.extension(oid::CERTIFICATE_POLICIES) else { return };
    for policy in values::read_policies(&extension.value).unwrap_or_default() {
        let refers = policy.qualifiers.iter().any(|qualifier| qualifier.has_reference);
        found.when(refers, format!("in policy {}", policy.oid));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let reference = seq(&[&tlv(0x0c, b"Acme"), &seq(&[&[2, 1, 1]])]);
        let notice = seq(&[&oid_der("1.3.6.1.5.5.7.2.2"), &seq(&[&reference])]);
        let policy = seq(&[&seq(&[&oid_der("2.23.140.1.2.1"), &seq(&[&notice])])]);
        breaks(&RULE, &leaf().with(oid::CERTIFICATE_POLICIES, false, policy));
    }
}
