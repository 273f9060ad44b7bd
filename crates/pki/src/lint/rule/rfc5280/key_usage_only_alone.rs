//! encipherOnly or decipherOnly is set without keyAgreement.

use counterfoil_remark::{Kind, Severity};

use crate::{
    extension::KeyUsage,
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "key-usage-only-alone",
    group: "rfc5280",
    severity: Severity::Warning,
    title: "encipherOnly or decipherOnly is set without keyAgreement.",
    page: "Alone they mean nothing.",
    reference: "RFC 5280 section 4.2.1.3",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let usage = c.key_usage().unwrap_or_default();
    let only = usage.intersects(KeyUsage::ENCIPHER_ONLY | KeyUsage::DECIPHER_ONLY);
    found.when(only && !usage.contains(KeyUsage::KEY_AGREEMENT), "keyAgreement is not set");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::extension::KeyUsage;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().key_usage(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::ENCIPHER_ONLY));
    }
}
