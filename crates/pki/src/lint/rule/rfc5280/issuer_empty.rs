//! The issuer has an empty name.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "issuer-empty",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The issuer has an empty name.",
    page: "Without a name no issuer can be found, and no CRL either.",
    reference: "RFC 5280 section 4.1.2.4",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    found.when(!c.issuer.der.is_empty() && c.issuer.is_empty(), "the issuer has no part");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().but(|d| d.issuer = name(&[])));
    }
}
