//! The CRL's issuer has an empty name.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CrlView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Crl(look) };

static KIND: Kind = Kind {
    id: "crl-issuer-empty",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The CRL's issuer has an empty name.",
    page: "No certificate can be matched with it.",
    reference: "RFC 5280 section 5.1.2.3",
};

fn look(c: &CrlView, found: &mut Found<'_>) {
    found.when(!c.issuer.der.is_empty() && c.issuer.is_empty(), "the issuer has no part");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn what_breaks_just_this_rule_is_told() {
        breaks_crl(&RULE, &crl().but(|d| d.issuer = name(&[])));
    }
}
