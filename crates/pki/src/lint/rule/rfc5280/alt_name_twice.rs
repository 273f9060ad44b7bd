//! subjectAltName names the same twice.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "alt-name-twice",
    group: "rfc5280",
    severity: Severity::Notice,
    title: "subjectAltName names the same twice.",
    page: "Harmless, and octets for nothing.",
    reference: "RFC 5280 section 4.2.1.6",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let names = &c.known().standard.subject_alt_names;
    let again = names.iter().enumerate().any(|(index, name)| names[..index].contains(name));
    found.when(again, "a name is there again");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let list = names(&[(2, b"shop.example.com"), (2, b"shop.example.com")]);
        breaks(&RULE, &leaf().with(oid::SUBJECT_ALT_NAME, false, list));
    }
}
