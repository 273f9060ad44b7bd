//! SSL 2.0 is accepted (DROWN).

use counterfoil_remark::{Kind, Remark, Severity};

use crate::Version;

use super::{Rule, Seen};

/// SSL 2.0 is accepted (DROWN).
static KIND: Kind = Kind {
    id: "ssl2-accepted",
    group: "version",
    severity: Severity::Error,
    title: "SSL 2.0 is accepted (DROWN).",
    page: "SSL 2.0 protects nothing: no integrity, keys of 40 bits, one key for everything. \
        Worse, a server that speaks it can be asked to decrypt what newer versions have sent \
        under the same RSA key, on any port or host that shares the key (DROWN).\n\n\
        Switch it off everywhere the key is used, and replace the key if it was ever on.",
    reference: "RFC 6176; CVE-2016-0800 (DROWN)",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    seen.accepted(&KIND, Version::SSL2)
}
