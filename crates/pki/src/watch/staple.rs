//! A certificate that promises stapled OCSP responses, on a server that sends none.

use counterfoil_remark::{Kind, Remark, Severity};

use super::{Check, Facts, View, called};

static MISSING: Kind = Kind {
    id: "watch-staple-missing",
    group: "freshness",
    severity: Severity::Error,
    title: "The certificate promises a stapled OCSP response, and the server sends none.",
    page: "Its TLS feature extension (must-staple) tells clients to end the handshake then, and \
           Firefox does.\n\n\
           Switch stapling on at the server, and check that it reaches the responder.",
    reference: "RFC 7633 section 4",
};

pub(super) static CHECK: Check = Check { kinds: &[&MISSING], run };

fn run(facts: &Facts, _: &View) -> Vec<Remark> {
    let promised = facts.holdings.iter().filter(|holding| {
        let leaf = holding.chain.first();
        holding.stapled == Some(false) && leaf.is_some_and(|leaf| leaf.known().standard.must_staple)
    });
    promised
        .map(|holding| {
            let text = format!("{} has it, no response came.", called(&holding.chain[0]));
            MISSING.of(&holding.place, text)
        })
        .collect()
}
