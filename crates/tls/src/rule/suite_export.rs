//! Export suites are accepted (FREAK, Logjam).

use counterfoil_remark::{Kind, Remark, Severity};

use super::{Rule, Seen};

/// Export suites are accepted (FREAK, Logjam).
static KIND: Kind = Kind {
    id: "suite-export",
    group: "suite",
    severity: Severity::Error,
    title: "Export suites are accepted (FREAK, Logjam).",
    page: "Their keys of 40 or 56 bits and 512-bit key exchange are broken in minutes. Worse, \
        whoever sits between can push other clients down to them (FREAK with RSA, Logjam \
        with Diffie-Hellman).\n\n\
        Take `EXPORT` out of the list of ciphers; a library that still has it needs \
        replacing.",
    reference: "RFC 9325 section 4.1; CVE-2015-0204 (FREAK); CVE-2015-4000 (Logjam)",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    seen.suites(&KIND, |_, suite| suite.is_export())
}
