//! TLS 1.3 is not spoken.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::{Version, probe::facts::Spoken};

use super::{Rule, Seen};

/// TLS 1.3 is not accepted.
static KIND: Kind = Kind {
    id: "tls13-missing",
    group: "version",
    severity: Severity::Notice,
    title: "TLS 1.3 is not accepted.",
    page: "TLS 1.3 is quicker by a round trip, encrypts certificates, and has none of the old \
        choices to get wrong.\n\n\
        Enable it beside TLS 1.2. Counterfoil itself speaks nothing else.",
    reference: "RFC 8446; RFC 9325 section 3.1.1",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    let known = seen.facts.version(Version::TLS13);
    let refused = known.is_some_and(|facts| matches!(facts.spoken, Spoken::Refused(_)));
    // Without TLS 1.2 there is more to say than that.
    if !refused || !seen.facts.speaks(Version::TLS12) {
        return Vec::new();
    }
    vec![KIND.of(seen.subject, "the newest version that it accepts is TLS 1.2")]
}
