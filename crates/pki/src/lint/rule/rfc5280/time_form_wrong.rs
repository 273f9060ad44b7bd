//! A time is not of the form YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "time-form-wrong",
    group: "rfc5280",
    severity: Severity::Error,
    title: "A time is not of the form YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ.",
    page: "Seconds must be there, fractions and zones other than Z must not. Readers \
           differ in what they make of it.",
    reference: "RFC 5280 section 4.1.2.5",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for time in [&c.not_before, &c.not_after] {
        let unread = time.tag.is_some() && time.at.is_none();
        found.when(unread, format!("`{}` is written", time.text()));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &root().but(|d| d.not_after.1 = "4106010000Z".into()));
    }
}
