//! domainComponent or emailAddress is not an IA5String.

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
    id: "name-part-not-ia5",
    group: "rfc5280",
    severity: Severity::Error,
    title: "domainComponent or emailAddress is not an IA5String.",
    page: "Names compare by their text only within types that programs expect there.",
    reference: "RFC 5280 appendix A.1; RFC 4519 section 2.4",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for attribute in c.issuer.attributes().chain(c.subject.attributes()) {
        let ia5 = [oid::AT_EMAIL, oid::AT_DOMAIN_COMPONENT].contains(&attribute.oid);
        let wrong = ia5 && attribute.tag != Tag::Ia5String;
        found.when(wrong, format!("{} is a {}", attribute.name(), attribute.tag));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let dc = name(&[("0.9.2342.19200300.100.1.25", 0x0c, "example"), ("2.5.4.3", 0x0c, "a")]);
        breaks(&RULE, &ca().but(|d| d.subject = dc));
    }
}
