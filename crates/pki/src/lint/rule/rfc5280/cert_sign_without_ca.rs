//! keyUsage lets the key sign certificates, and basicConstraints says that it is no CA's.

use counterfoil_remark::{Kind, Severity};

use crate::{
    extension::KeyUsage,
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "cert-sign-without-ca",
    group: "rfc5280",
    severity: Severity::Error,
    title: "keyUsage lets the key sign certificates, and basicConstraints says that it is \
            no CA's.",
    page: "Two extensions say opposite things; programs that look at one only may take \
           the holder for a CA.",
    reference: "RFC 5280 section 4.2.1.9",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let signs = c.key_usage().is_some_and(|usage| usage.contains(KeyUsage::KEY_CERT_SIGN));
    found.when(signs && !c.is_ca(), "keyCertSign is set and cA is not");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::extension::KeyUsage;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks_with(
            &RULE,
            &leaf().key_usage(KeyUsage::KEY_CERT_SIGN | KeyUsage::DIGITAL_SIGNATURE),
            &[],
        );
    }
}
