//! There is no authorityKeyIdentifier.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "authority-key-id-missing",
    group: "rfc5280",
    severity: Severity::Error,
    title: "There is no authorityKeyIdentifier.",
    page: "All certificates but self-signed ones must have it, so that the right key of \
           the issuer is found.",
    reference: "RFC 5280 section 4.2.1.1",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let missing = c.extension(oid::AUTHORITY_KEY_ID).is_none() && c.version_number() == Some(3);
    found.when(missing && !c.is_self_issued(), "it is absent");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().without(oid::AUTHORITY_KEY_ID));
    }
}
