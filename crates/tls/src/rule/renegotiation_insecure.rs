//! Renegotiation is not bound to its connection.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::probe::facts::Known;

use super::{Rule, Seen};

/// Renegotiation is not bound to its connection.
static KIND: Kind = Kind {
    id: "renegotiation-insecure",
    group: "feature",
    severity: Severity::Error,
    title: "Renegotiation is not bound to its connection.",
    page: "Without RFC 5746, whoever sits between can put requests of his own in front of those \
        of a client, under the identity of the client.\n\n\
        Update the library: every one since 2010 has it.",
    reference: "RFC 5746; CVE-2009-3555",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    if seen.facts.secure_renegotiation != Known::No {
        return Vec::new();
    }
    vec![KIND.of(seen.subject, "it does not answer renegotiation_info")]
}
