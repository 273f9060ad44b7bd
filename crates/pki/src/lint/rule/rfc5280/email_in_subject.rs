//! The subject has an emailAddress.

use counterfoil_remark::{Kind, Severity};

use crate::{
    general_name::GeneralName,
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "email-in-subject",
    group: "rfc5280",
    severity: Severity::Notice,
    title: "The subject has an emailAddress.",
    page: "The attribute is deprecated; an address belongs into subjectAltName. It is a \
           warning when it is not there as well.",
    reference: "RFC 5280 section 4.1.2.6",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let names = &c.known().standard.subject_alt_names;
    for address in c.subject.values(oid::AT_EMAIL).map(crate::view::AttributeView::text) {
        let also = names.contains(&GeneralName::Rfc822(address));
        let severity = if also { Severity::Notice } else { Severity::Warning };
        let said =
            if also { "it is in subjectAltName, too" } else { "it is not in subjectAltName" };
        found.say_as(severity, said);
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let mail = name(&[("1.2.840.113549.1.9.1", 0x16, "a@example.com"), ("2.5.4.3", 0x0c, "a")]);
        breaks(&RULE, &ca().but(|d| d.subject = mail));
    }
}
