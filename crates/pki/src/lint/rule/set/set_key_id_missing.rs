//! The certificate has no subjectKeyIdentifier.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Set,
    since: jiff::civil::date(2026, 1, 1),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "set-key-id-missing",
    group: "set",
    severity: Severity::Warning,
    title: "The certificate has no subjectKeyIdentifier.",
    page: "Counterfoil writes it into every certificate, so that a key is found without \
           its certificate.",
    reference: "docs/wire-format.md, certificates",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    found.when(c.extension(oid::SUBJECT_KEY_ID).is_none() && !c.is_ca(), "it is absent");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        // Without a purpose it could be a TLS server's, to which RFC 5280's rule is not applied.
        breaks(&RULE, &set_cardholder().without(oid::SUBJECT_KEY_ID));
    }
}
