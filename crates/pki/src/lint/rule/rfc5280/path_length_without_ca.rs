//! pathLenConstraint stands in a certificate that signs no certificates.

use counterfoil_remark::{Kind, Severity};

use crate::{
    extension::KeyUsage,
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "path-length-without-ca",
    group: "rfc5280",
    severity: Severity::Error,
    title: "pathLenConstraint stands in a certificate that signs no certificates.",
    page: "It must be absent unless cA is TRUE and keyUsage has keyCertSign.",
    reference: "RFC 5280 section 4.2.1.9",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let constraints = c.known().standard.basic_constraints.unwrap_or_default();
    let signs = c.key_usage().is_none_or(|usage| usage.contains(KeyUsage::KEY_CERT_SIGN));
    let useless = !constraints.ca || !signs;
    found.when(constraints.path_len_max.is_some() && useless, "it limits nothing");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().with(oid::BASIC_CONSTRAINTS, true, seq(&[&[2, 1, 0]])));
    }
}
