//! What could not be read is said, and is never fine.

use counterfoil_remark::{Kind, Remark, Severity};

use super::{Check, Facts, View};

/// The id of this remark: by it alone a report of nothing else is told from one that is fine.
pub(super) static UNSEEN: Kind = Kind {
    id: "watch-unseen",
    group: "reach",
    severity: Severity::Warning,
    title: "Something that is to be watched could not be read.",
    page: "A file that is missing or damaged, a server or a place of CRLs that does not answer. \
           Nothing is known of it, which is not the same as fine.\n\n\
           Look at the cause that is named; leave it out of what is watched only if nothing \
           depends on it.",
    reference: "RFC 5280 section 6.3.3",
};

pub(super) static CHECK: Check = Check { kinds: &[&UNSEEN], run };

fn run(facts: &Facts, _: &View) -> Vec<Remark> {
    let all = facts.unseen.iter();
    all.map(|unseen| UNSEEN.of(&unseen.place, format!("{}.", unseen.why))).collect()
}
