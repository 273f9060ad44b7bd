//! The bank does not know a merchant that sells.
//!
//! Every purchase at that merchant is declined with response code 03.
//!
//! ## How it shows
//!
//! `bank.request_refused` with `unknown-merchant` in the bank's log; that merchant's customers are
//! all declined, others are not.
//!
//! ## How it is confirmed
//!
//! The merchant's number, as its certificate says it, is in no `[[party.merchants]]` of the bank,
//! and the bank has refused requests for it since it read its settings, or its recorded settings
//! had the number. Merchants may also have been added by command, so that the settings alone prove
//! nothing.
//!
//! ## How it is repaired
//!
//! When the bank's recorded settings have the merchant, they are put back. Otherwise the bank has
//! to add it, or the merchant to register with its right number.
//!
//! ## How the repair is proved
//!
//! The settings have the merchant, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It takes the merchant out of the bank's settings, or exchanges two characters of its number.

use super::agreement::{refused, restore_part};
use crate::fact::{Chain, Facts, Observation as _, Recorded, Role, Settings};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "merchant-unknown",
    class: Class::Configuration,
    title: "The bank does not know a merchant that sells.",
    source: include_str!("merchant_unknown.rs"),
    symptoms: &[
        "`bank.request_refused` with `unknown-merchant` in the bank's log",
        "every purchase at one merchant is declined",
    ],
    explains: &["success-rate-fallen"],
    needs: &[Settings::KIND, Chain::KIND],
    look,
    plan,
};

fn look(facts: &Facts) -> Vec<Case> {
    let banks = facts.parties(Role::Bank);
    let [bank] = banks.as_slice() else { return Vec::new() };
    let Some(settings) = facts.about::<Settings>(bank.party).into_iter().next() else {
        return Vec::new();
    };
    let merchants = facts.parties(Role::Merchant).into_iter();
    merchants
        .filter_map(|merchant| {
            let place = format!("{}/certs/signature.pem", merchant.party);
            let leaf = facts.at::<Chain>(&place)?.read().into_iter().next()?;
            let number = leaf.merchant_data()?.mer_id.clone();
            if settings.refused.is_some() || lists(&settings, &number) {
                return None;
            }
            let event = refused(facts, bank.party, "unknown-merchant");
            let recorded = facts.at::<Recorded>(settings.source);
            let recorded = recorded.and_then(|recorded| recorded.settings.clone());
            let was_listed = recorded.is_some_and(|settings| lists(&settings, &number));
            if event.is_none() && !was_listed {
                return None;
            }
            let summary =
                format!("{} does not know {number}, which is {}", bank.party, merchant.party);
            let mut case =
                Case::confirmed(settings.source, bank.party, Effect::StopsPurchases, summary)
                    .with("merchant", &number, place.as_str())
                    .with("listed", numbers(&settings).join(", "), settings.source)
                    .check_again(format!("grep -A1 party.merchants {}", settings.source))
                    .touching([format!("party:{}", merchant.party)])
                    .touching(
                        facts.parties(Role::Gateway).iter().map(|g| format!("party:{}", g.party)),
                    )
                    .stopping([format!("all purchases at {}", merchant.party)]);
            if let Some(event) = event {
                let what = format!("{} requests, last {}", event.count, event.last);
                case = case.with("refused", what, event.source);
            }
            Some(case)
        })
        .collect()
}

fn numbers(settings: &Settings) -> Vec<&str> {
    let entries = settings.entries("party.merchants").into_iter();
    entries.filter_map(|entry| settings.text(&format!("party.merchants.{entry}.id"))).collect()
}

fn lists(settings: &Settings, number: &str) -> bool {
    numbers(settings).contains(&number)
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    let steps = restore_part(facts, &case.owner, "party.merchants");
    if !steps.is_empty() {
        return steps;
    }
    let text = "add the merchant to [[party.merchants]], or have it register with its right number";
    vec![Step::advice(&case.owner, text)]
}
