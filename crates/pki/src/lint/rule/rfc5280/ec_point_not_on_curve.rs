//! The point of an elliptic curve key does not lie on its curve.

use counterfoil_crypto::signature::VerifyingKey;
use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, Rule, Source},
    view::{CertificateView, KeyShape},
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Rfc5280,
    since: jiff::civil::date(2009, 3, 1),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "ec-point-not-on-curve",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The point of an elliptic curve key does not lie on its curve.",
    page: "No private key belongs to it; who computes with it can give away a key of his \
           own. Points of P-256 and P-384 are checked, when they are not compressed.",
    reference: "RFC 5480 section 2.2; SEC 1 section 3.2.2",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let checked = matches!(c.key.curve_name(), Some("P-256" | "P-384"));
    let whole = c.key.octets.first() == Some(&4);
    let length = c.key.bits().map(|bits| 1 + 2 * bits as usize / 8);
    let is_ec = matches!(c.key.shape, KeyShape::Ec { .. });
    if is_ec && checked && whole && length == Some(c.key.octets.len()) {
        found.when(VerifyingKey::from_spki(&c.key.der).is_err(), "the library refuses it");
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let mut key = p256_key();
        *key.last_mut().unwrap() ^= 1;
        breaks(&RULE, &leaf().but(|d| d.key = key));
    }
}
