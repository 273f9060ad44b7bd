//! The CRL has no authorityKeyIdentifier.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::CrlView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Crl(look) };

static KIND: Kind = Kind {
    id: "crl-authority-key-id-missing",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The CRL has no authorityKeyIdentifier.",
    page: "It must be there, so that the key which signed it is found.",
    reference: "RFC 5280 section 5.2.1",
};

fn look(c: &CrlView, found: &mut Found<'_>) {
    found.when(c.extension(oid::AUTHORITY_KEY_ID).is_none(), "the extension is absent");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn what_breaks_just_this_rule_is_told() {
        breaks_crl(&RULE, &crl().but(|d| d.extensions.retain(|e| e.0 != oid::AUTHORITY_KEY_ID)));
    }
}
