//! A PrintableString has characters that it cannot have.

use counterfoil_remark::{Kind, Severity};
use der::Tag;

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "printable-string-characters",
    group: "rfc5280",
    severity: Severity::Error,
    title: "A PrintableString has characters that it cannot have.",
    page: "Letters, digits, space and ' ( ) + , - . / : = ? are all. `*`, `@`, `&` and \
           `_` need UTF8String. Strict readers refuse the name.",
    reference: "X.680 section 41.4; RFC 5280 section 4.1.2.4",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for attribute in c.issuer.attributes().chain(c.subject.attributes()) {
        let printable = attribute.octets.iter().all(|octet| is_printable(*octet));
        let wrong = attribute.tag == Tag::PrintableString && !printable;
        found.when(wrong, format!("{} `{}`", attribute.name(), attribute.text()));
    }
}

fn is_printable(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&octet)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let star = name(&[("2.5.4.10", 0x13, "A&B"), ("2.5.4.3", 0x0c, "a")]);
        breaks(&RULE, &ca().but(|d| d.subject = star));
    }
}
