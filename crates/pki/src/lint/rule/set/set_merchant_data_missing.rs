//! A merchant's certificate has no merchantData.

use counterfoil_remark::{Kind, Severity};

use crate::{
    extension::Roles,
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
    id: "set-merchant-data-missing",
    group: "set",
    severity: Severity::Error,
    title: "A merchant's certificate has no merchantData.",
    page: "The gateway matches merchant and acquirer by it.",
    reference: "SET 1.0 Book 3, merchantData",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let merchant = c.known().roles.unwrap_or_default().contains(Roles::MER);
    found.when(merchant && c.extension(oid::SET_MERCHANT_DATA).is_none(), "it is absent");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &set_merchant().without(oid::SET_MERCHANT_DATA));
    }
}
