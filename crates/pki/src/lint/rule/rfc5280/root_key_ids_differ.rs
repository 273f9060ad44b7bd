//! A self-issued CA's two key identifiers differ.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "root-key-ids-differ",
    group: "rfc5280",
    severity: Severity::Error,
    title: "A self-issued CA's two key identifiers differ.",
    page: "If the certificate is self-signed, both are of the same key. In one that links \
           two keys of a CA they differ rightly; then this is a false alarm.",
    reference: "RFC 5280 section 4.2.1.1",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let standard = &c.known().standard;
    let authority = standard.authority_key_id.as_ref().and_then(|id| id.key_id.as_ref());
    let own = standard.subject_key_id.as_ref();
    let differ = authority.is_some() && own.is_some() && authority != own;
    let linking = differ && !c.is_self_signed();
    if c.is_self_issued() && c.is_ca() && differ {
        let severity = if linking { Severity::Notice } else { Severity::Error };
        found.say_as(severity, "authorityKeyIdentifier is not subjectKeyIdentifier");
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let other = tlv(0x30, &tlv(0x80, &[9; 20]));
        breaks(&RULE, &root().with(oid::AUTHORITY_KEY_ID, false, other));
    }
}
