//! authorityKeyIdentifier has no keyIdentifier.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "authority-key-id-without-key",
    group: "rfc5280",
    severity: Severity::Error,
    title: "authorityKeyIdentifier has no keyIdentifier.",
    page: "The field must be there; issuer and serial number alone tie the certificate to \
           one certificate of its CA.",
    reference: "RFC 5280 section 4.2.1.1",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let id = c.known().standard.authority_key_id.as_ref();
    let missing = id.is_some_and(|id| id.key_id.is_none());
    found.when(missing && !c.is_self_issued(), "keyIdentifier is absent");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let pair = seq(&[&tlv(0xa1, &tlv(0xa4, &ca_name())), &tlv(0x82, &[5])]);
        breaks(&RULE, &leaf().with(oid::AUTHORITY_KEY_ID, false, pair));
    }
}
