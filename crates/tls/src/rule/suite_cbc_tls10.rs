//! CBC is accepted with TLS 1.0 or SSL 3.0 (BEAST).

use counterfoil_remark::{Kind, Remark, Severity};

use crate::{Version, suite::Mode};

use super::{Rule, Seen};

/// CBC is accepted with TLS 1.0 or SSL 3.0 (BEAST).
static KIND: Kind = Kind {
    id: "suite-cbc-tls10",
    group: "suite",
    severity: Severity::Warning,
    title: "CBC is accepted with TLS 1.0 or SSL 3.0 (BEAST).",
    page: "The initialization vectors are predictable: whoever can make a browser send what he \
        likes reads its secrets (BEAST). Clients split records to be safe; a server cannot \
        rely on that.\n\n\
        Switch TLS 1.0 off.",
    reference: "RFC 4346 section 6.2.3.2; CVE-2011-3389 (BEAST)",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    seen.suites(&KIND, |version, suite| {
        suite.mode == Mode::Cbc && matches!(version, Version::TLS10 | Version::SSL3)
    })
}
