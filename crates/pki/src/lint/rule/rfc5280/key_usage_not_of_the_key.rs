//! keyUsage allows what a key of this kind cannot do.

use counterfoil_remark::{Kind, Severity};

use crate::{
    extension::KeyUsage,
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "key-usage-not-of-the-key",
    group: "rfc5280",
    severity: Severity::Error,
    title: "keyUsage allows what a key of this kind cannot do.",
    page: "An elliptic curve key encrypts no keys, an RSA key agrees on none, a signature \
           key of Ed25519 or ML-DSA does neither, X25519 and ML-KEM sign nothing. A \
           template of another algorithm was used.",
    reference: "RFC 3279 section 2.3; RFC 8410 section 5; RFC 8813 section 3; RFC 9881 \
                section 4",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let Some(usage) = c.key_usage() else { return };
    let enciphers = KeyUsage::KEY_ENCIPHERMENT | KeyUsage::DATA_ENCIPHERMENT;
    let agrees = KeyUsage::KEY_AGREEMENT | KeyUsage::ENCIPHER_ONLY | KeyUsage::DECIPHER_ONLY;
    let signs = KeyUsage::DIGITAL_SIGNATURE | KeyUsage::NON_REPUDIATION;
    let signs = signs | KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN;
    let name = c.key.algorithm.name();
    let cannot = match name.as_str() {
        "ecPublicKey" => enciphers,
        "rsaEncryption" => agrees,
        "rsassaPss" | "Ed25519" | "Ed448" | "dsa" => enciphers | agrees,
        "ML-DSA-44" | "ML-DSA-65" | "ML-DSA-87" => enciphers | agrees,
        "X25519" | "X448" => signs | enciphers,
        "ML-KEM-512" | "ML-KEM-768" | "ML-KEM-1024" => signs | agrees | KeyUsage::DATA_ENCIPHERMENT,
        _ => return,
    };
    found.when(usage.intersects(cannot), format!("{usage} for a key of {name}"));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::extension::KeyUsage;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().key_usage(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_ENCIPHERMENT));
    }
}
