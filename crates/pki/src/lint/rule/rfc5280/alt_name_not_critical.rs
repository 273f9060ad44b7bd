//! The subject is empty and subjectAltName is not critical.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "alt-name-not-critical",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The subject is empty and subjectAltName is not critical.",
    page: "Who skips the extension sees a certificate that names nobody.",
    reference: "RFC 5280 section 4.2.1.6",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let empty = !c.subject.der.is_empty() && c.subject.is_empty();
    let skipped = c.extension(oid::SUBJECT_ALT_NAME).is_some_and(|e| !e.critical);
    found.when(empty && skipped, "it is marked non-critical");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().but(|d| d.subject = name(&[])));
    }
}
