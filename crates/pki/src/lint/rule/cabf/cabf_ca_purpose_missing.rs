//! A subordinate CA has no extKeyUsage.

use counterfoil_remark::{Kind, Severity};

use crate::{
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
    id: "cabf-ca-purpose-missing",
    group: "cabf",
    severity: Severity::Warning,
    title: "A subordinate CA has no extKeyUsage.",
    page: "It must say that it issues TLS server certificates, unless it cross-certifies \
           a CA of the same owner.",
    reference: "Baseline Requirements section 7.1.2.6",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let subordinate = c.is_ca() && !c.is_self_issued();
    found.when(subordinate && c.extension(oid::EXTENDED_KEY_USAGE).is_none(), "it is absent");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &ca().without(oid::EXTENDED_KEY_USAGE));
    }
}
