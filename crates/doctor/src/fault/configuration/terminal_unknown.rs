//! The bank does not know the terminal that a gateway names for a merchant.
//!
//! Every purchase with that terminal is declined with response code 58.
//!
//! ## How it shows
//!
//! `bank.request_refused` with `unknown-terminal` in the bank's log.
//!
//! ## How it is confirmed
//!
//! The bank lists terminals of a merchant and `terminal` in `[party]` of the gateway is not among
//! them, and the bank has refused requests for that since it read its settings, or the recorded
//! settings of one of the two agreed with the other's.
//!
//! ## How it is repaired
//!
//! The setting that was changed gets its recorded value back. Without a record, bank and acquirer
//! have to agree on the number.
//!
//! ## How the repair is proved
//!
//! The two agree, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It gives the bank a list of terminals without the gateway's.

use super::agreement::{
    Pair, pairs, recorded_value, refused, restore_part, set_back, texts, undecided,
};
use crate::fact::{Facts, Observation as _, Role, Settings};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "terminal-unknown",
    class: Class::Configuration,
    title: "The bank does not know the terminal that a gateway names for a merchant.",
    source: include_str!("terminal_unknown.rs"),
    symptoms: &["`bank.request_refused` with `unknown-terminal` in the bank's log"],
    explains: &["success-rate-fallen"],
    needs: &[Settings::KIND],
    look,
    plan,
};

const OF_GATEWAY: &str = "party.terminal";
/// The gateway's where it names none.
const USUAL: &str = "SET00001";

fn look(facts: &Facts) -> Vec<Case> {
    pairs(facts).iter().flat_map(|pair| judge(facts, pair)).collect()
}

fn judge(facts: &Facts, pair: &Pair<'_>) -> Vec<Case> {
    let terminal = pair.gateway.text(OF_GATEWAY).unwrap_or(USUAL);
    let (gateway, bank) = (pair.gateway.party, pair.bank.party);
    let event = refused(facts, bank, "unknown-terminal");
    let entries = pair.bank.entries("party.merchants").into_iter();
    entries
        .filter_map(|entry| {
            let key = format!("party.merchants.{entry}.terminals");
            let listed = texts(&pair.bank, &key);
            if listed.is_empty() || listed.iter().any(|one| one == terminal) {
                return None;
            }
            let by_gateway = recorded_value(facts, gateway, OF_GATEWAY)
                .is_some_and(|was| listed.iter().any(|one| Some(one.as_str()) == was.as_str()));
            let by_bank = recorded_value(facts, bank, &key).and_then(|was| was.as_array().cloned());
            let by_bank = by_bank.is_some_and(|was| {
                was.is_empty() || was.iter().any(|one| one.as_str() == Some(terminal))
            });
            if event.is_none() && !by_gateway && !by_bank {
                return None;
            }
            let owner = if by_bank { bank } else { gateway };
            let summary = format!("{gateway} names terminal {terminal}, {bank} does not know it");
            let file = format!("{owner}/config.toml");
            let mut case = Case::confirmed(file, owner, Effect::StopsPurchases, summary)
                .with("gateway", terminal, pair.gateway.source)
                .with("bank", listed.join(", "), pair.bank.source)
                .check_again(format!("grep terminal {} {}", pair.gateway.source, pair.bank.source))
                .touching([format!("party:{gateway}")])
                .stopping(["purchases with that terminal"]);
            if let Some(event) = &event {
                case = case.with("refused", format!("{} requests", event.count), event.source);
            }
            Some(if by_gateway == by_bank { undecided(case, gateway, bank) } else { case })
        })
        .collect()
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    match facts.party(&case.owner).map(|party| party.role) {
        Some(Role::Bank) => restore_part(facts, &case.owner, "party.merchants"),
        _ => set_back(facts, &case.owner, OF_GATEWAY),
    }
}
