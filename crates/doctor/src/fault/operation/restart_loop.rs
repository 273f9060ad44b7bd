//! A party ends again and again without being told to.
//!
//! Each time whoever keeps it up starts it again, and each time what was under way is cut off:
//! peers see resets and ask again. The cause is nearly always something else: memory that runs
//! out, a file that it cannot use, somebody who kills it.
//!
//! ## How it shows
//!
//! Connections break off and soon stand again; `party.ready` follows upon `party.ready` in the
//! party's log; `log/deployment.jsonl` has `party.ended`.
//!
//! ## How it is confirmed
//!
//! Within a quarter of an hour the party became ready several times with no `party.stopping`
//! between, or whoever keeps it up saw it end as often; and the last time is only minutes ago.
//! Restarts that somebody asked for do not count.
//!
//! ## How it is repaired
//!
//! The cause of its ending is: the last words of its log and what `party.ended` says of it (a
//! signal, an exit status). A finding that explains it is repaired first.
//!
//! ## How the repair is proved
//!
//! It stays up: the same look some minutes later finds nothing, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It kills the process and starts it again, several times within a minute.

use jiff::SignedDuration;

use crate::fact::{Facts, Observation as _, Seen, Starts};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "restart-loop",
    class: Class::Operation,
    title: "A party ends again and again without being told to.",
    source: include_str!("restart_loop.rs"),
    symptoms: &["connections break off and soon stand again", "`party.ended` in the log of `up`"],
    explains: &["party-not-ready"],
    needs: &[Starts::KIND],
    look,
    plan,
};

/// Ends within the period that make a loop.
const ENDS_MIN: usize = 3;
/// The period, in minutes.
const PERIOD_MINUTES: i64 = 15;
/// How recent the last of them is, in minutes.
const RECENT_MINUTES: i64 = 5;

fn look(facts: &Facts) -> Vec<Case> {
    facts.of::<Starts>().iter().filter_map(|starts| judge(facts, starts)).collect()
}

fn judge(facts: &Facts, starts: &Seen<'_, Starts>) -> Option<Case> {
    let now = facts.now();
    let within = |minutes| now - SignedDuration::from_mins(minutes);
    let mut ends = starts.unwanted();
    ends.retain(|at| *at >= within(PERIOD_MINUTES));
    let (first, last) = (ends.iter().min()?, ends.iter().max()?);
    if ends.len() < ENDS_MIN || *last < within(RECENT_MINUTES) {
        return None;
    }
    let name = starts.party;
    let minutes = (last.duration_since(*first).as_secs() / 60).max(1);
    let (times, cause) = (ends.len(), starts.cause.clone());
    let what = format!("{name} ended {times} times in {minutes} minutes without being told to");
    let case = Case::confirmed(name, name, Effect::Weakens, what)
        .with("ends", times.to_string(), starts.source)
        .with("last", last.to_string(), starts.source)
        .check_again(format!("grep -e party.ready -e party.stopping {}", starts.source))
        .stopping([format!("whatever {name} has under way each time it ends")]);
    Some(match cause {
        Some(cause) => case.with("cause", cause, "log/deployment.jsonl"),
        None => case,
    })
}

fn plan(_: &Facts, case: &Case) -> Vec<Step> {
    let owner = &case.owner;
    let text = format!(
        "find out what ends {owner}: the last lines of {owner}/log/{owner}.jsonl before each \
         `party.ready`, and the machine's log for a process killed for want of memory"
    );
    vec![Step::advice(owner, text)]
}
