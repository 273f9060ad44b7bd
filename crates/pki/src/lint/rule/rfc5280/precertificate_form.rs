//! A precertificate's poison is not critical, or stands beside time stamps of logs.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Rfc5280,
    since: jiff::civil::date(2013, 6, 1),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "precertificate-form",
    group: "rfc5280",
    severity: Severity::Error,
    title: "A precertificate's poison is not critical, or stands beside time stamps of \
            logs.",
    page: "It must be critical, so that nobody takes the precertificate for a \
           certificate; the time stamps come into the certificate that follows.",
    reference: "RFC 6962 section 3.1",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    if let Some(poison) = c.extension(oid::CT_POISON) {
        found.when(!poison.critical, "it is marked non-critical");
        found.when(c.extension(oid::CT_TIMESTAMPS).is_some(), "both are there");
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().with(oid::CT_POISON, false, vec![5, 0]));
    }
}
