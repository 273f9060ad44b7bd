//! Heartbeat is accepted.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::probe::facts::Known;

use super::{Rule, Seen};

/// Heartbeat is accepted.
static KIND: Kind = Kind {
    id: "heartbeat",
    group: "feature",
    severity: Severity::Notice,
    title: "Heartbeat is accepted.",
    page: "Nobody needs heartbeat over TCP. A fault in it has given away keys (Heartbleed, \
        CVE-2014-0160); whether this server has the fault is not tested.\n\n\
        Build or run the library without it.",
    reference: "RFC 6520; CVE-2014-0160 (Heartbleed)",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    if seen.facts.heartbeat != Known::Yes {
        return Vec::new();
    }
    vec![KIND.of(seen.subject, "it answers the heartbeat extension")]
}
