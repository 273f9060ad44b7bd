//! Tickets live for longer than a week.

use counterfoil_remark::{Kind, Remark, Severity};

use super::{Rule, Seen};

/// Session tickets live for longer than a week.
static KIND: Kind = Kind {
    id: "ticket-long-lived",
    group: "feature",
    severity: Severity::Notice,
    title: "Session tickets live for longer than a week.",
    page: "Before TLS 1.3 whoever gets the key of the tickets opens all connections that were \
        resumed with them. The longer they live, the more.\n\n\
        Let tickets live for a day or less and change their key as often.",
    reference: "RFC 9325 section 3.4; RFC 8446 section 4.6.1",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

/// A week: the most that RFC 8446 allows.
const LIFETIME_SECONDS_MAX: u32 = 7 * 24 * 60 * 60;

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    match seen.facts.ticket_lifetime_seconds {
        Some(seconds) if seconds > LIFETIME_SECONDS_MAX => {
            vec![KIND.of(seen.subject, format!("its tickets live for {} days", seconds / 86_400))]
        }
        _ => Vec::new(),
    }
}
