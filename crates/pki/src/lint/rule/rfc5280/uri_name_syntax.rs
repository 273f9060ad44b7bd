//! A URI in subjectAltName is relative or has no scheme.

use counterfoil_remark::{Kind, Severity};

use crate::{
    general_name::GeneralName,
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "uri-name-syntax",
    group: "rfc5280",
    severity: Severity::Error,
    title: "A URI in subjectAltName is relative or has no scheme.",
    page: "It must be absolute, with a scheme and what the scheme asks for.",
    reference: "RFC 5280 section 4.2.1.6; RFC 3986 section 3",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for name in &c.known().standard.subject_alt_names {
        if let GeneralName::Uri(text) = name {
            let scheme = text.split_once(':').filter(|(_, rest)| !rest.is_empty());
            let right = scheme.is_some_and(|(scheme, _)| is_scheme(scheme)) && !text.contains(' ');
            found.when(!right, format!("`{}`", text.escape_default()));
        }
    }
}

fn is_scheme(scheme: &str) -> bool {
    let rest = |b: u8| b.is_ascii_alphanumeric() || b"+-.".contains(&b);
    scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.bytes().all(rest)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let list = names(&[(2, b"shop.example.com"), (6, b"/shop")]);
        breaks(&RULE, &leaf().with(oid::SUBJECT_ALT_NAME, false, list));
    }
}
