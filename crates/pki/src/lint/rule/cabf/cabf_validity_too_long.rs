//! A TLS server's certificate is valid for longer than browsers accept.

use counterfoil_remark::{Kind, Severity};
use jiff::civil::{Date, date};

use crate::{
    lint::is_server,
    lint::{Found, Look, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Cabf,
    since: jiff::civil::date(2018, 3, 1),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "cabf-validity-too-long",
    group: "cabf",
    severity: Severity::Error,
    title: "A TLS server's certificate is valid for longer than browsers accept.",
    page: "825 days from March 2018, 398 from September 2020, 200 from 15 March 2026, 100 \
           from 15 March 2027, 47 from 15 March 2029, by the day of issue. Both ends \
           count.",
    reference: "Baseline Requirements section 6.3.2 (ballots 193, SC31, SC-081v3)",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let (Some(begin), Some(end), Some(day)) = (c.not_before.at, c.not_after.at, found.issued_on)
    else {
        return;
    };
    let limit = LIMITS.iter().rev().find(|(since, _)| *since <= day).map(|(_, days)| *days);
    let seconds = end.as_second() - begin.as_second() + 1;
    let days = seconds.div_euclid(86_400) + i64::from(seconds % 86_400 != 0);
    if let Some(limit) = limit.filter(|limit| is_server(c) && days > *limit) {
        found.say(format!("{days} days of {limit}"));
    }
}

/// Days, by the first day of issue.
const LIMITS: [(Date, i64); 5] = [
    (date(2018, 3, 1), 825),
    (date(2020, 9, 1), 398),
    (date(2026, 3, 15), 200),
    (date(2027, 3, 15), 100),
    (date(2029, 3, 15), 47),
];

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().but(|d| d.not_after.1 = "261218000000Z".into()));
        keeps(&RULE, &leaf().but(|d| d.not_after.1 = "261217235959Z".into()));
    }
}
