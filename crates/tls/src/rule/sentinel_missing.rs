//! The random does not say that TLS 1.3 is spoken.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::{Version, probe::facts::Known};

use super::{Rule, Seen};

/// The random does not say that TLS 1.3 is spoken.
static KIND: Kind = Kind {
    id: "sentinel-missing",
    group: "feature",
    severity: Severity::Warning,
    title: "The random does not say that TLS 1.3 is spoken.",
    page: "A server that speaks TLS 1.3 and agrees on less says so in its random, which is \
        signed: so clients notice that somebody between has talked both down.\n\n\
        Update the library. A middlebox that ends TLS in front of the server also looks like \
        this.",
    reference: "RFC 8446 section 4.1.3",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    if !(seen.facts.speaks(Version::TLS13) && seen.facts.sentinel == Known::No) {
        return Vec::new();
    }
    vec![KIND.of(seen.subject, "its TLS 1.2 hello lacks the mark of RFC 8446")]
}
