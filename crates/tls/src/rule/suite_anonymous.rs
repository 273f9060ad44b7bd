//! Suites without a certificate are accepted.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::suite::Authentication;

use super::{Rule, Seen};

/// Suites without a certificate are accepted.
static KIND: Kind = Kind {
    id: "suite-anonymous",
    group: "suite",
    severity: Severity::Error,
    title: "Suites without a certificate are accepted.",
    page: "Nobody knows who the server is: whoever sits between can be it.\n\n\
        Take `aNULL` out of the list of ciphers.",
    reference: "RFC 9325 section 4.1",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    seen.suites(&KIND, |_, suite| suite.authentication == Authentication::Anonymous)
}
