//! A root has an extension that it must not have.

use counterfoil_remark::{Kind, Severity};

use crate::{
    inspect::extension_name,
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
    id: "cabf-root-extensions",
    group: "cabf",
    severity: Severity::Error,
    title: "A root has an extension that it must not have.",
    page: "extKeyUsage and nameConstraints have no place in a root: they would limit \
           everything below it for ever.",
    reference: "Baseline Requirements section 7.1.2.1.2",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for oid in [oid::EXTENDED_KEY_USAGE, oid::NAME_CONSTRAINTS] {
        let there = c.is_ca() && c.is_self_issued() && c.extension(oid).is_some();
        found.when(there, extension_name(&oid).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let server = seq(&[&oid::KP_SERVER_AUTH.to_der_bytes()]);
        breaks(&RULE, &root().with(oid::EXTENDED_KEY_USAGE, false, server));
    }
}
