//! authorityInfoAccess or subjectInfoAccess is critical.

use counterfoil_remark::{Kind, Severity};

use crate::{
    inspect::extension_name,
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "information-access-critical",
    group: "rfc5280",
    severity: Severity::Error,
    title: "authorityInfoAccess or subjectInfoAccess is critical.",
    page: "They must not be.",
    reference: "RFC 5280 sections 4.2.2.1 and 4.2.2.2",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for oid in [oid::AUTHORITY_INFO_ACCESS, oid::SUBJECT_INFO_ACCESS] {
        let critical = c.extension(oid).is_some_and(|e| e.critical);
        found.when(critical, extension_name(&oid).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().critical(oid::AUTHORITY_INFO_ACCESS, true));
    }
}
