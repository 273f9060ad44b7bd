//! A cardholder, merchant or gateway may sign certificates.

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
    id: "set-end-entity-is-ca",
    group: "set",
    severity: Severity::Error,
    title: "A cardholder, merchant or gateway may sign certificates.",
    page: "Its basicConstraints or keyUsage makes it a CA. Revoke the certificate.",
    reference: "SET 1.0 Book 2, certificate profile",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let roles = c.known().roles.unwrap_or_default();
    let end = roles.intersects(Roles::CARD | Roles::MER | Roles::PGWY | Roles::ACQ);
    let signs = c.key_usage().is_some_and(|usage| usage.contains(KeyUsage::KEY_CERT_SIGN));
    found.when(end && (c.is_ca() || signs), format!("roles {roles}"));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::extension::KeyUsage;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let usage = KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN;
        let ca = set_cardholder().with(oid::BASIC_CONSTRAINTS, true, seq(&[&[1, 1, 0xff]]));
        breaks_with(&RULE, &ca.key_usage(usage), &["set-usage-of-role"]);
    }
}
