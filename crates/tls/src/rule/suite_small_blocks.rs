//! Ciphers with blocks of 64 bits are accepted (SWEET32).

use counterfoil_remark::{Kind, Remark, Severity};

use super::{Rule, Seen};

/// Ciphers with blocks of 64 bits are accepted (SWEET32).
static KIND: Kind = Kind {
    id: "suite-small-blocks",
    group: "suite",
    severity: Severity::Warning,
    title: "Ciphers with blocks of 64 bits are accepted (SWEET32).",
    page: "After about 32 GB under one key, blocks repeat and give plaintext away: 3DES, IDEA \
        and RC2 in long connections (SWEET32).\n\n\
        Take `3DES` and `IDEA` out of the list of ciphers.",
    reference: "CVE-2016-2183 (SWEET32); NIST SP 800-131A",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    seen.suites(&KIND, |_, suite| suite.cipher.has_small_blocks() && suite.cipher.bits() >= 80)
}
