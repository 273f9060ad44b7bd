//! One part of a name has the same attribute twice.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "name-part-repeated",
    group: "rfc5280",
    severity: Severity::Error,
    title: "One part of a name has the same attribute twice.",
    page: "A relative distinguished name has at most one value of each type.",
    reference: "X.501 section 9.3",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for rdn in c.issuer.rdns.iter().chain(&c.subject.rdns) {
        for (index, attribute) in rdn.iter().enumerate() {
            let again = rdn[..index].iter().any(|other| other.oid == attribute.oid);
            found.when(again, format!("{} is there again", attribute.name()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let one = seq(&[&oid_der("2.5.4.3"), &tlv(0x0c, b"a")]);
        let other = seq(&[&oid_der("2.5.4.3"), &tlv(0x0c, b"b")]);
        let twice = tlv(0x30, &tlv(0x31, &[one, other].concat()));
        breaks(&RULE, &ca().but(|d| d.subject = twice));
    }
}
