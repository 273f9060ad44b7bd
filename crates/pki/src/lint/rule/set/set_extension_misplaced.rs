//! An extension of SET stands in a certificate of a role that does not have it.

use counterfoil_remark::{Kind, Severity};

use crate::{
    extension::Roles,
    inspect::extension_name,
    lint::{Found, Look, Rule, Source},
    oid::{self, Oid},
    view::CertificateView,
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Set,
    since: jiff::civil::date(1997, 5, 31),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "set-extension-misplaced",
    group: "set",
    severity: Severity::Error,
    title: "An extension of SET stands in a certificate of a role that does not have it.",
    page: "merchantData is for merchants, cardCertRequired and tunneling for gateways, \
           hashedRootKey for the root.",
    reference: "SET 1.0 Book 2, certificate profile",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let Some(roles) = c.known().roles.filter(|roles| !roles.is_empty()) else { return };
    for (oid, of) in PLACES {
        let misplaced = c.extension(oid).is_some() && !roles.contains(of);
        let name = extension_name(&oid).unwrap_or_default();
        found.when(misplaced, format!("{name} with roles {roles}"));
    }
}

const PLACES: [(Oid, Roles); 4] = [
    (oid::SET_MERCHANT_DATA, Roles::MER),
    (oid::SET_CARD_CERT_REQUIRED, Roles::PGWY),
    (oid::SET_TUNNELING, Roles::PGWY),
    (oid::SET_HASHED_ROOT_KEY, Roles::RCA),
];

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &set_cardholder().with(oid::SET_CARD_CERT_REQUIRED, false, vec![1, 1, 0]));
    }
}
