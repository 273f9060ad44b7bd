//! The stapled OCSP response says nothing.

use counterfoil_remark::{Kind, Remark, Severity};

use super::{Rule, Seen};

/// The stapled OCSP response says nothing.
static KIND: Kind = Kind {
    id: "staple-unreadable",
    group: "staple",
    severity: Severity::Warning,
    title: "The stapled OCSP response says nothing.",
    page: "Clients ignore it, or with must-staple refuse the connection.\n\n\
        See what the server fetched from the responder (`openssl ocsp`); restart the server \
        when it keeps an old failure.",
    reference: "RFC 6960 section 4.2.1",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    let bad = seen.chains.iter().filter_map(|chain| match &chain.staple {
        Some(Err(why)) => Some(why),
        _ => None,
    });
    bad.map(|why| KIND.of(seen.subject, format!("the staple: {why}"))).collect()
}
