//! Certificates are served that no client needs.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::chain::ChainView;

use super::{Rule, Seen};

/// Certificates are served that no client needs.
static KIND: Kind = Kind {
    id: "chain-superfluous",
    group: "chain",
    severity: Severity::Notice,
    title: "Certificates are served that no client needs.",
    page: "A root that is sent helps nobody: who trusts it has it. A certificate that belongs \
        to no path is most often left over from the last renewal. Both make each handshake \
        longer.\n\n\
        Take them out of the file.",
    reference: "RFC 8446 section 4.4.2",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for chain in seen.chains {
        let mut say = |index: usize, why: &str| {
            let name = ChainView::title(&chain.certificates[index]);
            remarks.push(KIND.of(seen.subject, format!("{name} {why}")));
        };
        for index in (0..chain.certificates.len()).filter(|index| !chain.path.contains(index)) {
            say(index, "belongs to no path from the leaf");
        }
        if let Some(top) = chain.path.last().filter(|top| **top > 0)
            && chain.certificates[*top].is_self_issued()
        {
            say(*top, "is a root");
        }
    }
    remarks
}
