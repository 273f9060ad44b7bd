//! A gateway's key-exchange certificate lacks cardCertRequired or tunneling.

use counterfoil_remark::{Kind, Severity};

use crate::{
    extension::{KeyUsage, Roles},
    inspect::extension_name,
    lint::{Found, Look, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Set,
    since: jiff::civil::date(1997, 5, 31),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "set-gateway-data-missing",
    group: "set",
    severity: Severity::Error,
    title: "A gateway's key-exchange certificate lacks cardCertRequired or tunneling.",
    page: "Wallets read from them whether a cardholder certificate is needed, and how the \
           gateway passes messages on.",
    reference: "SET 1.0 Book 3, cardCertRequired and tunneling",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let gateway = c.known().roles.unwrap_or_default().contains(Roles::PGWY);
    let usage = c.key_usage().unwrap_or_default();
    let exchange = usage.intersects(KeyUsage::KEY_AGREEMENT | KeyUsage::KEY_ENCIPHERMENT);
    for oid in [oid::SET_CARD_CERT_REQUIRED, oid::SET_TUNNELING] {
        let missing = gateway && exchange && c.extension(oid).is_none();
        found.when(missing, format!("{} is absent", extension_name(&oid).unwrap_or_default()));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &set_gateway().without(oid::SET_TUNNELING));
    }
}
