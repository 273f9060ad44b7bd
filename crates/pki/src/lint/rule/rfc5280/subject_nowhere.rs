//! The certificate names nobody: subject empty, no subjectAltName.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "subject-nowhere",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The certificate names nobody: subject empty, no subjectAltName.",
    page: "A certificate without a name binds its key to nothing.",
    reference: "RFC 5280 section 4.1.2.6",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let empty = !c.subject.der.is_empty() && c.subject.is_empty();
    let none = c.extension(oid::SUBJECT_ALT_NAME).is_none();
    found.when(empty && none, "there is neither a subject nor a subjectAltName");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().but(|d| d.subject = name(&[])).without(oid::SUBJECT_ALT_NAME));
    }
}
