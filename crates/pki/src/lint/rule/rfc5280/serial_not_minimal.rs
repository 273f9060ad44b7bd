//! The serial number has superfluous leading octets.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "serial-not-minimal",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The serial number has superfluous leading octets.",
    page: "DER writes a number with as few octets as it can. Strict readers refuse the \
           certificate; others print another serial number than the CA has in its books.",
    reference: "X.690 section 8.3.2",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let padded = match c.serial.as_slice() {
        [0, next, ..] => next & 0x80 == 0,
        [0xff, next, ..] => next & 0x80 != 0,
        _ => false,
    };
    found.when(padded, "its first octet is not needed");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().but(|d| d.serial.insert(0, 0)));
    }
}
