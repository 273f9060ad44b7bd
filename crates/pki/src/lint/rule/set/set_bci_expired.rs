//! The brand CRL identifier has expired.

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
    id: "set-bci-expired",
    group: "set",
    severity: Severity::Warning,
    title: "The brand CRL identifier has expired.",
    page: "Parties refuse certificates of the brand until they have a new one. Run \
           `counterfoil publish`.",
    reference: "SET 1.0 Book 2, BrandCRLIdentifier",
};

fn look(c: &Bci, found: &mut Found<'_>) {
    let end = c.not_after();
    found.when(end < found.now, format!("it ended at {end}"));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn what_breaks_just_this_rule_is_told() {
        breaks_bci(&RULE, bci("2026-03-01T00:00:00Z", "2026-06-01T00:00:00Z", true));
    }
}
