//! The validity has no end (99991231235959Z).

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "validity-no-end",
    group: "rfc5280",
    severity: Severity::Notice,
    title: "The validity has no end (99991231235959Z).",
    page: "Meant for devices. A certificate that never ends has to be revoked to be got \
           rid of.",
    reference: "RFC 5280 section 4.1.2.5",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    found.when(c.not_after.octets == b"99991231235959Z", "it ends in the year 9999");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &root().but(|d| d.not_after = (0x18, "99991231235959Z".into())));
    }
}
