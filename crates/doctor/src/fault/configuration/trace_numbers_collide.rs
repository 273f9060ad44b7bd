//! Two senders use the same trace numbers at a bank.
//!
//! Acquirer, transmission time and trace number name a message for good; the bank refuses another
//! message of the same name, and one of two payments is lost.
//!
//! ## How it shows
//!
//! `bank.request_refused` with `trace-number-reused` and response code 94, now and then, more often
//! when there is much to do.
//!
//! ## How it is confirmed
//!
//! Two gateways have the same acquirer's number at the same bank. With refusals alone and one
//! gateway it is not decided: its records may have been put back to an older state.
//!
//! ## How it is repaired
//!
//! The bank gives each gateway an acquirer's number and a key of its own; nobody can choose one
//! from here.
//!
//! ## How the repair is proved
//!
//! No two gateways share a number, and no refusal is newer than the bank's last start.
//!
//! ## How the laboratory causes it
//!
//! It does not: its deployments have one gateway. The rule is tested on facts of two.

use std::collections::BTreeMap;

use super::agreement::{pairs, refused};
use crate::fact::{Facts, Observation as _, Settings};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "trace-numbers-collide",
    class: Class::Configuration,
    title: "Two senders use the same trace numbers at a bank.",
    source: include_str!("trace_numbers_collide.rs"),
    symptoms: &["`bank.request_refused` with `trace-number-reused` in the bank's log"],
    explains: &["success-rate-fallen"],
    needs: &[Settings::KIND],
    look,
    plan,
};

fn look(facts: &Facts) -> Vec<Case> {
    let pairs = pairs(facts);
    let mut senders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for pair in &pairs {
        if let Some(acquirer) = pair.gateway.text("party.bank.acquirer") {
            senders.entry(acquirer).or_default().push(pair.gateway.party);
        }
    }
    let Some(first) = pairs.first() else { return Vec::new() };
    let (bank, event) = (first.bank.party, refused(facts, first.bank.party, "trace-number-reused"));
    let told = |case: Case| match &event {
        Some(event) => {
            let what = format!("{} requests, last {}", event.count, event.last);
            case.with("refused", what, event.source)
        }
        None => case,
    };
    let shared: Vec<Case> = senders
        .iter()
        .filter(|(_, gateways)| gateways.len() > 1)
        .map(|(acquirer, gateways)| {
            let summary = format!("{} are all acquirer {acquirer} at {bank}", gateways.join(", "));
            let files = gateways.iter().map(|gateway| format!("{gateway}/config.toml"));
            let files: Vec<String> = files.collect();
            let case = Case::confirmed(*acquirer, bank, Effect::Hinders, summary)
                .with("acquirer", *acquirer, files.join(", "))
                .check_again(format!("grep acquirer {}", files.join(" ")))
                .touching(gateways.iter().map(|gateway| format!("party:{gateway}")))
                .stopping(["some of the purchases, when there is much to do"]);
            told(case)
        })
        .collect();
    if !shared.is_empty() || event.is_none() {
        return shared;
    }
    let gateway = first.gateway.party;
    let summary = format!("{bank} has refused trace numbers of {gateway} that were used before");
    let case = Case::confirmed(gateway, gateway, Effect::Hinders, summary);
    vec![told(case).inconclusive(vec![
        "whether another gateway uses the same acquirer's number".into(),
        format!("whether the records of {gateway} were put back to an older state"),
    ])]
}

fn plan(_: &Facts, case: &Case) -> Vec<Step> {
    let text = "give each gateway an acquirer's number and a key of its own";
    vec![Step::advice(&case.owner, text)]
}
