//! A key of fixed length has another one.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Rfc5280,
    since: jiff::civil::date(2018, 8, 1),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "key-length-wrong",
    group: "rfc5280",
    severity: Severity::Error,
    title: "A key of fixed length has another one.",
    page: "It was cut or wrapped once too often (an OCTET STRING inside of the BIT \
           STRING).",
    reference: "RFC 8032; RFC 7748; FIPS 203; FIPS 204",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    if let Some(expected) = c.key.raw_length() {
        let (name, octets) = (c.key.algorithm.name(), c.key.octets.len());
        found.when(octets != expected, format!("{name}: {octets} octets of {expected}"));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let key = spki(&seq(&[&oid_der("1.3.101.112")]), &[9; 34]);
        breaks(&RULE, &leaf().but(|d| d.key = key));
    }
}
