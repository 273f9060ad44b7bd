//! authorityKeyIdentifier names issuer and serial number.

use counterfoil_remark::{Kind, Severity};

use crate::{
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
    id: "cabf-authority-key-id-form",
    group: "cabf",
    severity: Severity::Error,
    title: "authorityKeyIdentifier names issuer and serial number.",
    page: "They must not be there; the key identifier alone must.",
    reference: "Baseline Requirements section 7.1.2.11.1",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let id = c.known().standard.authority_key_id.as_ref();
    let more = id.is_some_and(|id| !id.issuer.is_empty() || id.serial.is_some());
    found.when(more, "both are there");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let id = seq(&[&tlv(0x80, &[1; 20]), &tlv(0xa1, &tlv(0xa4, &ca_name())), &tlv(0x82, &[5])]);
        breaks(&RULE, &leaf().with(oid::AUTHORITY_KEY_ID, false, id));
    }
}
