//! The client decides among suites of different worth.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::{
    probe::facts::Order,
    suite::{self, Suite, Worth},
};

use super::{Rule, Seen};

/// The server has no order of its own and accepts suites of different worth.
static KIND: Kind = Kind {
    id: "suite-order-clients",
    group: "suite",
    severity: Severity::Notice,
    title: "The server has no order of its own and accepts suites of different worth.",
    page: "An old client that puts a weak suite first gets it, although both could do better.\n\n\
        Let the server decide (`ssl_prefer_server_ciphers on;`, `SSLHonorCipherOrder on`), \
        or accept good suites only: then the order does not matter.",
    reference: "RFC 9325 section 4.2.1",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for facts in seen.facts.spoken().filter(|facts| facts.suite_order == Some(Order::Client)) {
        let known = facts.suites.iter().filter_map(|suite| u16::try_from(suite.code).ok());
        let worths = known.filter_map(|code| suite::find(code).map(Suite::worth));
        let (best, worst) = worths.fold((Worth::Broken, Worth::Good), |(best, worst), worth| {
            (best.max(worth), worst.min(worth))
        });
        if worst <= Worth::Weak && best > worst {
            let version = facts.version;
            let what =
                format!("with {version} the client chooses among suites from {best} to {worst}");
            remarks.push(KIND.of(seen.subject, what));
        }
    }
    remarks
}
