//! extKeyUsage names a purpose twice.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "purpose-twice",
    group: "rfc5280",
    severity: Severity::Warning,
    title: "extKeyUsage names a purpose twice.",
    page: "Harmless, and a sign of a template that was put together by hand.",
    reference: "RFC 5280 section 4.2.1.12",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let purposes = c.known().standard.extended_key_usage.as_deref().unwrap_or_default();
    for (index, purpose) in purposes.iter().enumerate() {
        let again = purposes[..index].contains(purpose);
        found.when(again, format!("{purpose} is there again"));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let one = oid::KP_SERVER_AUTH.to_der_bytes();
        breaks(&RULE, &leaf().with(oid::EXTENDED_KEY_USAGE, false, seq(&[&one, &one])));
    }
}
