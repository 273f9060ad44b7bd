//! What gateway and bank have agreed on, as each side's settings say it, and which side has left
//! the agreement.

use serde_json::Value;

use crate::fact::{Facts, LogEvent, Recorded, Role, Seen, Settings};
use crate::finding::Case;
use crate::plan::Step;
use crate::remedy;

/// A gateway and the bank that it is connected to.
pub(super) struct Pair<'a> {
    pub(super) gateway: Seen<'a, Settings>,
    pub(super) bank: Seen<'a, Settings>,
    /// The bank's entry for the gateway: `party.links.0`; absent when it has none.
    pub(super) link: Option<String>,
}

/// Every gateway whose bank is known: there is one bank only.
pub(super) fn pairs(facts: &Facts) -> Vec<Pair<'_>> {
    let banks = facts.parties(Role::Bank);
    let [bank] = banks.as_slice() else { return Vec::new() };
    let gateways = facts.parties(Role::Gateway).into_iter();
    gateways
        .filter_map(|gateway| {
            let find = |party: &str| facts.about::<Settings>(party).into_iter().next();
            let (gateway, bank) = (find(gateway.party)?, find(bank.party)?);
            let acquirer = gateway.text("party.bank.acquirer")?.to_owned();
            let entries = bank.entries("party.links").into_iter();
            let mut keys = entries.map(|entry| format!("party.links.{entry}"));
            let link = keys.find(|key| bank.text(&format!("{key}.acquirer")) == Some(&acquirer));
            let readable = gateway.refused.is_none() && bank.refused.is_none();
            readable.then_some(Pair { gateway, bank, link })
        })
        .collect()
}

/// Does a setting differ from its recorded value? The value, when it does.
pub(super) fn recorded_value(facts: &Facts, party: &str, key: &str) -> Option<Value> {
    let place = format!("{party}/config.toml");
    let recorded = facts.at::<Recorded>(&place)?.settings.clone()?;
    let now = facts.at::<Settings>(&place)?;
    let was = recorded.values.get(key)?;
    (now.values.get(key) != Some(was)).then(|| was.clone())
}

/// A setting at one side.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) party: &'a str,
    pub(super) key: &'a str,
}

/// The one of two sides whose setting was changed since it was recorded, with what was recorded.
/// `None` when neither or both were: then nobody can say who left the agreement.
pub(super) fn who_left<'a>(facts: &Facts, a: At<'a>, b: At<'a>) -> Option<(At<'a>, Value)> {
    let (was_a, was_b) =
        (recorded_value(facts, a.party, a.key), recorded_value(facts, b.party, b.key));
    match (was_a, was_b) {
        (Some(was), None) => Some((a, was)),
        (None, Some(was)) => Some((b, was)),
        _ => None,
    }
}

/// What the bank has refused for a reason since it last read its settings.
pub(super) fn refused<'a>(
    facts: &'a Facts,
    bank: &str,
    reason: &str,
) -> Option<Seen<'a, LogEvent>> {
    let since = read_at(facts, bank);
    let events = facts.about::<LogEvent>(bank).into_iter();
    events
        .filter(|event| event.event == "bank.request_refused")
        .filter(|event| event.fields.get("reason").map(String::as_str) == Some(reason))
        .find(|event| since.is_none_or(|since| event.last >= since))
}

/// When a party last read its settings.
pub(super) fn read_at(facts: &Facts, party: &str) -> Option<jiff::Timestamp> {
    let events = facts.about::<LogEvent>(party).into_iter();
    let read =
        events.filter(|event| ["party.ready", "party.reloaded"].contains(&event.event.as_str()));
    read.map(|event| event.last).max()
}

/// The repair of a case whose subject is the file of settings that was changed: one setting gets
/// its recorded value back.
pub(super) fn set_back(facts: &Facts, owner: &str, key: &str) -> Vec<Step> {
    let Some(was) = recorded_value(facts, owner, key) else { return Vec::new() };
    // A value of JSON that is text, a number, yes or no, or a list of these is one of TOML too.
    let mut steps = vec![remedy::set(owner, key, was.to_string())];
    steps.extend(remedy::read_again(facts, owner));
    steps
}

/// The recorded file, where only settings that begin with `prefix` differ from it; with approval
/// where others do too.
pub(super) fn restore_part(facts: &Facts, owner: &str, prefix: &str) -> Vec<Step> {
    let place = format!("{owner}/config.toml");
    let recorded = facts.at::<Recorded>(&place).and_then(|recorded| recorded.settings.clone());
    let (Some(recorded), Some(now)) = (recorded, facts.at::<Settings>(&place)) else {
        return Vec::new();
    };
    let keys = recorded.values.keys().chain(now.values.keys());
    let mut differ = keys.filter(|key| recorded.values.get(*key) != now.values.get(*key));
    let only = differ.all(|key| key.starts_with(prefix));
    let Some(step) = remedy::restore(facts, &place, owner, only) else { return Vec::new() };
    [vec![step], remedy::read_again(facts, owner)].concat()
}

/// Texts of a list of settings.
pub(super) fn texts(settings: &Settings, key: &str) -> Vec<String> {
    let list = settings.values.get(key).and_then(Value::as_array);
    let texts = list.into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

/// That nobody can say which of the two left the agreement.
pub(super) fn undecided(case: Case, gateway: &str, bank: &str) -> Case {
    case.inconclusive(vec![format!(
        "which of {gateway} and {bank} was changed: neither's recorded state says so"
    )])
}
