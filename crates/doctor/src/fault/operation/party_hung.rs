//! A party's process is there and answers nobody.
//!
//! It holds its records, so that nobody else can serve from them, and whoever calls it waits until
//! its own time-out. That is worse than a party that does not run: peers wait, and whatever keeps
//! processes up sees nothing to start. What it promised before is on disk and is not lost.
//!
//! ## How it shows
//!
//! Connections stand and nothing comes back; peers log `gateway.silent` or `call.failed` with a
//! time-out; `/readyz` does not answer.
//!
//! ## How it is confirmed
//!
//! It is looked at twice. In the first look it did not answer `/readyz` in a second; in the second
//! it is given several seconds, and its process is watched meanwhile. It is hung when the kernel
//! says that the process is stopped by a signal or a debugger, or when its operator's listener
//! takes connections, none is answered, and the process did not use the processor in all that time.
//! A process that works is busy, which is not this.
//!
//! ## How it is repaired
//!
//! It is ended, with SIGTERM first and SIGKILL after a wait, and started again. Nothing that it
//! acknowledged is lost: an answer leaves a party only after what it promises is on disk.
//!
//! ## How the repair is proved
//!
//! It says that it is ready, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It stops the process with SIGSTOP.

use crate::fact::{Facts, Observation as _, PartySeen, Readiness, Role, Seen, State};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect, Question};
use crate::plan::Step;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "party-hung",
    class: Class::Operation,
    title: "A party's process is there and answers nobody.",
    source: include_str!("party_hung.rs"),
    symptoms: &["connections stand and nothing comes back", "`/readyz` does not answer"],
    explains: &[
        "payment-in-doubt",
        "reversal-never-delivered",
        "backlog-growing",
        "success-rate-fallen",
        "latency-risen",
    ],
    needs: &[PartySeen::KIND],
    look,
    plan,
};

/// Time that a party is given before silence counts.
const SILENCE_MS_MIN: u64 = 4_000;

fn look(facts: &Facts) -> Vec<Case> {
    let parties = facts.of::<PartySeen>().into_iter();
    parties
        .filter(|party| party.state == State::Silent)
        .filter_map(|party| judge(facts, &party))
        .collect()
}

fn judge(facts: &Facts, party: &Seen<'_, PartySeen>) -> Option<Case> {
    let name = party.party;
    let (effect, stops) = reach(party);
    let case = |what: String| {
        Case::confirmed(name, name, effect, what)
            .touching([format!("link:{name}")])
            .stopping([stops.clone()])
    };
    let Some(again) = facts.about::<Readiness>(name).into_iter().next() else {
        let asked = vec![Question { ask: "readiness", about: name.to_owned() }];
        return Some(case(format!("{name} does not answer its operator")).suspected(asked));
    };
    let process = again.process.filter(|_| !again.answered)?;
    let state = again.process_state.clone().unwrap_or_default();
    let stopped = matches!(state.as_str(), "T" | "t");
    let silent = again.waited_ms >= SILENCE_MS_MIN && again.connects && !again.worked;
    let shown = |case: Case| {
        case.with("process", format!("{process}, state {state}"), format!("/proc/{process}/stat"))
            .with("silent_ms", again.waited_ms.to_string(), again.source)
            .check_again(format!("ps -o pid,stat,wchan,time -p {process}"))
    };
    if stopped {
        let what = format!("{name}'s process {process} is stopped and answers nobody");
        return Some(shown(case(what)));
    }
    if silent {
        let seconds = again.waited_ms / 1_000;
        let what =
            format!("{name} takes connections, answers none in {seconds} s and does nothing");
        return Some(shown(case(what)));
    }
    let missing = "whether it is busy or hung: look again when the machine has less to do";
    let what = format!("{name} does not answer its operator");
    Some(shown(case(what)).inconclusive(vec![missing.to_owned()]))
}

/// What a party that does not serve stops.
pub(super) fn reach(party: &Seen<'_, PartySeen>) -> (Effect, String) {
    match party.role {
        Role::Ca => (Effect::StopsRegistrations, format!("registrations at {}", party.party)),
        Role::Merchant => (Effect::StopsPurchases, format!("all purchases at {}", party.party)),
        _ => (Effect::StopsPurchases, "all purchases".to_owned()),
    }
}

fn plan(_: &Facts, case: &Case) -> Vec<Step> {
    let text = format!("end {} and start it again", case.owner);
    vec![Step::automatic("restart-party", &case.owner, text)]
}
