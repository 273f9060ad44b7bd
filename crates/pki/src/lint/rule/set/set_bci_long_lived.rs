//! The brand CRL identifier is valid for more than 180 days.

use counterfoil_remark::{Kind, Severity};

use crate::{
    bci::Bci,
    lint::{Found, Look, Rule, Source},
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Set,
    since: jiff::civil::date(2026, 1, 1),
    look: Look::Bci(look),
};

static KIND: Kind = Kind {
    id: "set-bci-long-lived",
    group: "set",
    severity: Severity::Notice,
    title: "The brand CRL identifier is valid for more than 180 days.",
    page: "That long a revoked certificate can be shown with an old list. Counterfoil's \
           own live 90 days.",
    reference: "docs/operators-guide.md",
};

fn look(c: &Bci, found: &mut Found<'_>) {
    let days = (c.not_after().as_second() - c.not_before().as_second()) / 86_400;
    found.when(days > 180, format!("{days} days"));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn what_breaks_just_this_rule_is_told() {
        breaks_bci(&RULE, bci("2026-06-01T00:00:00Z", "2027-01-01T00:00:00Z", true));
    }
}
