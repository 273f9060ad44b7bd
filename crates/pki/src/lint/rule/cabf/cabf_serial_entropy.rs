//! The serial number is too short to have 64 bits of randomness.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Cabf,
    since: jiff::civil::date(2016, 9, 30),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "cabf-serial-entropy",
    group: "cabf",
    severity: Severity::Error,
    title: "The serial number is too short to have 64 bits of randomness.",
    page: "With a serial number that can be guessed, a collision of the hash can be \
           turned into a forged certificate.",
    reference: "Baseline Requirements section 7.1",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    found.when(c.serial.len() < 8 && !c.serial.is_empty(), format!("{} octets", c.serial.len()));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().but(|d| d.serial = vec![0x4b, 1, 2]));
    }
}
