//! A party does not run.
//!
//! Whoever needs it gets no connection. What it promised before is on disk and is not lost; what
//! others asked meanwhile is asked again by them.
//!
//! ## How it shows
//!
//! Connections are refused; `counterfoil status` says `stopped`; peers log `gateway.silent` or
//! `call.failed`.
//!
//! ## How it is confirmed
//!
//! No process holds the lock of the party's records, although the deployment's file says that it is
//! to be started and it has the certificates that it needs.
//!
//! ## How it is repaired
//!
//! It is started. When something keeps it from starting, such as a file that it refuses, that is a
//! finding of its own and is repaired first.
//!
//! ## How the repair is proved
//!
//! It says that it is ready, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It stops the process and keeps it from being started again, or kills it with nobody to start it.

use crate::fact::{Facts, Observation as _, PartySeen, Role, State};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "party-down",
    class: Class::Operation,
    title: "A party does not run.",
    source: include_str!("party_down.rs"),
    symptoms: &["connections are refused", "`counterfoil status` says `stopped`"],
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

fn look(facts: &Facts) -> Vec<Case> {
    let parties = facts.of::<PartySeen>().into_iter();
    parties
        .filter(|party| party.state == State::Stopped && party.certified)
        .map(|party| {
            let (effect, stops) = match party.role {
                Role::Ca => {
                    (Effect::StopsRegistrations, format!("registrations at {}", party.party))
                }
                Role::Merchant => {
                    (Effect::StopsPurchases, format!("all purchases at {}", party.party))
                }
                _ => (Effect::StopsPurchases, "all purchases".to_owned()),
            };
            let summary =
                format!("{} is to be running and no process holds its records", party.party);
            Case::confirmed(party.party, party.party, effect, summary)
                .with("state", "stopped", format!("{}/state.sqlite.lock", party.party))
                .check_again(format!(
                    "flock -n {}/state.sqlite.lock true && echo stopped",
                    party.party
                ))
                .stopping([stops])
        })
        .collect()
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    let supervised = facts.party(&case.owner).is_some_and(|party| party.supervised);
    let step = Step::automatic("start-party", &case.owner, format!("start {}", case.owner));
    vec![step.with("supervised", if supervised { "yes" } else { "no" })]
}
