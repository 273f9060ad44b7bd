//! privateKeyUsagePeriod reaches beyond the validity, or is empty.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Set,
    since: jiff::civil::date(1997, 5, 31),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "set-signing-period",
    group: "set",
    severity: Severity::Error,
    title: "privateKeyUsagePeriod reaches beyond the validity, or is empty.",
    page: "The key stops signing before its certificate ends, so that its last signatures \
           can still be checked.",
    reference: "SET 1.0 Book 2, privateKeyUsagePeriod",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let Some(period) = c.known().standard.private_key_usage else { return };
    let (begin, end) = (period.not_before.or(c.not_before.at), period.not_after);
    found.when(end < begin && end.is_some(), "it ends before it begins");
    let late = end.is_some() && c.not_after.at.is_some() && end > c.not_after.at;
    found.when(late, "it ends after the certificate");
    let early = period.not_before.is_some() && period.not_before < c.not_before.at;
    found.when(early, "it begins before the certificate");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let period = seq(&[&tlv(0x81, b"20280101000000Z")]);
        breaks(&RULE, &set_cardholder().with(oid::PRIVATE_KEY_USAGE_PERIOD, false, period));
    }
}
