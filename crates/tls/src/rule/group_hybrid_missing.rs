//! No group that withstands quantum computers.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::group::{self, Group, GroupKind};

use super::{Rule, Seen};

/// No group that withstands quantum computers is accepted.
static KIND: Kind = Kind {
    id: "group-hybrid-missing",
    group: "key-exchange",
    severity: Severity::Notice,
    title: "No group that withstands quantum computers is accepted.",
    page: "What is recorded today can be read when large quantum computers exist. Browsers and \
        rustls prefer X25519MLKEM768 where it is offered.\n\n\
        Needs TLS 1.3 and a library that has it (OpenSSL 3.5, AWS-LC, rustls 0.23.27).",
    reference: "RFC 9846; draft-ietf-tls-ecdhe-mlkem",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    let groups = &seen.facts.tls13_groups.groups;
    let kinds: Vec<_> = groups.iter().filter_map(|code| group::find(*code)).collect();
    let withstands =
        |group: &&Group| matches!(group.kind, GroupKind::Hybrid | GroupKind::Encapsulation);
    if kinds.is_empty() || kinds.iter().any(withstands) {
        return Vec::new();
    }
    vec![KIND.of(seen.subject, "with TLS 1.3 it accepts groups of today only")]
}
