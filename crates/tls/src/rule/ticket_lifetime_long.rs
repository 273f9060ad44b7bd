//! Tickets may be used for more than a week.

use counterfoil_remark::{Kind, Remark, Severity};

use super::{Rule, Seen};

/// Tickets may be used for more than a week.
static KIND: Kind = Kind {
    id: "ticket-lifetime-long",
    group: "feature",
    severity: Severity::Warning,
    title: "Tickets may be used for more than a week.",
    page: "Whoever gets the key of the tickets opens every recorded connection that they resume, \
        of all that time: forward secrecy ends there.\n\n\
        Set a lifetime of hours (`ssl_session_timeout`), and change the ticket key at least \
        every week.",
    reference: "RFC 9325 section 3.4; RFC 8446 section 4.6.1",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

/// A week, the most that RFC 8446 allows.
const LIFETIME_SECONDS_MAX: u32 = 7 * 24 * 60 * 60;

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    let long = seen.facts.ticket_lifetime_seconds.filter(|s| *s > LIFETIME_SECONDS_MAX);
    let remark = |seconds: u32| {
        let days = seconds / 86_400;
        let what = format!("a ticket may be used for {days} days");
        KIND.of(seen.subject, what).with("seconds", seconds.to_string())
    };
    long.map(remark).into_iter().collect()
}
