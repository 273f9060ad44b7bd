//! issuingDistributionPoint is not critical or says nothing that it may say.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    revocation_point::IssuingPoint,
    view::CrlView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Crl(look) };

static KIND: Kind = Kind {
    id: "crl-issuing-point-form",
    group: "rfc5280",
    severity: Severity::Error,
    title: "issuingDistributionPoint is not critical or says nothing that it may say.",
    page: "It must be critical: it says which certificates the CRL covers, and who skips \
           it takes the CRL for more than it is.",
    reference: "RFC 5280 section 5.2.5",
};

fn look(c: &CrlView, found: &mut Found<'_>) {
    if let Some(extension) = c.extension(oid::ISSUING_DISTRIBUTION_POINT) {
        found.when(!extension.critical, "it is marked non-critical");
        if let Err(error) = IssuingPoint::from_der(&extension.value) {
            found.say(error.reason);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn what_breaks_just_this_rule_is_told() {
        breaks_crl(
            &RULE,
            &crl().but(|d| {
                d.extensions.push((oid::ISSUING_DISTRIBUTION_POINT, Some(true), vec![0x30, 0]));
            }),
        );
    }
}
