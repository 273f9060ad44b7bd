//! Neither TLS 1.2 nor TLS 1.3 is spoken.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::{Version, probe::facts::Spoken};

use super::{Rule, Seen};

/// Neither TLS 1.2 nor TLS 1.3 is accepted.
static KIND: Kind = Kind {
    id: "no-current-version",
    group: "version",
    severity: Severity::Error,
    title: "Neither TLS 1.2 nor TLS 1.3 is accepted.",
    page: "Clients of today refuse to connect: to them this server is down.\n\n\
        Enable TLS 1.2 and TLS 1.3.",
    reference: "RFC 9325 section 3.1.1; RFC 8996",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    let refused = |version| {
        let known = seen.facts.version(version);
        known.is_some_and(|facts| matches!(facts.spoken, Spoken::Refused(_)))
    };
    let Some(newest) = seen.facts.spoken().next_back().map(|facts| facts.version) else {
        return Vec::new();
    };
    if !refused(Version::TLS12) || !refused(Version::TLS13) {
        return Vec::new();
    }
    vec![KIND.of(seen.subject, format!("the newest version that it accepts is {newest}"))]
}
