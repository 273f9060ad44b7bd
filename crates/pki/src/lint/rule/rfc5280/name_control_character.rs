//! A name has a control character in it.

use counterfoil_remark::{Kind, Severity};

use crate::{
    general_name::GeneralName,
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "name-control-character",
    group: "rfc5280",
    severity: Severity::Error,
    title: "A name has a control character in it.",
    page: "With a NUL in the middle, `good.example\\0.evil.example` was good.example to \
           programs written in C. Nothing honest needs one.",
    reference: "RFC 5280 section 4.1.2.4; CVE-2009-2408",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for attribute in c.issuer.attributes().chain(c.subject.attributes()) {
        let control = attribute.text().chars().any(char::is_control);
        found.when(control, format!("{} has one", attribute.name()));
    }
    for name in &c.known().standard.subject_alt_names {
        if let GeneralName::Dns(text) | GeneralName::Rfc822(text) | GeneralName::Uri(text) = name {
            found.when(text.chars().any(char::is_control), "subjectAltName has one");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let nul = name(&[("2.5.4.10", 0x0c, "Ac\u{0}me"), ("2.5.4.3", 0x0c, "a")]);
        breaks(&RULE, &ca().but(|d| d.subject = nul));
    }
}
