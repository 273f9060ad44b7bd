//! TLS 1.1 is accepted.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::Version;

use super::{Rule, Seen};

/// TLS 1.1 is accepted.
static KIND: Kind = Kind {
    id: "tls11-accepted",
    group: "version",
    severity: Severity::Warning,
    title: "TLS 1.1 is accepted.",
    page: "TLS 1.1 is withdrawn: its hashes are MD5 and SHA-1, and next to no client has it as \
        its newest version.\n\n\
        Switch it off after a look into the log for clients that still use it.",
    reference: "RFC 8996",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    seen.accepted(&KIND, Version::TLS11)
}
