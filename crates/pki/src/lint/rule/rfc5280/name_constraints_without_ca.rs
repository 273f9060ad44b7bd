//! nameConstraints stands in a certificate that is no CA's.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "name-constraints-without-ca",
    group: "rfc5280",
    severity: Severity::Error,
    title: "nameConstraints stands in a certificate that is no CA's.",
    page: "It must be used only in CA certificates; here it limits nothing.",
    reference: "RFC 5280 section 4.2.1.10",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let there = c.extension(oid::NAME_CONSTRAINTS).is_some();
    found.when(there && !c.is_ca(), "the certificate is no CA's");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let within = seq(&[&tlv(0xa0, &seq(&[&tlv(0x82, b"example.com")]))]);
        breaks(&RULE, &leaf().with(oid::NAME_CONSTRAINTS, true, within));
    }
}
