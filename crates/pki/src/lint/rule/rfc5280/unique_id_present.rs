//! The certificate has a unique identifier of issuer or subject.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "unique-id-present",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The certificate has a unique identifier of issuer or subject.",
    page: "CAs must not write them; names are not used twice instead. Some readers refuse \
           such certificates.",
    reference: "RFC 5280 section 4.1.2.8",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let present = c.issuer_unique_id.is_some() || c.subject_unique_id.is_some();
    found.when(present, "issuerUniqueID or subjectUniqueID is there");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().but(|d| d.unique = tlv(0x81, &[0, 1])));
    }
}
