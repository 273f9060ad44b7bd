//! A CA has no keyUsage.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "ca-key-usage-missing",
    group: "rfc5280",
    severity: Severity::Error,
    title: "A CA has no keyUsage.",
    page: "The extension must be there in certificates whose keys verify certificates or \
           CRLs.",
    reference: "RFC 5280 section 4.2.1.3",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    found.when(c.is_ca() && c.extension(oid::KEY_USAGE).is_none(), "keyUsage is absent");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &ca().without(oid::KEY_USAGE));
    }
}
