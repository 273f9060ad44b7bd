//! A needless fallback to an older version is not refused.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::probe::facts::Known;

use super::{Rule, Seen};

/// A needless fallback to an older version is not refused.
static KIND: Kind = Kind {
    id: "fallback-unprotected",
    group: "feature",
    severity: Severity::Warning,
    title: "A needless fallback to an older version is not refused.",
    page: "Clients that try again with an older version after a failure can be pushed down by \
        whoever makes the connection fail. With TLS_FALLBACK_SCSV the server notices.\n\n\
        Update the library, or accept no version before TLS 1.2: then there is nothing to \
        fall back to that matters.",
    reference: "RFC 7507",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    if seen.facts.fallback_scsv != Known::No {
        return Vec::new();
    }
    vec![KIND.of(
        seen.subject,
        "it accepts an older version with TLS_FALLBACK_SCSV, although it speaks a newer one",
    )]
}
