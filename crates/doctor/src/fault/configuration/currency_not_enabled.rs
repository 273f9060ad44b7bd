//! The bank does not deal in a currency that merchants sell in.
//!
//! Purchases in it are declined with response code 12; those in others go through.
//!
//! ## How it shows
//!
//! `bank.request_refused` with `currency-not-enabled` in the bank's log.
//!
//! ## How it is confirmed
//!
//! The bank has refused requests for that reason since it read its settings, or its recorded
//! `currencies` hold one that its settings lack now.
//!
//! ## How it is repaired
//!
//! When the recorded list has a currency that is missing now, it is put back; as a bank may have
//! given a currency up on purpose, it waits for approval unless purchases are being refused.
//! Otherwise the bank has to add the currency, or the merchants to sell in another.
//!
//! ## How the repair is proved
//!
//! The list has the currency, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It takes the currency out of the bank's list, puts another in its place and buys something.

use super::agreement::{recorded_value, refused, texts};
use crate::fact::{Facts, Observation as _, Role, Settings};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::{Mode, Step};
use crate::remedy;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "currency-not-enabled",
    class: Class::Configuration,
    title: "The bank does not deal in a currency that merchants sell in.",
    source: include_str!("currency_not_enabled.rs"),
    symptoms: &["`bank.request_refused` with `currency-not-enabled` in the bank's log"],
    explains: &["success-rate-fallen"],
    needs: &[Settings::KIND],
    look,
    plan,
};

const KEY: &str = "party.currencies";

fn look(facts: &Facts) -> Vec<Case> {
    let banks = facts.parties(Role::Bank).into_iter();
    banks
        .filter_map(|bank| {
            let settings = facts.about::<Settings>(bank.party).into_iter().next()?;
            let listed = texts(&settings, KEY);
            let event = refused(facts, bank.party, "currency-not-enabled");
            let gone = gone(facts, bank.party, &listed);
            if event.is_none() && gone.is_empty() {
                return None;
            }
            let what = if gone.is_empty() {
                "a currency that is asked for".to_owned()
            } else {
                gone.join(", ")
            };
            let summary = format!("{} deals in {}, not in {what}", bank.party, listed.join(", "));
            let mut case =
                Case::confirmed(settings.source, bank.party, Effect::StopsPurchases, summary)
                    .with("listed", listed.join(", "), settings.source)
                    .check_again(format!("grep currencies {}", settings.source))
                    .touching(
                        facts.parties(Role::Gateway).iter().map(|g| format!("party:{}", g.party)),
                    )
                    .stopping([format!("purchases in {what}")]);
            if !gone.is_empty() {
                case = case.with("recorded", gone.join(", "), "doctor/recorded");
            }
            if let Some(event) = event {
                let what = format!("{} requests, last {}", event.count, event.last);
                case = case.with("refused", what, event.source);
            }
            Some(case)
        })
        .collect()
}

/// Currencies that were recorded and are missing now.
fn gone(facts: &Facts, bank: &str, listed: &[String]) -> Vec<String> {
    let was = recorded_value(facts, bank, KEY);
    let was = was.as_ref().and_then(serde_json::Value::as_array).into_iter().flatten();
    let was = was.filter_map(|one| one.as_str().map(str::to_owned));
    was.filter(|one| !listed.contains(one)).collect()
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    let owner = case.owner.as_str();
    let listed = facts.about::<Settings>(owner).into_iter().next();
    let mut all = listed.map(|settings| texts(&settings, KEY)).unwrap_or_default();
    let gone = gone(facts, owner, &all);
    if gone.is_empty() {
        let text = format!("add the currency to {KEY}, or have merchants sell in another");
        return vec![Step::advice(owner, text)];
    }
    all.splice(0..0, gone);
    let value = serde_json::Value::from(all).to_string();
    let is_refusing = refused(facts, owner, "currency-not-enabled").is_some();
    let mode = if is_refusing { Mode::Automatic } else { Mode::NeedsApproval };
    let set = Step { mode, ..remedy::set(owner, KEY, value) };
    [vec![set], remedy::read_again(facts, owner)].concat()
}
