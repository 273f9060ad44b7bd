//! certificateType names no role.

use counterfoil_remark::{Kind, Severity};

use crate::{
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
    id: "set-type-empty",
    group: "set",
    severity: Severity::Error,
    title: "certificateType names no role.",
    page: "At least one of its ten bits has to be set.",
    reference: "SET 1.0 Book 3, certificateType",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let there = c.extension(oid::SET_CERTIFICATE_TYPE).is_some();
    let none = c.known().roles.is_some_and(|roles| roles.is_empty());
    found.when(there && none, "no bit is set");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks_with(
            &RULE,
            &set_cardholder().with(oid::SET_CERTIFICATE_TYPE, true, vec![3, 1, 0]),
            &[],
        );
    }
}
