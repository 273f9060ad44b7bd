//! A unique identifier stands in a certificate of version 1.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "unique-id-in-version-1",
    group: "rfc5280",
    severity: Severity::Error,
    title: "A unique identifier stands in a certificate of version 1.",
    page: "The field came with version 2; a reader of version 1 does not expect it.",
    reference: "RFC 5280 section 4.1.2.8",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let present = c.issuer_unique_id.is_some() || c.subject_unique_id.is_some();
    found.when(present && c.version_number() == Some(1), "version 1 has no such field");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks_with(
            &RULE,
            &root().but(|d| {
                d.version = None;
                d.extensions.clear();
                d.unique = tlv(0x81, &[0, 1]);
            }),
            &["unique-id-present", "version-1-limits-nothing"],
        );
    }
}
