//! The master secret is not bound to the handshake.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::probe::facts::Known;

use super::{Rule, Seen};

/// The master secret is not bound to the handshake.
static KIND: Kind = Kind {
    id: "extended-master-secret-missing",
    group: "feature",
    severity: Severity::Notice,
    title: "The master secret is not bound to the handshake.",
    page: "Without RFC 7627 a server that a client talks to can make two connections have the \
        same keys (triple handshake), which matters where client certificates and resumption \
        or renegotiation come together.\n\n\
        Update the library: OpenSSL has it since 1.1.0.",
    reference: "RFC 7627; RFC 9325 section 3.6",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    if seen.facts.extended_master_secret != Known::No {
        return Vec::new();
    }
    vec![KIND.of(seen.subject, "it does not answer extended_master_secret")]
}
