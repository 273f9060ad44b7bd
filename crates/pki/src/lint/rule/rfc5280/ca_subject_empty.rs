//! A CA has an empty name.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "ca-subject-empty",
    group: "rfc5280",
    severity: Severity::Error,
    title: "A CA has an empty name.",
    page: "What it issues names it as issuer, and there the name must not be empty.",
    reference: "RFC 5280 section 4.1.2.6",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let empty = !c.subject.der.is_empty() && c.subject.is_empty();
    found.when(c.is_ca() && empty, "the subject has no part");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks_with(&RULE, &ca().but(|d| d.subject = name(&[])), &["subject-nowhere"]);
    }
}
