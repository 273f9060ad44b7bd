//! The validity ends before it begins.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "validity-reversed",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The validity ends before it begins.",
    page: "The certificate is never valid.",
    reference: "RFC 5280 section 4.1.2.5",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    if let (Some(begin), Some(end)) = (c.not_before.at, c.not_after.at) {
        found.when(end < begin, format!("it ends at {end} and begins at {begin}"));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let draft = leaf().but(|d| d.not_after.1 = "260501000000Z".into());
        breaks_with(&RULE, &draft, &["certificate-expired"]);
    }
}
