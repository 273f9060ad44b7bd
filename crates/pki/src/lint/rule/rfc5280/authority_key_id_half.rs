//! authorityKeyIdentifier has one of issuer and serial number without the other.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "authority-key-id-half",
    group: "rfc5280",
    severity: Severity::Error,
    title: "authorityKeyIdentifier has one of issuer and serial number without the other.",
    page: "They name a certificate together or not at all.",
    reference: "RFC 5280 section 4.2.1.1; X.509 section 9.2.2.1",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    if let Some(id) = &c.known().standard.authority_key_id {
        found.when(id.issuer.is_empty() == id.serial.is_some(), "one of the two is absent");
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let half = seq(&[&tlv(0x80, &[1; 20]), &tlv(0x82, &[5])]);
        breaks(&RULE, &leaf().with(oid::AUTHORITY_KEY_ID, false, half));
    }
}
