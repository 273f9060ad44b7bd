//! A CPS pointer is not an IA5String with a URI.

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
    id: "policy-cps-form",
    group: "rfc5280",
    severity: Severity::Error,
    title: "A CPS pointer is not an IA5String with a URI.",
    page: "It says where the certification practice statement can be read.",
    reference: "RFC 5280 section 4.2.1.4",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let Some(extension) = c.extension(oid::CERTIFICATE_POLICIES) else { return };
    for policy in values::read_policies(&extension.value).unwrap_or_default() {
        for qualifier in policy.qualifiers.iter().filter(|q| q.oid == values::CPS) {
            let right = qualifier.text.as_ref().is_some_and(|(tag, text)| {
                *tag == Tag::Ia5String && text.contains(':') && !text.contains(' ')
            });
            found.when(!right, format!("of policy {}", policy.oid));
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
        let cps = seq(&[&oid_der("1.3.6.1.5.5.7.2.1"), &tlv(0x0c, b"http://example.com/cps")]);
        let policy = seq(&[&seq(&[&oid_der("2.23.140.1.2.1"), &seq(&[&cps])])]);
        breaks(&RULE, &leaf().with(oid::CERTIFICATE_POLICIES, false, policy));
    }
}
