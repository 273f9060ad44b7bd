//! A party runs and says that it cannot serve.
//!
//! It answers its operator and refuses its work, with the id of why. That is nearly always the
//! consequence of something else: a disk that is full, a file that it cannot use, a bank that
//! cannot be reached. Where that is found, this is listed below it.
//!
//! ## How it shows
//!
//! `/readyz` answers 503 with an id; peers get HTTP 503 and try again.
//!
//! ## How it is confirmed
//!
//! It is asked again some seconds later, and gives the same reason. A party that is just starting
//! is not this.
//!
//! ## How it is repaired
//!
//! What it names is put right; it goes on by itself as soon as it can. Where nothing else is found
//! that explains it, its log says more than `/readyz`.
//!
//! ## How the repair is proved
//!
//! It says that it is ready, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! Not by itself: it follows from what the laboratory does to disks and files.

use crate::fact::{Facts, Observation as _, PartySeen, Readiness, Seen, State};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Question};
use crate::plan::Step;

use super::party_hung::reach;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "party-not-ready",
    class: Class::Operation,
    title: "A party runs and says that it cannot serve.",
    source: include_str!("party_not_ready.rs"),
    symptoms: &["`/readyz` answers 503", "peers get HTTP 503"],
    explains: &["payment-in-doubt", "reversal-never-delivered", "backlog-growing"],
    needs: &[PartySeen::KIND],
    look,
    plan,
};

/// Age below which a process may still be starting, in seconds.
const STARTING_SECONDS: u64 = 20;

fn look(facts: &Facts) -> Vec<Case> {
    let parties = facts.of::<PartySeen>().into_iter();
    parties
        .filter(|party| party.state == State::NotReady)
        .filter_map(|party| judge(facts, &party))
        .collect()
}

fn judge(facts: &Facts, party: &Seen<'_, PartySeen>) -> Option<Case> {
    let name = party.party;
    let reason = party.reason.clone().unwrap_or_else(|| "no reason".into());
    let sentence = party.sentence.clone().unwrap_or_else(|| "it gives no reason".into());
    let (effect, stops) = reach(party);
    let case = Case::confirmed(name, name, effect, format!("{name} cannot serve: {sentence}"))
        .with("reason", reason.clone(), format!("{name} /readyz"))
        .stopping([stops]);
    let Some(again) = facts.about::<Readiness>(name).into_iter().next() else {
        let asked = vec![Question { ask: "readiness", about: name.to_owned() }];
        return Some(case.suspected(asked));
    };
    if again.ready || !again.answered {
        return None;
    }
    let process = again.process.map_or_else(String::new, |process| process.to_string());
    let case = case
        .with("age_seconds", again.age_seconds.to_string(), format!("/proc/{process}/stat"))
        .check_again(format!("tail -n 20 {name}/log/{name}.jsonl"));
    let same = again.reason.as_deref() == Some(reason.as_str());
    if same && again.age_seconds >= STARTING_SECONDS {
        return Some(case);
    }
    let missing = "whether it is still starting: look again in half a minute".to_owned();
    Some(case.inconclusive(vec![missing]))
}

fn plan(_: &Facts, case: &Case) -> Vec<Step> {
    let owner = &case.owner;
    let text = format!("put right what {owner} names; {owner}/log/{owner}.jsonl says more");
    vec![Step::advice(owner, text)]
}
