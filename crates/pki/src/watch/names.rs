//! Servers have the names under which peers reach them.

use counterfoil_remark::{Kind, Remark, Severity};

use super::{Check, Facts, View};

static MISMATCH: Kind = Kind {
    id: "watch-name-mismatch",
    group: "names",
    severity: Severity::Error,
    title: "A server's certificate has not the name under which peers reach it.",
    page: "Every client that checks names ends the handshake.\n\n\
           Have it issued for that name as subjectAltName, or reach the server under a name that \
           it has.",
    reference: "RFC 9525 section 6",
};

pub(super) static CHECK: Check = Check { kinds: &[&MISMATCH], run };

fn run(facts: &Facts, _: &View) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for holding in &facts.holdings {
        let Some(leaf) = holding.chain.first() else { continue };
        for name in &holding.names {
            if let Err(why) = name.check(leaf) {
                remarks.push(MISMATCH.of(&holding.place, format!("{why}.")));
            }
        }
    }
    remarks
}
