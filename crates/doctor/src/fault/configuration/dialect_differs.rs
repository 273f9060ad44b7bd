//! Gateway and bank speak different dialects of ISO 8583.
//!
//! The bank cannot read the gateway's messages and drops them; the gateway waits in vain.
//!
//! ## How it shows
//!
//! `bank.message_dropped` in the bank's log, which ends the connection; `bank_link.disconnected`
//! and `bank_link.call_failed` in the gateway's, again and again. TCP and TLS are fine.
//!
//! ## How it is confirmed
//!
//! `dialect` in `[party.bank]` of the gateway and in `[party]` of the bank differ. Whose it is, the
//! recorded state says: the one whose setting was changed.
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
//! It changes the dialect of the gateway or of the bank.

use super::agreement::{At, pairs, set_back, undecided, who_left};
use crate::fact::{Facts, LogEvent, Observation as _, Settings};
use crate::fault::{AFTER_A_BROKEN_LINK, Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "dialect-differs",
    class: Class::Configuration,
    title: "Gateway and bank speak different dialects of ISO 8583.",
    source: include_str!("dialect_differs.rs"),
    symptoms: &[
        "`bank.message_dropped` in the bank's log",
        "the gateway is connected to its bank and gets no answer",
    ],
    explains: AFTER_A_BROKEN_LINK,
    needs: &[Settings::KIND],
    look,
    plan,
};

const OF_GATEWAY: &str = "party.bank.dialect";
const OF_BANK: &str = "party.dialect";
/// The bank's, where it says nothing.
const USUAL: &str = "ascii1987";

fn look(facts: &Facts) -> Vec<Case> {
    pairs(facts)
        .iter()
        .filter_map(|pair| {
            let of_gateway = pair.gateway.text(OF_GATEWAY)?;
            let of_bank = pair.bank.text(OF_BANK).unwrap_or(USUAL);
            if of_gateway == of_bank {
                return None;
            }
            let (gateway, bank) = (pair.gateway.party, pair.bank.party);
            let (a, b) = (At { party: gateway, key: OF_GATEWAY }, At { party: bank, key: OF_BANK });
            let left = who_left(facts, a, b);
            let owner = left.as_ref().map_or(gateway, |(at, _)| at.party);
            let file = format!("{owner}/config.toml");
            let summary = format!("{gateway} speaks {of_gateway} and {bank} {of_bank}");
            let mut case = Case::confirmed(file, owner, Effect::StopsPurchases, summary)
                .with("gateway", of_gateway, pair.gateway.source)
                .with("bank", of_bank, pair.bank.source)
                .check_again(format!("grep dialect {} {}", pair.gateway.source, pair.bank.source))
                .touching([format!("link:{gateway}>{bank}"), format!("party:{gateway}")])
                .stopping(["all purchases through the gateway"]);
            let dropped = facts.about::<LogEvent>(bank).into_iter();
            for event in dropped.filter(|event| event.event == "bank.message_dropped") {
                case = case.with("dropped", format!("{} messages", event.count), event.source);
            }
            Some(if left.is_some() { case } else { undecided(case, gateway, bank) })
        })
        .collect()
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    let is_bank =
        facts.party(&case.owner).is_some_and(|party| party.role == crate::fact::Role::Bank);
    set_back(facts, &case.owner, if is_bank { OF_BANK } else { OF_GATEWAY })
}
