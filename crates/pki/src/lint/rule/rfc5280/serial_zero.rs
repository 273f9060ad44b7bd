//! The serial number is zero.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "serial-zero",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The serial number is zero.",
    page: "It must be a positive number. Programs that number from zero issue such \
           certificates first.",
    reference: "RFC 5280 section 4.1.2.2",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let zero = !c.serial.is_empty() && c.serial.iter().all(|octet| *octet == 0);
    found.when(zero, "the number is 0");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks_with(&RULE, &root().but(|d| d.serial = vec![0]), &[]);
    }
}
