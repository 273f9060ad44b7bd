//! Clients may ask for renegotiation.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::probe::facts::Known;

use super::{Rule, Seen};

/// Clients may ask for renegotiation.
static KIND: Kind = Kind {
    id: "renegotiation-by-client",
    group: "feature",
    severity: Severity::Warning,
    title: "Clients may ask for renegotiation.",
    page: "A handshake costs the server many times what it costs the client: a few clients that \
        renegotiate without end keep a server busy. TLS 1.3 has no renegotiation.\n\n\
        Refuse it (`SSL_OP_NO_RENEGOTIATION`; nginx does so by itself).",
    reference: "RFC 9325 section 3.5; CVE-2011-1473",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    if seen.facts.client_renegotiation != Known::Yes {
        return Vec::new();
    }
    vec![KIND.of(seen.subject, "it began a second handshake when the client asked")]
}
