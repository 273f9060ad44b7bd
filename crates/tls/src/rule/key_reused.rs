//! Ephemeral keys are used again.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::probe::facts::Known;

use super::{Rule, Seen};

/// The same ephemeral key was seen in two connections.
static KIND: Kind = Kind {
    id: "key-reused",
    group: "key-exchange",
    severity: Severity::Warning,
    title: "The same ephemeral key was seen in two connections.",
    page: "A key that is kept is no ephemeral key: whoever gets it from memory opens all \
        connections that it was used for, and small-subgroup and Raccoon attacks need just \
        that.\n\n\
        Update the library, or switch the option off (`SSL_OP_SINGLE_DH_USE`, \
        `SSL_OP_SINGLE_ECDH_USE` on).",
    reference: "RFC 9325 section 7.4; CVE-2020-1968 (Raccoon)",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    if seen.facts.key_reused != Known::Yes {
        return Vec::new();
    }
    vec![KIND.of(seen.subject, "two connections had the same key of the server")]
}
