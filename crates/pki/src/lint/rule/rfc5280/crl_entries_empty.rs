//! The list of revoked certificates is there and empty.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CrlView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Crl(look) };

static KIND: Kind = Kind {
    id: "crl-entries-empty",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The list of revoked certificates is there and empty.",
    page: "When nothing is revoked it must be absent. Strict readers refuse the CRL.",
    reference: "RFC 5280 section 5.1.2.6",
};

fn look(c: &CrlView, found: &mut Found<'_>) {
    found.when(c.has_entries && c.entries().next().is_none(), "the list has no entry");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn what_breaks_just_this_rule_is_told() {
        breaks_crl(&RULE, &crl().but(|d| d.entries = Some(Vec::new())));
    }
}
