//! The bank does not know the acquirer's number that the gateway sends.
//!
//! It cannot tell whose message it is, hence with which key to check it, and drops it.
//!
//! ## How it shows
//!
//! `bank.message_dropped` with `unknown-link` in the bank's log; the gateway gets no answer.
//!
//! ## How it is confirmed
//!
//! `acquirer` in `[party.bank]` of the gateway is in no `[[party.links]]` of the bank. Which of the
//! two was changed, the recorded state says.
//!
//! ## How it is repaired
//!
//! The setting that was changed gets its recorded value back, and the party reloads.
//!
//! ## How the repair is proved
//!
//! The two agree, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It gives the gateway another acquirer's number.

use super::agreement::{pairs, recorded_value, restore_part, set_back, undecided};
use crate::fact::{Facts, Observation as _, Recorded, Role, Settings};
use crate::fault::{AFTER_A_BROKEN_LINK, Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "acquirer-unknown",
    class: Class::Configuration,
    title: "The bank does not know the acquirer's number that the gateway sends.",
    source: include_str!("acquirer_unknown.rs"),
    symptoms: &["`bank.message_dropped` with `unknown-link` in the bank's log"],
    explains: AFTER_A_BROKEN_LINK,
    needs: &[Settings::KIND],
    look,
    plan,
};

const OF_GATEWAY: &str = "party.bank.acquirer";

fn look(facts: &Facts) -> Vec<Case> {
    let unknown = pairs(facts).into_iter().filter(|pair| pair.link.is_none());
    unknown
        .filter_map(|pair| {
            let acquirer = pair.gateway.text(OF_GATEWAY)?;
            let (gateway, bank) = (pair.gateway.party, pair.bank.party);
            let by_gateway = recorded_value(facts, gateway, OF_GATEWAY).is_some();
            let by_bank = had_link(facts, bank, acquirer);
            let owner = if by_bank && !by_gateway { bank } else { gateway };
            let summary = format!("{bank} has no link for the acquirer {acquirer} of {gateway}");
            let known: Vec<&str> = pair
                .bank
                .entries("party.links")
                .into_iter()
                .filter_map(|entry| pair.bank.text(&format!("party.links.{entry}.acquirer")))
                .collect();
            let file = format!("{owner}/config.toml");
            let case = Case::confirmed(file, owner, Effect::StopsPurchases, summary)
                .with("gateway", acquirer, pair.gateway.source)
                .with("bank", known.join(", "), pair.bank.source)
                .check_again(format!("grep acquirer {} {}", pair.gateway.source, pair.bank.source))
                .touching([format!("link:{gateway}>{bank}"), format!("party:{gateway}")])
                .stopping(["all purchases through the gateway"]);
            let decided = by_gateway != by_bank;
            Some(if decided { case } else { undecided(case, gateway, bank) })
        })
        .collect()
}

/// Was a link for this acquirer recorded at the bank?
fn had_link(facts: &Facts, bank: &str, acquirer: &str) -> bool {
    let recorded = facts.at::<Recorded>(&format!("{bank}/config.toml"));
    let settings = recorded.and_then(|recorded| recorded.settings.clone());
    settings.is_some_and(|settings| {
        let mut entries = settings.entries("party.links").into_iter();
        entries
            .any(|entry| settings.text(&format!("party.links.{entry}.acquirer")) == Some(acquirer))
    })
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    match facts.party(&case.owner).map(|party| party.role) {
        Some(Role::Bank) => restore_part(facts, &case.owner, "party.links"),
        _ => set_back(facts, &case.owner, OF_GATEWAY),
    }
}
