//! TLS 1.0 is accepted.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::Version;

use super::{Rule, Seen};

/// TLS 1.0 is accepted.
static KIND: Kind = Kind {
    id: "tls10-accepted",
    group: "version",
    severity: Severity::Warning,
    title: "TLS 1.0 is accepted.",
    page: "TLS 1.0 is withdrawn: its hashes are MD5 and SHA-1, its CBC is predictable (BEAST). \
        Card schemes have forbidden it since 2018 (PCI DSS).\n\n\
        Switch it off after a look into the log for clients that still use it.",
    reference: "RFC 8996",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    seen.accepted(&KIND, Version::TLS10)
}
