//! The RSA key was made by a library whose keys can be factored.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::{CertificateView, KeyShape},
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "rsa-roca",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The RSA key was made by a library whose keys can be factored.",
    page: "Keys of certain smart cards and TPMs (Infineon RSALib) have a structure that \
           shows in the modulus. Whoever sees the certificate can compute the private \
           key. Replace key and certificate.",
    reference: "CVE-2017-15361 (ROCA)",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    if let KeyShape::Rsa { modulus, .. } = &c.key.shape {
        let marked = modulus.len() >= 64 && PRIMES.iter().all(|prime| is_power(modulus, *prime));
        found.when(marked, "its modulus has the mark of that library");
    }
}

/// The primes of the published fingerprint.
const PRIMES: [u32; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
    101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];
/// Is the number a power of 65537 modulo `prime`? That of a sound key is by chance.
fn is_power(number: &[u8], prime: u32) -> bool {
    let rest = number.iter().fold(0, |rest, octet| (rest << 8 | u32::from(*octet)) % prime);
    let mut power = 1;
    (0..prime).any(|_| {
        power = power * 65_537 % prime;
        power == rest
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        // Marked modulo each of the primes, and with no small factor.
        let power = power_of_65537();
        breaks(&RULE, &leaf().but(|d| d.key = rsa_key(&power, &[1, 0, 1])));
    }
}
