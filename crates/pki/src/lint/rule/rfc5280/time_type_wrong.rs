//! A year before 2050 is written as GeneralizedTime.

use counterfoil_remark::{Kind, Severity};
use der::Tag;

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::{CertificateView, TimeView},
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "time-type-wrong",
    group: "rfc5280",
    severity: Severity::Error,
    title: "A year before 2050 is written as GeneralizedTime.",
    page: "Through 2049 it must be UTCTime. Strict readers refuse the certificate.",
    reference: "RFC 5280 section 4.1.2.5",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for time in [&c.not_before, &c.not_after] {
        found.when(is_early_generalized(time), format!("`{}` is GeneralizedTime", time.text()));
    }
}

fn is_early_generalized(time: &TimeView) -> bool {
    time.tag == Some(Tag::GeneralizedTime) && time.octets.as_slice() < b"2050".as_slice()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().but(|d| d.not_after = (0x18, "20260711235959Z".into())));
    }
}
