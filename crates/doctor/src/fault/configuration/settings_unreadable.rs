//! A party refuses its settings.
//!
//! `config.toml` cannot be read, is no TOML, or holds a key or value that the party does not know.
//! A party that runs goes on with what it read before; it does not start again.
//!
//! ## How it shows
//!
//! `error[config-invalid]` with line and key at a start, `files.reload_refused` or
//! `party.reload_refused` in the log at a reload.
//!
//! ## How it is confirmed
//!
//! The file is read as the party itself would read it, and refused; the sentence names line and
//! key.
//!
//! ## How it is repaired
//!
//! The recorded file is put back. Where several settings differ from the record, somebody was at
//! work: then it waits for approval, and correcting the line that is named is the other way.
//!
//! ## How the repair is proved
//!
//! The file is read again, the party reloads or starts, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It misspells a key, gives a number as text, or cuts the file off.

use super::next_start;
use crate::fact::{Facts, Observation as _, Recorded, Settings};
use crate::fault::{Class, Fault};
use crate::finding::Case;
use crate::plan::Step;
use crate::remedy;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "settings-unreadable",
    class: Class::Configuration,
    title: "A party refuses its settings.",
    source: include_str!("settings_unreadable.rs"),
    symptoms: &[
        "`config-invalid` at a start",
        "`files.reload_refused` or `party.reload_refused` in a log",
    ],
    explains: &[
        "party-down",
        "party-not-ready",
        "restart-loop",
        "certificate-not-reloaded",
        "party-hung",
    ],
    needs: &[Settings::KIND],
    look,
    plan,
};

fn look(facts: &Facts) -> Vec<Case> {
    let all = facts.of::<Settings>().into_iter();
    all.filter_map(|settings| {
        let refused = settings.refused.as_ref()?.trim_end_matches('.').to_owned();
        let (place, party) = (settings.source, settings.party);
        Some(
            Case::confirmed(place, party, next_start::effect(facts, party), refused.clone())
                .with("refused", refused, place)
                .check_again(format!("counterfoil serve {party} --data . # says the same"))
                .touching([format!("file:{place}")])
                .stopping([next_start::phrase(facts, party)]),
        )
    })
    .collect()
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    let (place, owner) = (case.subject.as_str(), case.owner.as_str());
    let recorded = facts.at::<Recorded>(place).and_then(|recorded| recorded.settings.clone());
    let good = recorded.filter(|settings| !settings.values.is_empty());
    let restore = good.and_then(|recorded| {
        let now = facts.at::<Settings>(place)?;
        let was_at_work = !now.values.is_empty() && differences(&recorded, &now) > 2;
        remedy::restore(facts, place, owner, !was_at_work)
    });
    match restore {
        Some(step) => [vec![step], remedy::read_again(facts, owner)].concat(),
        None => vec![Step::advice(owner, format!("correct it: {}", case.summary))],
    }
}

/// Keys that only one has, or that have other values; a misspelt key counts twice.
fn differences(a: &Settings, b: &Settings) -> usize {
    let (all, same) = (a.values.len() + b.values.len(), |key: &String| a.values.get(key));
    let equal = b.values.iter().filter(|(key, value)| same(key) == Some(value)).count();
    let changed = b.values.iter().filter(|(key, value)| same(key).is_some_and(|a| a != *value));
    all - 2 * equal - changed.count()
}
