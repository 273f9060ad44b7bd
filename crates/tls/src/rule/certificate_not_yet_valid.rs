//! The validity of a certificate of the chain has not begun.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::chain::ChainView;

use super::{Rule, Seen};

/// The validity of a certificate of the chain has not begun.
static KIND: Kind = Kind {
    id: "certificate-not-yet-valid",
    group: "certificate",
    severity: Severity::Error,
    title: "The validity of a certificate of the chain has not begun.",
    page: "Clients refuse the connection.\n\n\
        Check the clock of this machine first, then that of the CA that issued it.",
    reference: "RFC 5280 section 4.1.2.5",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for certificate in seen.path_certificates() {
        if let Some(start) = certificate.not_before.at.filter(|start| *start > seen.now) {
            let what = format!("{} is valid from {start} on", ChainView::title(certificate));
            remarks.push(KIND.of(seen.subject, what).with("not_before", start.to_string()));
        }
    }
    remarks
}
