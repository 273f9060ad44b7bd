//! Suites without encryption are accepted.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::suite::Cipher;

use super::{Rule, Seen};

/// Suites without encryption are accepted.
static KIND: Kind = Kind {
    id: "suite-null",
    group: "suite",
    severity: Severity::Error,
    title: "Suites without encryption are accepted.",
    page: "Everything is sent in clear, although client and server believe otherwise.\n\n\
        Take `eNULL` out of the list of ciphers.",
    reference: "RFC 9325 section 4.1",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    seen.suites(&KIND, |_, suite| suite.cipher == Cipher::NullCipher)
}
