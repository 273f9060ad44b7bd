//! A party's clock differs from the machine's.
//!
//! Messages are refused as too old or from the future, certificates as not yet valid or expired,
//! lists as over, although nothing is wrong with any of them.
//!
//! ## How it shows
//!
//! `messageTooOld` or `clockSkew` between two parties that agree about everything else; a
//! certificate "expired" for one party only.
//!
//! ## How it is confirmed
//!
//! The time in the newest line of the party's log, which it takes from its own clock, is compared
//! with the time at which the machine saw the line written. More than half a minute is no delay.
//!
//! ## How it is repaired
//!
//! Where the party's settings move its clock (`[node] clock_offset_ms`, for laboratories), that is
//! set to 0 and the party started again. Otherwise its machine's clock has to be set.
//!
//! ## How the repair is proved
//!
//! The two times agree, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It sets `clock_offset_ms` of a party to some minutes or hours, ahead or behind.

use super::next_start;
use crate::fact::{ClockSeen, Facts, Settings};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;
use crate::remedy;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "clock-skew",
    class: Class::Configuration,
    title: "A party's clock differs from the machine's.",
    source: include_str!("clock_skew.rs"),
    symptoms: &[
        "messages are refused as too old or from the future",
        "a certificate is expired, or not yet valid, for one party only",
    ],
    explains: &[
        "success-rate-fallen",
        "party-not-ready",
        "party-down",
        "payment-in-doubt",
        "backlog-growing",
    ],
    needs: &[],
    look,
    plan,
};

/// A difference that is no delay of writing, even on a machine with too much to do.
const AHEAD_MS_MAX: u64 = 30_000;
/// What parties tolerate of each other, unless they are set otherwise.
const TOLERATED_MS: u64 = 300_000;
const SETTING: &str = "node.clock_offset_ms";

fn look(facts: &Facts) -> Vec<Case> {
    let mut cases = seen(facts);
    // A party that does not start for it writes no time to compare.
    for settings in facts.of::<Settings>() {
        let Some(ahead_ms) = offset(facts, settings.party) else { continue };
        let is_told = cases.iter().any(|case| case.owner == settings.party);
        if ahead_ms.unsigned_abs() > AHEAD_MS_MAX && !is_told {
            cases.push(set_off(facts, settings.party, ahead_ms, settings.source));
        }
    }
    cases
}

/// A clock that the party's settings move.
fn set_off(facts: &Facts, party: &str, ahead_ms: i64, source: &str) -> Case {
    let summary = format!("the settings of {party} move its clock by {} s", ahead_ms / 1_000);
    Case::confirmed(party, party, next_start::stops(facts, party), summary)
        .with(SETTING, ahead_ms.to_string(), source)
        .check_again(format!("grep clock_offset_ms {source}"))
        .stopping([format!("messages between {party} and others")])
}

/// Clocks that were compared and differ.
fn seen(facts: &Facts) -> Vec<Case> {
    let clocks = facts.of::<ClockSeen>().into_iter();
    clocks
        .filter(|clock| clock.ahead_ms.unsigned_abs() > AHEAD_MS_MAX)
        .map(|clock| {
            let party = clock.party;
            let way = if clock.ahead_ms > 0 { "ahead" } else { "behind" };
            let seconds = clock.ahead_ms.unsigned_abs() / 1_000;
            let summary = format!("the clock of {party} is {seconds} s {way}");
            let effect = if clock.ahead_ms.unsigned_abs() > TOLERATED_MS {
                next_start::stops(facts, party)
            } else {
                Effect::Hinders
            };
            let mut case = Case::confirmed(party, party, effect, summary)
                .with("ahead_ms", clock.ahead_ms.to_string(), clock.source)
                .with("compared", clock.compared.clone(), clock.source)
                .check_again(format!("tail -1 {0}; stat -c %y {0}", clock.source))
                .stopping([format!("messages between {party} and others")]);
            if let Some(offset) = offset(facts, party) {
                case = case.with(SETTING, offset.to_string(), format!("{party}/config.toml"));
            }
            case
        })
        .collect()
}

/// How far the party's settings move its clock, where they do.
fn offset(facts: &Facts, party: &str) -> Option<i64> {
    let settings = facts.about::<Settings>(party).into_iter().next()?;
    settings.values.get(SETTING)?.as_i64().filter(|offset| *offset != 0)
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    let owner = case.owner.as_str();
    if offset(facts, owner).is_some() {
        return [vec![remedy::set(owner, SETTING, "0")], remedy::read_again(facts, owner)].concat();
    }
    let text = format!("have the machine of {owner} take its time from NTP, and start it again");
    vec![Step::advice(owner, text)]
}
