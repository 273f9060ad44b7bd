//! The stapled OCSP response is not signed by one who may answer for the issuer.

use counterfoil_remark::{Kind, Remark, Severity};

use super::{Rule, Seen};

/// The stapled OCSP response is not signed by one who may answer for the issuer.
static KIND: Kind = Kind {
    id: "staple-signature",
    group: "staple",
    severity: Severity::Error,
    title: "The stapled OCSP response is not signed by one who may answer for the issuer.",
    page: "Clients refuse it, and with must-staple the connection. Only the issuer of the \
        certificate may answer, or whom it has certified for that with id-kp-OCSPSigning.\n\n\
        See which responder the server asks, and whether something between changes its answers. \
        After a CA's change of keys, restart the server so that it asks again.",
    reference: "RFC 6960 sections 3.2 and 4.2.2.2",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    let anchors = seen.anchors.unwrap_or_default();
    let refused = seen
        .chains
        .iter()
        .filter_map(|chain| chain.staple_signed(anchors, seen.now).and_then(Result::err));
    refused.map(|why| KIND.of(seen.subject, format!("the staple {why}"))).collect()
}
