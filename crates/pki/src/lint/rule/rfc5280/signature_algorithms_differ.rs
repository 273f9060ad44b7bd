//! The algorithm beside the signature is not the one inside of what is signed.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "signature-algorithms-differ",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The algorithm beside the signature is not the one inside of what is signed.",
    page: "The outer one is not signed: who can change it can have a signature judged by \
           other rules. Verifiers refuse the certificate.",
    reference: "RFC 5280 section 4.1.1.2",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let both = !c.inner_algorithm.der.is_empty() && !c.outer_algorithm.der.is_empty();
    let differ = c.inner_algorithm.der != c.outer_algorithm.der;
    let names = (c.inner_algorithm.name(), c.outer_algorithm.name());
    found.when(both && differ, format!("inside {}, outside {}", names.0, names.1));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let other = seq(&[&oid_der("1.2.840.10045.4.3.3")]);
        breaks(&RULE, &leaf().but(|d| d.outer = other));
    }
}
