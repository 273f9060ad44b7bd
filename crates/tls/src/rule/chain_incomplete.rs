//! The chain as served ends before a root or its neighbour.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::chain::ChainView;

use super::{Rule, Seen};

/// The chain as served ends before a root or its neighbour.
static KIND: Kind = Kind {
    id: "chain-incomplete",
    group: "chain",
    severity: Severity::Warning,
    title: "The chain as served ends before a root or its neighbour.",
    page: "A client that has not met the intermediate elsewhere cannot build a path: it works \
        in one browser and fails in an app, a server or `curl`. Without `--trust` nobody \
        knows which roots clients have; this is said when the leaf comes alone and is not a \
        root itself.\n\n\
        Let the server send the leaf, then each intermediate (`fullchain.pem`, not \
        `cert.pem`).",
    reference: "RFC 8446 section 4.4.2; RFC 5246 section 7.4.2",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for chain in seen.chains.iter().filter(|chain| chain.path.len() == 1) {
        let Some(leaf) = chain.leaf().filter(|leaf| !leaf.is_self_issued()) else { continue };
        // With roots at hand it is known whether the issuer is one.
        let anchors = seen.anchors.unwrap_or_default();
        if anchors.iter().any(|anchor| Some(anchor.subject()) == leaf.issuer.name.as_ref()) {
            continue;
        }
        let name = ChainView::title(leaf);
        let what = format!("{name} comes without its issuer, `{}`", leaf.issuer);
        let remark = KIND.of(seen.subject, what);
        let sure = seen.anchors.is_some();
        remarks.push(if sure { remark.as_severe_as(Severity::Error) } else { remark });
    }
    remarks
}
