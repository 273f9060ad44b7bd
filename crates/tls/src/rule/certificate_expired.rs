//! A certificate of the chain has expired.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::chain::ChainView;

use super::{Rule, Seen};

/// A certificate of the chain has expired.
static KIND: Kind = Kind {
    id: "certificate-expired",
    group: "certificate",
    severity: Severity::Error,
    title: "A certificate of the chain has expired.",
    page: "Clients refuse the connection: to them this server is down.\n\n\
        Install a new certificate, and find out why the renewal did not happen (`counterfoil \
        cert watch`).",
    reference: "RFC 5280 section 4.1.2.5",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for certificate in seen.path_certificates() {
        if let Some(end) = certificate.not_after.at.filter(|end| *end < seen.now) {
            let what = format!("{} has expired at {end}", ChainView::title(certificate));
            remarks.push(KIND.of(seen.subject, what).with("not_after", end.to_string()));
        }
    }
    remarks
}
