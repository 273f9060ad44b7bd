//! CBC is accepted with TLS 1.1 or 1.2.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::{Version, suite::Mode};

use super::{Rule, Seen};

/// CBC is accepted with TLS 1.1 or 1.2.
static KIND: Kind = Kind {
    id: "suite-cbc",
    group: "suite",
    severity: Severity::Notice,
    title: "CBC is accepted with TLS 1.1 or 1.2.",
    page: "MAC-then-encrypt has had one timing attack after the other (Lucky 13 and its kin). A \
        careful implementation is safe; authenticated encryption does not need the care.\n\n\
        Prefer suites with GCM or ChaCha20-Poly1305; take the others out when no client \
        needs them.",
    reference: "RFC 9325 section 4.2; CVE-2013-0169 (Lucky 13)",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    seen.suites(&KIND, |version, suite| {
        suite.mode == Mode::Cbc && matches!(version, Version::TLS11 | Version::TLS12)
    })
}
