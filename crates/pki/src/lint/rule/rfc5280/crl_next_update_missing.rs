//! The CRL does not say when the next one is due.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CrlView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Crl(look) };

static KIND: Kind = Kind {
    id: "crl-next-update-missing",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The CRL does not say when the next one is due.",
    page: "The field must be there: without it nobody knows whether the CRL is stale.",
    reference: "RFC 5280 section 5.1.2.5",
};

fn look(c: &CrlView, found: &mut Found<'_>) {
    found.when(c.next_update.is_none() && c.this_update.tag.is_some(), "nextUpdate is absent");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn what_breaks_just_this_rule_is_told() {
        breaks_crl(&RULE, &crl().but(|d| d.next_update = None));
    }
}
