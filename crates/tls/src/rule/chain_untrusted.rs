//! The chain does not lead to a root that is trusted.

use counterfoil_remark::{Kind, Remark, Severity};

use counterfoil_pki::path::Rule as PathRule;

use super::{Rule, Seen};

/// The chain does not lead to a root that is trusted.
static KIND: Kind = Kind {
    id: "chain-untrusted",
    group: "chain",
    severity: Severity::Error,
    title: "The chain does not lead to a root that is trusted.",
    page: "Said with `--trust` only: the roots given there are what clients are supposed to \
        have.\n\n\
        The sentence names the certificate and the rule. An unknown issuer is most often a \
        missing intermediate: let the server send the whole chain.",
    reference: "RFC 5280 section 6",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    let Some(anchors) = seen.anchors else { return Vec::new() };
    let said_elsewhere = [PathRule::Expired, PathRule::NotYetValid];
    let mut remarks = Vec::new();
    for chain in seen.chains {
        match chain.validate(anchors, seen.now) {
            Some(Err(error)) if !said_elsewhere.contains(&error.rule) => {
                let remark = KIND.of(seen.subject, error.to_string());
                remarks.push(remark.with("rule", error.rule.id()));
            }
            _ => {}
        }
    }
    remarks
}
