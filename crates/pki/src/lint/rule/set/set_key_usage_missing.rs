//! There is no keyUsage.

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
    id: "set-key-usage-missing",
    group: "set",
    severity: Severity::Error,
    title: "There is no keyUsage.",
    page: "Signature and key-exchange certificates of one party differ by nothing else.",
    reference: "SET 1.0 Book 2, certificate profile",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    found.when(c.extension(oid::KEY_USAGE).is_none() && !c.is_ca(), "the extension is absent");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &set_merchant().without(oid::KEY_USAGE));
    }
}
