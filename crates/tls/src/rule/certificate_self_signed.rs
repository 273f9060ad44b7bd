//! The certificate is signed by itself.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::chain::ChainView;

use super::{Rule, Seen};

/// The certificate is signed by itself.
static KIND: Kind = Kind {
    id: "certificate-self-signed",
    group: "certificate",
    severity: Severity::Warning,
    title: "The certificate is signed by itself.",
    page: "No CA stands behind it: only clients that were given this very certificate can trust \
        it.\n\n\
        Have it issued by a CA that the clients trust; where it is meant to be so, give it \
        with `--trust`.",
    reference: "RFC 5280 section 3.2",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for leaf in seen.chains.iter().filter_map(ChainView::leaf).filter(|leaf| leaf.is_self_signed())
    {
        let anchors = seen.anchors.unwrap_or_default();
        if !anchors.iter().any(|anchor| anchor.der() == leaf.der) {
            let name = ChainView::title(leaf);
            remarks.push(KIND.of(seen.subject, format!("{name} is signed by itself")));
        }
    }
    remarks
}
