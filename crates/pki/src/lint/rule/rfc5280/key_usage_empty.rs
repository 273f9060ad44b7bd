//! keyUsage allows nothing.

use counterfoil_remark::{Kind, Severity};

use crate::{
    extension::KeyUsage,
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "key-usage-empty",
    group: "rfc5280",
    severity: Severity::Error,
    title: "keyUsage allows nothing.",
    page: "When it is there, at least one bit must be set.",
    reference: "RFC 5280 section 4.2.1.3",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    found.when(c.key_usage() == Some(KeyUsage::default()), "no bit is set");
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
            &leaf().with(oid::KEY_USAGE, true, vec![3, 1, 0]),
            &["purpose-without-usage"],
        );
    }
}
