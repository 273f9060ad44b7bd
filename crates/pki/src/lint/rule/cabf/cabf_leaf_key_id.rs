//! A TLS server's certificate has a subjectKeyIdentifier.

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
    since: jiff::civil::date(2023, 9, 15),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "cabf-leaf-key-id",
    group: "cabf",
    severity: Severity::Notice,
    title: "A TLS server's certificate has a subjectKeyIdentifier.",
    page: "It is not recommended: nothing is ever issued under this key.",
    reference: "Baseline Requirements section 7.1.2.7.6",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    found.when(is_server(c) && c.extension(oid::SUBJECT_KEY_ID).is_some(), "it is there");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().with(oid::SUBJECT_KEY_ID, false, key_id(5)));
    }
}
