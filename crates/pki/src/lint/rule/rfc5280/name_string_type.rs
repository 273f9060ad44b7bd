//! A name uses a string type that CAs no longer may use.

use counterfoil_remark::{Kind, Severity};
use der::Tag;

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "name-string-type",
    group: "rfc5280",
    severity: Severity::Warning,
    title: "A name uses a string type that CAs no longer may use.",
    page: "DirectoryStrings are PrintableString or UTF8String; TeletexString, BMPString \
           and UniversalString are for names that had been set up with them before 2004.",
    reference: "RFC 5280 section 4.1.2.4",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let old = |tag| matches!(tag, Tag::TeletexString | Tag::BmpString);
    for attribute in c.issuer.attributes().chain(c.subject.attributes()) {
        let other = [oid::AT_EMAIL, oid::AT_DOMAIN_COMPONENT].contains(&attribute.oid);
        let said = format!("{} is a {}", attribute.name(), attribute.tag);
        found.when(!other && old(attribute.tag), said);
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().but(|d| d.subject = name(&[("2.5.4.3", 0x14, "shop.example.com")])));
    }
}
