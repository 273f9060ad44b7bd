//! The RSA modulus has a factor below 752.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::{CertificateView, KeyShape},
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "rsa-small-factor",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The RSA modulus has a factor below 752.",
    page: "It is not the product of two large primes: the key was damaged or made \
           wrongly, and can be computed from what everybody sees.",
    reference: "RFC 8017 section 3.1; Baseline Requirements section 6.1.6",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    if let KeyShape::Rsa { modulus, .. } = &c.key.shape {
        let factor = (2..752u32).find(|divisor| is_divided(modulus, *divisor));
        if let Some(factor) = factor.filter(|_| !modulus.is_empty()) {
            found.say(format!("{factor} divides it"));
        }
    }
}

/// Does `divisor` divide the number?
fn is_divided(number: &[u8], divisor: u32) -> bool {
    number.iter().fold(0, |rest, octet| (rest << 8 | u32::from(*octet)) % divisor) == 0
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let mut modulus = vec![0xff; 256];
        modulus.insert(0, 0);
        breaks(&RULE, &leaf().but(|d| d.key = rsa_key(&modulus, &[1, 0, 1])));
        keeps(&RULE, &leaf().but(|d| d.key = rsa_key(&rsa_2048(), &[1, 0, 1])));
    }
}
