//! A CA's keyUsage lets it sign neither certificates nor CRLs.

use counterfoil_remark::{Kind, Severity};

use crate::{
    extension::KeyUsage,
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "ca-cannot-sign",
    group: "rfc5280",
    severity: Severity::Warning,
    title: "A CA's keyUsage lets it sign neither certificates nor CRLs.",
    page: "What it issues is refused by every verifier.",
    reference: "RFC 5280 section 4.2.1.3",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let either = KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN;
    let cannot = c.key_usage().is_some_and(|usage| !usage.intersects(either));
    found.when(c.is_ca() && cannot, "neither keyCertSign nor cRLSign is set");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::extension::KeyUsage;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let plain = seq(&[&[1, 1, 0xff]]);
        breaks(
            &RULE,
            &ca().with(oid::BASIC_CONSTRAINTS, true, plain).key_usage(KeyUsage::DIGITAL_SIGNATURE),
        );
    }
}
