//! The serial number is negative.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "serial-negative",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The serial number is negative.",
    page: "A CA took random octets for a number and forgot the sign. Revocation by serial \
           number may miss it. Issue with a leading zero octet where the first bit is \
           set.",
    reference: "RFC 5280 section 4.1.2.2",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    found.when(c.serial.first().is_some_and(|o| o & 0x80 != 0), "its first bit is set");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().but(|d| d.serial[0] = 0x80));
    }
}
