//! subjectDirectoryAttributes is critical.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "directory-attributes-critical",
    group: "rfc5280",
    severity: Severity::Error,
    title: "subjectDirectoryAttributes is critical.",
    page: "It must not be.",
    reference: "RFC 5280 section 4.2.1.8",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let critical = c.extension(oid::SUBJECT_DIRECTORY_ATTRIBUTES).is_some_and(|e| e.critical);
    found.when(critical, "it is marked so");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().with(oid::SUBJECT_DIRECTORY_ATTRIBUTES, true, vec![0x30, 0]));
    }
}
