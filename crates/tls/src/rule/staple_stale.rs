//! The stapled OCSP response is out of date.

use counterfoil_remark::{Kind, Remark, Severity};

use super::{Rule, Seen};

/// The stapled OCSP response is out of date.
static KIND: Kind = Kind {
    id: "staple-stale",
    group: "staple",
    severity: Severity::Error,
    title: "The stapled OCSP response is out of date.",
    page: "Clients refuse the connection, or ask the responder themselves.\n\n\
        The server cannot reach the responder, or does not ask again: see its log, and the \
        firewall between the two.",
    reference: "RFC 6960 section 4.2.2.1; RFC 6066 section 8",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

/// Age of a response without an end at which it is called stale: a week.
const AGE_SECONDS_MAX: i64 = 7 * 24 * 60 * 60;

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for staple in seen.chains.iter().filter_map(|chain| chain.staple.as_ref()?.as_ref().ok()) {
        let age = seen.now.as_second() - staple.single.this_update.as_second();
        match staple.single.next_update {
            Some(end) if end < seen.now => {
                let what = format!("a newer one should have come by {end}");
                remarks.push(KIND.of(seen.subject, what).with("next_update", end.to_string()));
            }
            None if age > AGE_SECONDS_MAX => {
                let what = format!("it is of {} and names no end", staple.single.this_update);
                remarks.push(KIND.of(seen.subject, what));
            }
            _ => {}
        }
    }
    remarks
}
