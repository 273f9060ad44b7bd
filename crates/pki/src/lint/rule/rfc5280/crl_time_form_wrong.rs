//! A time of the CRL is not of the form that RFC 5280 asks for, or of the wrong type.

use counterfoil_remark::{Kind, Severity};
use der::Tag;

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::{CrlView, TimeView},
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Crl(look) };

static KIND: Kind = Kind {
    id: "crl-time-form-wrong",
    group: "rfc5280",
    severity: Severity::Error,
    title: "A time of the CRL is not of the form that RFC 5280 asks for, or of the wrong \
            type.",
    page: "UTCTime with seconds and Z through 2049, GeneralizedTime from 2050 on.",
    reference: "RFC 5280 sections 5.1.2.4 and 5.1.2.5",
};

fn look(c: &CrlView, found: &mut Found<'_>) {
    for time in std::iter::once(&c.this_update).chain(&c.next_update) {
        found.when(is_wrong(time), format!("`{}`", time.text()));
    }
}

fn is_wrong(time: &TimeView) -> bool {
    let early = time.octets.as_slice() < b"2050".as_slice();
    time.tag.is_some() && (time.at.is_none() || (time.tag == Some(Tag::GeneralizedTime) && early))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn what_breaks_just_this_rule_is_told() {
        breaks_crl(&RULE, &crl().but(|d| d.next_update = Some((0x18, "20260620000000Z".into()))));
    }
}
