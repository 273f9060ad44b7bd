//! The certificate demands a staple and none is served.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::chain::ChainView;

use super::{Rule, Seen};

/// The certificate demands a staple and none is served.
static KIND: Kind = Kind {
    id: "staple-must",
    group: "staple",
    severity: Severity::Error,
    title: "The certificate demands a staple and none is served.",
    page: "With must-staple in the certificate, clients that know it refuse a connection \
        without a good staple.\n\n\
        Switch stapling on and see that the server can reach the responder, or have the \
        certificate issued without must-staple.",
    reference: "RFC 7633 section 4.3.3",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    seen.chains.iter().filter_map(|chain| say(seen, chain)).collect()
}

fn say(seen: &Seen<'_>, chain: &ChainView) -> Option<Remark> {
    if !(chain.must_staple() && chain.staple_asked && !matches!(chain.staple, Some(Ok(_)))) {
        return None;
    }
    Some(KIND.of(seen.subject, "the certificate has must-staple and no readable staple came"))
}
