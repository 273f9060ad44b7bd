//! A certificate of the chain expires within two weeks.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::chain::ChainView;

use super::{Rule, Seen};

/// A certificate of the chain expires within two weeks.
static KIND: Kind = Kind {
    id: "certificate-expires-soon",
    group: "certificate",
    severity: Severity::Warning,
    title: "A certificate of the chain expires within two weeks.",
    page: "Renewal that works by itself would have happened by now.\n\n\
        Renew it now, and look at what should have done so.",
    reference: "RFC 5280 section 4.1.2.5",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

/// Less than this is left when renewal by itself has failed: half a month.
const LEFT_SECONDS_MIN: i64 = 14 * 24 * 60 * 60;

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for certificate in seen.path_certificates() {
        let Some(end) = certificate.not_after.at else { continue };
        let left = end.as_second() - seen.now.as_second();
        // What lives for a few days only is renewed every day.
        let whole = certificate.not_before.at.map_or(i64::MAX, |b| end.as_second() - b.as_second());
        if (0..LEFT_SECONDS_MIN).contains(&left) && whole > 2 * LEFT_SECONDS_MIN {
            let (name, days) = (ChainView::title(certificate), left / 86_400);
            let what = format!("{name} expires in {days} days, at {end}");
            remarks.push(KIND.of(seen.subject, what).with("not_after", end.to_string()));
        }
    }
    remarks
}
