//! The brand CRL identifier names no CRL.

use counterfoil_remark::{Kind, Severity};

use crate::{
    bci::Bci,
    lint::{Found, Look, Rule, Source},
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Set,
    since: jiff::civil::date(1997, 5, 31),
    look: Look::Bci(look),
};

static KIND: Kind = Kind {
    id: "set-bci-names-no-crl",
    group: "set",
    severity: Severity::Warning,
    title: "The brand CRL identifier names no CRL.",
    page: "Either no CA of the brand publishes CRLs, or they were forgotten.",
    reference: "SET 1.0 Book 2, BrandCRLIdentifier",
};

fn look(c: &Bci, found: &mut Found<'_>) {
    found.when(c.crls().is_empty(), "the list is empty");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn what_breaks_just_this_rule_is_told() {
        breaks_bci(&RULE, bci("2026-06-01T00:00:00Z", "2026-08-01T00:00:00Z", false));
    }
}
