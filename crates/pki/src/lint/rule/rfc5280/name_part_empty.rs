//! A part of a name is empty or consists of spaces.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "name-part-empty",
    group: "rfc5280",
    severity: Severity::Error,
    title: "A part of a name is empty or consists of spaces.",
    page: "Every attribute has at least one character. A form that was filled with \
           nothing leaves such parts; leave the attribute away.",
    reference: "RFC 5280 appendix A.1",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for attribute in c.issuer.attributes().chain(c.subject.attributes()) {
        found.when(attribute.text().trim().is_empty(), format!("{} is empty", attribute.name()));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let blank = name(&[("2.5.4.10", 0x0c, " "), ("2.5.4.3", 0x0c, "a")]);
        breaks(&RULE, &ca().but(|d| d.subject = blank));
    }
}
