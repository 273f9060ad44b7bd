//! Work piles up at a party that does not get it done.
//!
//! What a party means to do at a time (ask again, reverse, let a hold go) is kept with its time.
//! When that time is past, the party is behind; when its questions find no answer, they queue.
//!
//! ## How it shows
//!
//! Captures and retries come later and later; `gateway.silent` in the merchant's log again and
//! again; `counterfoil_queue_depth` rises.
//!
//! ## How it is confirmed
//!
//! A party that says that it is ready has things in its records that were due more than a minute
//! ago; or several of its questions have had no answer for more than a minute, although each was
//! asked again.
//!
//! ## How it is repaired
//!
//! Questions without an answer are the business of whoever does not answer: that finding comes
//! first, and the queue drains by itself. A party that is behind with its own work needs a faster
//! disk, more processors or fewer neighbours.
//!
//! ## How the repair is proved
//!
//! Nothing is overdue any more, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It loses what the merchant asks the gateway, and makes several purchases.

use jiff::{SignedDuration, Timestamp};

use crate::fact::{Backlog, Facts, Observation as _, Seen, State};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "backlog-growing",
    class: Class::Operation,
    title: "Work piles up at a party that does not get it done.",
    source: include_str!("backlog_growing.rs"),
    symptoms: &["captures and retries come later and later", "`gateway.silent` again and again"],
    explains: &["latency-risen"],
    needs: &[Backlog::KIND],
    look,
    plan,
};

/// Age of what is overdue or unanswered, in seconds.
const AGE_SECONDS_MIN: i64 = 60;
/// Questions without an answer that make a queue.
const UNANSWERED_MIN: u64 = 3;

fn look(facts: &Facts) -> Vec<Case> {
    let all = facts.of::<Backlog>();
    all.iter()
        .flat_map(|backlog| [overdue(facts, backlog), unanswered(facts, backlog)])
        .flatten()
        .collect()
}

fn is_old(facts: &Facts, since: Option<Timestamp>) -> bool {
    since.is_some_and(|at| {
        facts.now().duration_since(at) >= SignedDuration::from_secs(AGE_SECONDS_MIN)
    })
}

/// A party that is behind with its own work.
fn overdue(facts: &Facts, backlog: &Seen<'_, Backlog>) -> Option<Case> {
    let name = backlog.party;
    let is_ready = facts.party(name).is_some_and(|party| party.state == State::Ready);
    if !is_ready || backlog.overdue == 0 || !is_old(facts, backlog.overdue_since) {
        return None;
    }
    let since = backlog.overdue_since?;
    let what = format!("{name} has {} things to do that were due since {since}", backlog.overdue);
    let case = Case::confirmed(name, name, Effect::Hinders, what)
        .with("overdue", backlog.overdue.to_string(), backlog.source)
        .with("since", since.to_string(), backlog.source)
        .check_again(format!(
            "sqlite3 {} \"SELECT tbl, count(*), datetime(min(at) / 1000000, 'unixepoch') \
             FROM alarm \
             WHERE at < unixepoch() * 1000000 GROUP BY tbl\"",
            backlog.source
        ))
        .stopping([format!("what {name} does by itself: asking again, reversing, letting go")]);
    Some(case)
}

/// Questions that nobody answers.
fn unanswered(facts: &Facts, backlog: &Seen<'_, Backlog>) -> Option<Case> {
    let name = backlog.party;
    if backlog.unanswered < UNANSWERED_MIN || !is_old(facts, backlog.unanswered_since) {
        return None;
    }
    let (since, to) = (backlog.unanswered_since?, backlog.to.clone()?);
    let what =
        format!("{to} answers none of {} messages of {name} since {since}", backlog.unanswered);
    let case = Case::confirmed(format!("{name}>{to}"), &to, Effect::Weakens, what)
        .with("unanswered", backlog.unanswered.to_string(), backlog.source)
        .with("since", since.to_string(), backlog.source)
        .touching([format!("party:{name}"), format!("link:{name}>{to}")])
        .check_again(format!(
            "sqlite3 {} \"SELECT count(*) FROM record WHERE tbl='gateway_call'\"",
            backlog.source
        ))
        .stopping([format!("{} orders at {name} that wait to be decided", backlog.unanswered)]);
    let is_ready = facts.party(&to).is_some_and(|party| party.state == State::Ready);
    if is_ready {
        // The one asked is fine by its own account: what lies between them was not seen.
        let missing = format!("what keeps {name} and {to} apart: a capture between them");
        return Some(case.inconclusive(vec![missing]));
    }
    Some(case)
}

fn plan(_: &Facts, case: &Case) -> Vec<Step> {
    let text =
        format!("look at what keeps {} from its work; the queue drains by itself", case.owner);
    vec![Step::advice(&case.owner, text)]
}
