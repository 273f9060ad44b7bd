//! subjectAltName is critical although the subject has a name.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "alt-name-critical",
    group: "rfc5280",
    severity: Severity::Warning,
    title: "subjectAltName is critical although the subject has a name.",
    page: "It should not be, so that programs which do not know the extension still can \
           use the name.",
    reference: "RFC 5280 section 4.2.1.6",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let critical = c.extension(oid::SUBJECT_ALT_NAME).is_some_and(|e| e.critical);
    found.when(!c.subject.is_empty() && critical, "it is marked critical");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks_with(&RULE, &leaf().critical(oid::SUBJECT_ALT_NAME, true), &[]);
    }
}
