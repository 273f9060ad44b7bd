//! Ciphers with keys of 56 bits or fewer are accepted.

use counterfoil_remark::{Kind, Remark, Severity};

use super::{Rule, Seen};

/// Ciphers with keys of 56 bits or fewer are accepted.
static KIND: Kind = Kind {
    id: "suite-des",
    group: "suite",
    severity: Severity::Error,
    title: "Ciphers with keys of 56 bits or fewer are accepted.",
    page: "Every such key is found by trying all of them, in hours.\n\n\
        Take `DES` and `LOW` out of the list of ciphers.",
    reference: "RFC 9325 section 4.1",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    seen.suites(&KIND, |_, suite| {
        matches!(suite.cipher.bits(), 1..80) && !suite.is_export() && !suite.cipher.is_rc4()
    })
}
