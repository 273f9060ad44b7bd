//! A TLS server's keyUsage allows what it must not.

use counterfoil_remark::{Kind, Severity};

use crate::{
    extension::KeyUsage,
    lint::is_server,
    lint::{Found, Look, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Cabf,
    since: jiff::civil::date(2023, 9, 15),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "cabf-leaf-usage",
    group: "cabf",
    severity: Severity::Error,
    title: "A TLS server's keyUsage allows what it must not.",
    page: "digitalSignature; with RSA keyEncipherment (and, discouraged, \
           dataEncipherment), with curves keyAgreement; nothing else.",
    reference: "Baseline Requirements section 7.1.2.7.11",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let other = KeyUsage::NON_REPUDIATION | KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN;
    let other = other | KeyUsage::ENCIPHER_ONLY | KeyUsage::DECIPHER_ONLY;
    let usage = c.key_usage().unwrap_or_default();
    found.when(is_server(c) && usage.intersects(other), usage.to_string());
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::extension::KeyUsage;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().key_usage(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::NON_REPUDIATION));
    }
}
