//! cRLNumber is critical, negative, longer than 20 octets or not a number.

use counterfoil_remark::{Kind, Severity};

use crate::{
    crl::CrlNumber,
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::CrlView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Crl(look) };

static KIND: Kind = Kind {
    id: "crl-number-form",
    group: "rfc5280",
    severity: Severity::Error,
    title: "cRLNumber is critical, negative, longer than 20 octets or not a number.",
    page: "It must be non-critical, and rise from CRL to CRL.",
    reference: "RFC 5280 section 5.2.3",
};

fn look(c: &CrlView, found: &mut Found<'_>) {
    if let Some(extension) = c.extension(oid::CRL_NUMBER) {
        found.when(extension.critical, "it is marked critical");
        found.when(CrlNumber::from_der(&extension.value).is_err(), "its value cannot be read");
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn what_breaks_just_this_rule_is_told() {
        breaks_crl(&RULE, &crl().but(|d| d.extensions[1].2 = vec![2, 1, 0x80]));
    }
}
