//! An iPAddress in subjectAltName has neither 4 nor 16 octets.

use counterfoil_remark::{Kind, Severity};

use crate::{
    general_name::GeneralName,
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "ip-name-length",
    group: "rfc5280",
    severity: Severity::Error,
    title: "An iPAddress in subjectAltName has neither 4 nor 16 octets.",
    page: "The address was written as text, or with a mask.",
    reference: "RFC 5280 section 4.2.1.6",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for name in &c.known().standard.subject_alt_names {
        if let GeneralName::Ip(octets) = name {
            let right = matches!(octets.len(), 4 | 16);
            found.when(!right, format!("it has {} octets", octets.len()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let list = names(&[(2, b"shop.example.com"), (7, b"192.0.2.1")]);
        breaks(&RULE, &leaf().with(oid::SUBJECT_ALT_NAME, false, list));
    }
}
