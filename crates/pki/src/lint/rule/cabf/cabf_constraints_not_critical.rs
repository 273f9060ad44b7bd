//! basicConstraints is not critical.

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
    id: "cabf-constraints-not-critical",
    group: "cabf",
    severity: Severity::Error,
    title: "basicConstraints is not critical.",
    page: "It must be critical wherever it is there.",
    reference: "Baseline Requirements section 7.1.2.7.6",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let skipped = c.extension(oid::BASIC_CONSTRAINTS).is_some_and(|e| !e.critical);
    found.when(skipped && !c.is_ca(), "it is marked non-critical");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().critical(oid::BASIC_CONSTRAINTS, false));
    }
}
