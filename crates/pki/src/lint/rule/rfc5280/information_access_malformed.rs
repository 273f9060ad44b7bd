//! authorityInfoAccess or subjectInfoAccess is empty or cannot be read.

use counterfoil_remark::{Kind, Severity};

use crate::{
    inspect::extension_name,
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::{CertificateView, values},
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "information-access-malformed",
    group: "rfc5280",
    severity: Severity::Error,
    title: "authorityInfoAccess or subjectInfoAccess is empty or cannot be read.",
    page: "It is a list of one or more methods with their locations.",
    reference: "RFC 5280 section 4.2.2",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for oid in [oid::AUTHORITY_INFO_ACCESS, oid::SUBJECT_INFO_ACCESS] {
        if let Some(extension) = c.extension(oid) {
            let read = values::read_access(&extension.value);
            let right = read.is_ok_and(|list| !list.is_empty());
            found.when(!right, extension_name(&oid).unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &ca().with(oid::AUTHORITY_INFO_ACCESS, false, vec![0x30, 0]));
    }
}
