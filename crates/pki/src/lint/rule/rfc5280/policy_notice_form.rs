//! A user notice is an IA5String or longer than 200 characters.

use counterfoil_remark::{Kind, Severity};
use der::Tag;

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::{CertificateView, values},
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "policy-notice-form",
    group: "rfc5280",
    severity: Severity::Error,
    title: "A user notice is an IA5String or longer than 200 characters.",
    page: "It should be a UTF8String; IA5String must not be used.",
    reference: "RFC 5280 section 4.2.1.4; RFC 6818 section 3",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let Some(extension) = c.extension(oid::CERTIFICATE_POLICIES) else { return };
    for policy in values::read_policies(&extension.value).unwrap_or_default() {
        for qualifier in policy.qualifiers.iter().filter(|q| q.oid == values::USER_NOTICE) {
            if let Some((tag, text)) = &qualifier.text {
                found.when(*tag == Tag::Ia5String, format!("IA5String in policy {}", policy.oid));
                let length = text.chars().count();
                found.when(length > 200, format!("{length} characters in policy {}", policy.oid));
            }
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
        let notice = seq(&[&oid_der("1.3.6.1.5.5.7.2.2"), &seq(&[&tlv(0x16, b"read this")])]);
        let policy = seq(&[&seq(&[&oid_der("2.23.140.1.2.1"), &seq(&[&notice])])]);
        breaks(&RULE, &leaf().with(oid::CERTIFICATE_POLICIES, false, policy));
    }
}
