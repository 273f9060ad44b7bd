//! The stapled OCSP response is about another certificate.

use counterfoil_remark::{Kind, Remark, Severity};

use super::{Rule, Seen};

/// The stapled OCSP response is about another certificate.
static KIND: Kind = Kind {
    id: "staple-other",
    group: "staple",
    severity: Severity::Error,
    title: "The stapled OCSP response is about another certificate.",
    page: "Clients refuse it.\n\n\
        The server kept the staple of the certificate before: restart it.",
    reference: "RFC 6066 section 8",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    let staples = seen.chains.iter().filter_map(|chain| chain.staple.as_ref()?.as_ref().ok());
    let other = staples.filter(|staple| !staple.is_about_leaf);
    other.map(|_| KIND.of(seen.subject, "the staple has another serial number")).collect()
}
