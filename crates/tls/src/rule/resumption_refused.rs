//! Tickets are given and do not resume a session.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::probe::facts::Known;

use super::{Rule, Seen};

/// Tickets are given and do not resume a session.
static KIND: Kind = Kind {
    id: "resumption-refused",
    group: "feature",
    severity: Severity::Notice,
    title: "Tickets are given and do not resume a session.",
    page: "Every connection then costs a whole handshake, and clients carry tickets for nothing. \
        Often several servers stand behind one address, and each has a ticket key of its own.\n\n\
        Give all of them the same ticket keys (`ssl_session_ticket_key`), or switch tickets off.",
    reference: "RFC 5077 section 5.5; RFC 8446 section 2.2",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    let facts = seen.facts;
    let both = [
        (facts.tickets, facts.tickets_resumed, "TLS 1.2"),
        (facts.tickets_tls13, facts.tickets_tls13_resumed, "TLS 1.3"),
    ];
    let refused =
        both.iter().filter(|(given, taken, _)| (*given, *taken) == (Known::Yes, Known::No));
    let what = |version| format!("with a ticket of {version} the handshake was a whole one again");
    refused.map(|(_, _, version)| KIND.of(seen.subject, what(version))).collect()
}
