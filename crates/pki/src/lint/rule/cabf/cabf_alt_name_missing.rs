//! A TLS server's certificate has no subjectAltName.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::is_server,
    lint::{Found, Look, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Cabf,
    since: jiff::civil::date(2012, 7, 1),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "cabf-alt-name-missing",
    group: "cabf",
    severity: Severity::Error,
    title: "A TLS server's certificate has no subjectAltName.",
    page: "Browsers look for the host's name there and nowhere else.",
    reference: "Baseline Requirements section 7.1.2.7.12",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    found.when(is_server(c) && c.extension(oid::SUBJECT_ALT_NAME).is_none(), "it is absent");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks_with(
            &RULE,
            &leaf().without(oid::SUBJECT_ALT_NAME),
            &["cabf-common-name-not-in-alt-name"],
        );
    }
}
