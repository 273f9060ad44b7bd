//! Gateway and bank do not share the key or the algorithm of their messages' codes.
//!
//! Each refuses what the other sends: a message whose code does not fit may have been changed on
//! its way.
//!
//! ## How it shows
//!
//! `bank.mac_refused` in the bank's log, `bank.answer_refused` with `bank-refuses-mac` in the
//! gateway's; every purchase is undecided.
//!
//! ## How it is confirmed
//!
//! The check values of the two keys differ: three octets that a key makes of a fixed text, which
//! say nothing else about it. Or `mac` of one side names another algorithm. Which side was changed,
//! the recorded state says.
//!
//! ## How it is repaired
//!
//! An algorithm gets its recorded value back. The key that was changed is replaced by the one of
//! the other side, where both are at hand and somebody approves; else it comes from a backup.
//!
//! ## How the repair is proved
//!
//! The check values agree, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It gives one side another key.

use super::agreement::{At, Pair, pairs, set_back, undecided, who_left};
use crate::fact::{Facts, KeyCheck, LogEvent, Observation as _, Recorded, Role, Settings};
use crate::fault::{AFTER_A_BROKEN_LINK, Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;
use crate::remedy;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "mac-differs",
    class: Class::Configuration,
    title: "Gateway and bank do not share the key or the algorithm of their messages' codes.",
    source: include_str!("mac_differs.rs"),
    symptoms: &[
        "`bank.mac_refused` in the bank's log",
        "`bank.answer_refused` with `bank-refuses-mac` in the gateway's log",
    ],
    explains: AFTER_A_BROKEN_LINK,
    needs: &[Settings::KIND],
    look,
    plan,
};

const OF_GATEWAY: &str = "party.bank.mac";
/// The algorithm where the bank names none.
const USUAL: &str = "aes-cmac";

fn look(facts: &Facts) -> Vec<Case> {
    pairs(facts)
        .iter()
        .filter_map(|pair| algorithm(facts, pair).or_else(|| key(facts, pair)))
        .collect()
}

fn algorithm(facts: &Facts, pair: &Pair<'_>) -> Option<Case> {
    let link = pair.link.as_ref()?;
    let of_bank_key = format!("{link}.mac");
    let of_gateway = pair.gateway.text(OF_GATEWAY)?;
    let of_bank = pair.bank.text(&of_bank_key).unwrap_or(USUAL);
    if of_gateway == of_bank {
        return None;
    }
    let (gateway, bank) = (pair.gateway.party, pair.bank.party);
    let a = At { party: gateway, key: OF_GATEWAY };
    let left = who_left(facts, a, At { party: bank, key: &of_bank_key });
    let owner = left.as_ref().map_or(gateway, |(at, _)| at.party);
    let summary = format!("{gateway} uses {of_gateway} and {bank} {of_bank}");
    let case =
        Case::confirmed(format!("{owner}/config.toml"), owner, Effect::StopsPurchases, summary)
            .with("gateway", of_gateway, pair.gateway.source)
            .with("bank", of_bank, pair.bank.source)
            .check_again(format!("grep mac {} {}", pair.gateway.source, pair.bank.source))
            .touching([format!("link:{gateway}>{bank}"), format!("party:{gateway}")])
            .stopping(["all purchases through the gateway"]);
    Some(if left.is_some() { case } else { undecided(case, gateway, bank) })
}

/// Where each side keeps the key; the bank may keep one for each acquirer.
fn places(facts: &Facts, pair: &Pair<'_>) -> (String, String) {
    let (gateway, bank) = (pair.gateway.party, pair.bank.party);
    let acquirer = pair.gateway.text("party.bank.acquirer").unwrap_or_default();
    let own = format!("{bank}/keys/bank-link-{acquirer}.pem");
    let has_own = facts.at::<KeyCheck>(&own).is_some();
    let of_bank = if has_own { own } else { format!("{bank}/keys/bank-link.pem") };
    (format!("{gateway}/keys/bank-link.pem"), of_bank)
}

fn key(facts: &Facts, pair: &Pair<'_>) -> Option<Case> {
    pair.link.as_ref()?;
    let (of_gateway, of_bank) = places(facts, pair);
    let value = |place: &str| facts.at::<KeyCheck>(place).map(|seen| seen.value.check);
    let (a, b) = (value(&of_gateway)?, value(&of_bank)?);
    if a == b {
        return None;
    }
    let (gateway, bank) = (pair.gateway.party, pair.bank.party);
    let changed = |place: &str| facts.at::<Recorded>(place).map(|recorded| recorded.differs());
    let owner = match (changed(&of_gateway), changed(&of_bank)) {
        (Some(true), Some(false)) => Some((gateway, &of_gateway)),
        (Some(false), Some(true)) => Some((bank, &of_bank)),
        _ => None,
    };
    let (party, place) = owner.unwrap_or((gateway, &of_gateway));
    let summary = format!("{of_gateway} and {of_bank} are two keys");
    let mut case = Case::confirmed(place, party, Effect::StopsPurchases, summary)
        .with("check_value", a, of_gateway.as_str())
        .with("check_value", b, of_bank.as_str())
        .check_again(format!("cmp {of_gateway} {of_bank}"))
        .touching([format!("link:{gateway}>{bank}"), format!("party:{gateway}")])
        .stopping(["all purchases through the gateway"]);
    for event in facts.about::<LogEvent>(bank).iter().filter(|one| one.event == "bank.mac_refused")
    {
        case = case.with("refused", format!("{} messages", event.count), event.source);
    }
    Some(if owner.is_some() { case } else { undecided(case, gateway, bank) })
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    let owner = case.owner.as_str();
    if !case.subject.contains("/keys/") {
        let is_gateway = facts.party(owner).is_some_and(|party| party.role == Role::Gateway);
        let link = pairs(facts).into_iter().find_map(|pair| pair.link).unwrap_or_default();
        let key = if is_gateway { OF_GATEWAY.to_owned() } else { format!("{link}.mac") };
        return set_back(facts, owner, &key);
    }
    let all = pairs(facts);
    let places = all.iter().map(|pair| places(facts, pair));
    let other = places.flat_map(|(a, b)| [a, b]).find(|place| *place != case.subject);
    let Some(other) = other.filter(|_| case.standing == crate::finding::Standing::Confirmed) else {
        return vec![Step::advice(owner, "compare the key with the other side, by check value")];
    };
    let text = format!("copy the key in {other} to {}", case.subject);
    let copy = Step::approved("copy-key", owner, text)
        .with("from", other)
        .with("to", case.subject.as_str());
    [vec![copy], remedy::read_again(facts, owner)].concat()
}
