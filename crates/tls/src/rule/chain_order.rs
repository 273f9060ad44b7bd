//! The certificates are served in another order than that of the path.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::chain::ChainView;

use super::{Rule, Seen};

/// The certificates are served in another order than that of the path.
static KIND: Kind = Kind {
    id: "chain-order",
    group: "chain",
    severity: Severity::Warning,
    title: "The certificates are served in another order than that of the path.",
    page: "Before TLS 1.3 each certificate has to be followed by that of its issuer; some \
        clients take that literally and fail.\n\n\
        Order the file: the leaf, its issuer, the issuer of that.",
    reference: "RFC 5246 section 7.4.2; RFC 8446 section 4.4.2",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    let out_of_order = |chain: &&ChainView| {
        chain.path.windows(2).any(|pair| pair[0] > pair[1])
            || chain.path.iter().enumerate().any(|(index, at)| index != *at)
    };
    let mut remarks = Vec::new();
    for chain in seen.chains.iter().filter(out_of_order) {
        let order: Vec<String> = chain.path.iter().map(|at| (at + 1).to_string()).collect();
        let what = format!("the path is certificate {} of those served", order.join(", then "));
        remarks.push(KIND.of(seen.subject, what));
    }
    remarks
}
