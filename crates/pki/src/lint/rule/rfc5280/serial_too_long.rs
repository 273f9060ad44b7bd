//! The serial number has more than 20 octets.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "serial-too-long",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The serial number has more than 20 octets.",
    page: "Users need not handle more, and revocation by a cut number revokes nothing.",
    reference: "RFC 5280 section 4.1.2.2",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    found.when(c.serial.len() > 20, format!("it has {} octets", c.serial.len()));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().but(|d| d.serial = vec![0x41; 21]));
    }
}
