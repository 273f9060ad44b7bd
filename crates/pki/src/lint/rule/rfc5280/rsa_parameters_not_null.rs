//! The parameters of an RSA key are not NULL.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "rsa-parameters-not-null",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The parameters of an RSA key are not NULL.",
    page: "They must be there and be NULL.",
    reference: "RFC 3279 section 2.3.1",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let rsa = c.key.algorithm.name() == "rsaEncryption";
    let null = matches!(c.key.algorithm.parameters.as_deref(), Some([5, 0]));
    found.when(rsa && !null, "they are absent or something else");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let key = seq(&[&tlv(2, &rsa_2048()), &[2, 3, 1, 0, 1]]);
        let odd = spki(&seq(&[&oid_der("1.2.840.113549.1.1.1")]), &key);
        breaks(&RULE, &leaf().but(|d| d.key = odd));
    }
}
