//! deltaCRLIndicator is not critical.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::CrlView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Crl(look) };

static KIND: Kind = Kind {
    id: "crl-delta-not-critical",
    group: "rfc5280",
    severity: Severity::Error,
    title: "deltaCRLIndicator is not critical.",
    page: "Who skips it takes the changes for the whole list.",
    reference: "RFC 5280 section 5.2.4",
};

fn look(c: &CrlView, found: &mut Found<'_>) {
    let skipped = c.extension(oid::DELTA_CRL_INDICATOR).is_some_and(|e| !e.critical);
    found.when(skipped, "it is marked non-critical");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn what_breaks_just_this_rule_is_told() {
        breaks_crl(
            &RULE,
            &crl().but(|d| {
                d.extensions.push((oid::DELTA_CRL_INDICATOR, None, vec![2, 1, 1]));
            }),
        );
    }
}
