//! keyUsage and extKeyUsage leave no use in common.

use counterfoil_remark::{Kind, Severity};

use crate::{
    extension::KeyUsage,
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "purpose-without-usage",
    group: "rfc5280",
    severity: Severity::Warning,
    title: "keyUsage and extKeyUsage leave no use in common.",
    page: "A TLS server needs digitalSignature, keyEncipherment or keyAgreement; a \
           client, an OCSP signer, a time stamp or code signer needs a bit that signs. \
           With neither, the certificate must not be used at all.",
    reference: "RFC 5280 section 4.2.1.12",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let standard = &c.known().standard;
    let (Some(usage), Some(purposes)) = (c.key_usage(), &standard.extended_key_usage) else {
        return;
    };
    let signs = KeyUsage::DIGITAL_SIGNATURE | KeyUsage::NON_REPUDIATION;
    let server = KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_ENCIPHERMENT | KeyUsage::KEY_AGREEMENT;
    for purpose in purposes.iter().filter(|_| !c.is_ca()) {
        let needed = match purpose.last_arc_under(&oid::KEY_PURPOSES) {
            Some(1) => server,
            Some(2) => KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_AGREEMENT,
            Some(3 | 8 | 9) => signs,
            _ => continue,
        };
        found.when(!usage.intersects(needed), format!("purpose {purpose} with usage {usage}"));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::extension::KeyUsage;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().key_usage(KeyUsage::CRL_SIGN));
    }
}
