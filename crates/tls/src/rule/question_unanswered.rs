//! A question had no answer.

use counterfoil_remark::{Kind, Remark, Severity};

use std::collections::BTreeMap;

use crate::probe::Ending;

use super::{Rule, Seen};

/// Something could not be looked at.
static KIND: Kind = Kind {
    id: "question-unanswered",
    group: "unseen",
    severity: Severity::Warning,
    title: "Something could not be looked at.",
    page: "A question had no answer, or was not asked because a limit of connections or time \
        was met. Nothing is said of what it would have shown: not that it is bad, and not \
        that it is fine.\n\n\
        Ask again when the server has less to do; see whether something between limits \
        connections from one address.",
    reference: "house rule: being unable to look is a finding",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    let mut counts: BTreeMap<(&str, Ending), usize> = BTreeMap::new();
    for unanswered in &seen.facts.unanswered {
        *counts.entry((&unanswered.about, unanswered.ending)).or_default() += 1;
    }
    let remark = |((about, ending), _count): ((&str, Ending), usize)| {
        let how = match ending {
            Ending::Silent => "no answer in time",
            Ending::NotReached => "no connection",
            Ending::NotAsked => "not asked, a limit was met",
            Ending::Over | Ending::Closed | Ending::Reset => "an answer that cannot be read",
        };
        KIND.of(seen.subject, format!("{about}: {how}"))
    };
    counts.into_iter().map(remark).collect()
}
