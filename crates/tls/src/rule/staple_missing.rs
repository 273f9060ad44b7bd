//! No OCSP response is stapled, although the certificate names a responder.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::chain::ChainView;

use super::{Rule, Seen};

/// No OCSP response is stapled, although the certificate names a responder.
static KIND: Kind = Kind {
    id: "staple-missing",
    group: "staple",
    severity: Severity::Notice,
    title: "No OCSP response is stapled, although the certificate names a responder.",
    page: "Clients that want to know about revocation have to ask the responder, which is slow \
        and tells it who visits whom; or they do not ask.\n\n\
        Switch stapling on (`ssl_stapling on;`), unless your CA is about to give OCSP up.",
    reference: "RFC 6066 section 8; RFC 6961",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    seen.chains.iter().filter_map(|chain| say(seen, chain)).collect()
}

fn say(seen: &Seen<'_>, chain: &ChainView) -> Option<Remark> {
    let expected = chain.staple_asked && chain.names_responder() && !chain.must_staple();
    if chain.staple.is_some() || !expected {
        return None;
    }
    Some(KIND.of(seen.subject, "it staples nothing"))
}
