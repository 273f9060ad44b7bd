//! The certificate is signed over MD2, MD4, MD5 or SHA-1.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, Rule, Source},
    view::{CertificateView, Strength},
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Rfc5280,
    since: jiff::civil::date(2011, 3, 1),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "signature-broken-hash",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The certificate is signed over MD2, MD4, MD5 or SHA-1.",
    page: "Two contents with one digest can be computed, so that a CA which signs one has \
           signed the other. Issue it again with SHA-256. Of a self-signed root the \
           signature matters to nobody; it gets a notice.",
    reference: "RFC 6151 section 2.1; RFC 6194 section 3",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    if c.outer_algorithm.strength() == Some(Strength::Broken) {
        let said = format!("it is signed with {}", c.outer_algorithm.name());
        let root = c.is_ca() && c.is_self_issued();
        found.say_as(if root { Severity::Notice } else { Severity::Error }, said);
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let sha1 = seq(&[&oid_der("1.2.840.10045.4.1")]);
        breaks(
            &RULE,
            &ca().but(|d| {
                d.inner = sha1.clone();
                d.outer = sha1;
            }),
        );
    }
}
