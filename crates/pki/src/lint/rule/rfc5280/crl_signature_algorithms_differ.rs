//! The algorithm beside the CRL's signature is not the one inside of what is signed.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CrlView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Crl(look) };

static KIND: Kind = Kind {
    id: "crl-signature-algorithms-differ",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The algorithm beside the CRL's signature is not the one inside of what is \
            signed.",
    page: "Verifiers refuse the CRL.",
    reference: "RFC 5280 section 5.1.1.2",
};

fn look(c: &CrlView, found: &mut Found<'_>) {
    let both = c.inner_algorithm.oid.is_some() && c.outer_algorithm.oid.is_some();
    found.when(both && c.inner_algorithm.der != c.outer_algorithm.der, "the two differ");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn what_breaks_just_this_rule_is_told() {
        breaks_crl(&RULE, &crl().but(|d| d.inner = seq(&[&oid_der("1.2.840.10045.4.3.3")])));
    }
}
