//! basicConstraints says `cA: FALSE`, which DER leaves away.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "constraints-default-written",
    group: "rfc5280",
    severity: Severity::Error,
    title: "basicConstraints says `cA: FALSE`, which DER leaves away.",
    page: "A value that is the default is absent in DER; an empty sequence says the same. \
           Strict readers refuse the certificate.",
    reference: "X.690 section 11.5; RFC 5280 section 4.2.1.9",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let value = c.extension(oid::BASIC_CONSTRAINTS).map(|e| e.value.as_slice());
    found.when(matches!(value, Some([0x30, _, 1, 1, 0, ..])), "FALSE is written out");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().with(oid::BASIC_CONSTRAINTS, true, seq(&[&[1, 1, 0]])));
    }
}
