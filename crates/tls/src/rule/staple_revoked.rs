//! The stapled OCSP response says that the certificate is revoked.

use counterfoil_pki::ocsp::CertStatus;
use counterfoil_remark::{Kind, Remark, Severity};

use super::{Rule, Seen};

/// The stapled OCSP response says that the certificate is revoked.
static KIND: Kind = Kind {
    id: "staple-revoked",
    group: "staple",
    severity: Severity::Error,
    title: "The stapled OCSP response says that the certificate is revoked.",
    page: "The server itself tells its clients not to trust it.\n\n\
        Install a new certificate with a new key, and find out who had the old one revoked.",
    reference: "RFC 6960 section 2.2",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    let staples = seen.chains.iter().filter_map(|chain| chain.staple.as_ref()?.as_ref().ok());
    let revoked =
        staples.filter(|staple| matches!(staple.single.status, CertStatus::Revoked { .. }));
    revoked.map(|_| KIND.of(seen.subject, "the staple says: revoked")).collect()
}
