//! RC4 is accepted.

use counterfoil_remark::{Kind, Remark, Severity};

use super::{Rule, Seen};

/// RC4 is accepted.
static KIND: Kind = Kind {
    id: "suite-rc4",
    group: "suite",
    severity: Severity::Error,
    title: "RC4 is accepted.",
    page: "The first octets of RC4 are biased enough to recover cookies and passwords that are \
        sent often.\n\n\
        Take `RC4` out of the list of ciphers.",
    reference: "RFC 7465; CVE-2013-2566; CVE-2015-2808",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    seen.suites(&KIND, |_, suite| suite.cipher.is_rc4())
}
