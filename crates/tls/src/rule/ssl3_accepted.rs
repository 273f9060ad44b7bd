//! SSL 3.0 is accepted (POODLE).

use counterfoil_remark::{Kind, Remark, Severity};

use crate::Version;

use super::{Rule, Seen};

/// SSL 3.0 is accepted (POODLE).
static KIND: Kind = Kind {
    id: "ssl3-accepted",
    group: "version",
    severity: Severity::Error,
    title: "SSL 3.0 is accepted (POODLE).",
    page: "The padding of SSL 3.0 is not covered by its MAC: whoever sits between and can make \
        a client repeat requests reads secrets octet by octet (POODLE). No client of the \
        last ten years needs it.\n\n\
        Switch it off. In nginx, `ssl_protocols TLSv1.2 TLSv1.3;`.",
    reference: "RFC 7568; CVE-2014-3566 (POODLE)",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    seen.accepted(&KIND, Version::SSL3)
}
