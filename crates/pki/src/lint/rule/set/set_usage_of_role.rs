//! keyUsage is not one that SET gives to a certificate of this role.

use counterfoil_remark::{Kind, Severity};

use crate::{
    extension::{KeyUsage, Roles},
    lint::{Found, Look, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Set,
    since: jiff::civil::date(1997, 5, 31),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "set-usage-of-role",
    group: "set",
    severity: Severity::Error,
    title: "keyUsage is not one that SET gives to a certificate of this role.",
    page: "A key either signs certificates (and CRLs), or signs messages, or exchanges \
           keys: one use for one key. Cardholders have signature keys only; keys that \
           exchange are keyAgreement for curves, keyEncipherment with dataEncipherment \
           for RSA.",
    reference: "SET 1.0 Book 2, certificate profile; docs/divergences.md",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let Some(usage) = c.key_usage() else { return };
    let roles = c.known().roles.unwrap_or_default();
    let issue = [KeyUsage::KEY_CERT_SIGN, KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN];
    let exchange = [
        KeyUsage::KEY_AGREEMENT,
        KeyUsage::KEY_ENCIPHERMENT,
        KeyUsage::KEY_ENCIPHERMENT | KeyUsage::DATA_ENCIPHERMENT,
    ];
    let signs = usage == KeyUsage::DIGITAL_SIGNATURE && !c.is_ca();
    let end = roles.intersects(Roles::CARD | Roles::MER | Roles::PGWY);
    let issues = issue.contains(&usage) && !end;
    let exchanges = exchange.contains(&usage) && !c.is_ca() && !roles.contains(Roles::CARD);
    found.when(!signs && !issues && !exchanges, format!("{usage} for roles {roles}"));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::extension::KeyUsage;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &set_cardholder().key_usage(KeyUsage::KEY_AGREEMENT));
        breaks(
            &RULE,
            &set_merchant().key_usage(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_AGREEMENT),
        );
    }
}
