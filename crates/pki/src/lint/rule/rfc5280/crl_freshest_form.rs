//! freshestCRL is critical, or stands in a delta CRL.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::CrlView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Crl(look) };

static KIND: Kind = Kind {
    id: "crl-freshest-form",
    group: "rfc5280",
    severity: Severity::Error,
    title: "freshestCRL is critical, or stands in a delta CRL.",
    page: "It must be neither.",
    reference: "RFC 5280 section 5.2.6",
};

fn look(c: &CrlView, found: &mut Found<'_>) {
    let critical = c.extension(oid::FRESHEST_CRL).is_some_and(|e| e.critical);
    let there = c.extension(oid::FRESHEST_CRL).is_some();
    let delta = c.extension(oid::DELTA_CRL_INDICATOR).is_some();
    found.when(critical, "it is marked critical");
    found.when(there && delta, "the CRL is a delta");
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
                d.extensions.push((
                    oid::FRESHEST_CRL,
                    Some(true),
                    point("http://crl.example.com/d"),
                ));
            }),
        );
    }
}
