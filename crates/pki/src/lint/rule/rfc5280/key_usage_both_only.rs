//! encipherOnly and decipherOnly are both set.

use counterfoil_remark::{Kind, Severity};

use crate::{
    extension::KeyUsage,
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "key-usage-both-only",
    group: "rfc5280",
    severity: Severity::Error,
    title: "encipherOnly and decipherOnly are both set.",
    page: "The two exclude each other.",
    reference: "RFC 5280 section 4.2.1.3",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let both = KeyUsage::ENCIPHER_ONLY | KeyUsage::DECIPHER_ONLY;
    found.when(c.key_usage().is_some_and(|usage| usage.contains(both)), "both are set");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::extension::KeyUsage;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let both = KeyUsage::ENCIPHER_ONLY | KeyUsage::DECIPHER_ONLY;
        breaks(
            &RULE,
            &leaf().key_usage(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_AGREEMENT | both),
        );
    }
}
