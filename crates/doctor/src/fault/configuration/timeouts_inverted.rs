//! Somebody on the way of a payment waits less long than the one whom it waits for.
//!
//! It gives up while the other is still at work: payments that come through in the end are taken
//! for failed, asked for again, or left in doubt.
//!
//! ## How it shows
//!
//! `call.failed` with a time-out at one party, and the answer in the other's log a moment later;
//! more purchases in doubt when the bank is slow.
//!
//! ## How it is confirmed
//!
//! The waits in the settings of two neighbours, with the usual ones where none are given: the one
//! who waits must wait at least two seconds longer. Whose setting it is, the recorded state says,
//! or the standard profile, which names a range for each.
//!
//! ## How it is repaired
//!
//! The setting that left its recorded value or the profile's range is set back, and the party
//! reloads.
//!
//! ## How the repair is proved
//!
//! The waits are in order, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It has the gateway wait longer for its bank than the merchant waits for the gateway, or the
//! merchant or wallet give up early.

use super::agreement::{At, recorded_value, undecided, who_left};
use crate::fact::{Facts, Observation as _, Role, Settings};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;
use crate::profile;
use crate::remedy;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "timeouts-inverted",
    class: Class::Configuration,
    title: "Somebody on the way of a payment waits less long than the one whom it waits for.",
    source: include_str!("timeouts_inverted.rs"),
    symptoms: &[
        "a time-out at one party, and the answer in the other's log a moment later",
        "more purchases are in doubt when the bank is slow",
    ],
    explains: &["payment-in-doubt"],
    needs: &[Settings::KIND],
    look,
    plan,
};

/// How much longer the one who waits has to wait, in milliseconds.
const MARGIN_MS: u64 = 2_000;

/// Who waits, and for whom.
struct Order {
    waits: (Role, &'static str),
    for_whom: (Role, &'static str),
}

const ORDERS: [Order; 2] = [
    Order {
        waits: (Role::Merchant, "party.gateway_timeout_ms"),
        for_whom: (Role::Gateway, "party.bank_wait_ms_max"),
    },
    Order {
        waits: (Role::Wallet, "party.call_timeout_ms"),
        for_whom: (Role::Merchant, "party.pres_wait_ms_max"),
    },
];

pub(super) fn look(facts: &Facts) -> Vec<Case> {
    let mut cases = Vec::new();
    for order in &ORDERS {
        for outer in facts.parties(order.waits.0) {
            for inner in facts.parties(order.for_whom.0) {
                let a = At { party: outer.party, key: order.waits.1 };
                let b = At { party: inner.party, key: order.for_whom.1 };
                cases.extend(judge(facts, a, b));
            }
        }
    }
    cases
}

fn value(facts: &Facts, at: At<'_>) -> Option<u64> {
    let settings = facts.about::<Settings>(at.party).into_iter().next()?;
    // A file that is refused says nothing.
    if settings.refused.is_some() {
        return None;
    }
    settings.number(at.key).or_else(|| profile::usual(at.key))
}

fn judge(facts: &Facts, outer: At<'_>, inner: At<'_>) -> Option<Case> {
    let (waits, works) = (value(facts, outer)?, value(facts, inner)?);
    if waits >= works + MARGIN_MS {
        return None;
    }
    let left = who_left(facts, outer, inner).map(|(at, _)| at);
    let outside = |at: At<'_>, ms: u64| !profile::allows(at.key, ms);
    let left = left.or(match (outside(outer, waits), outside(inner, works)) {
        (true, false) => Some(outer),
        (false, true) => Some(inner),
        _ => None,
    });
    let owner = left.unwrap_or(outer);
    let summary =
        format!("{} waits {waits} ms for {}, which may take {works} ms", outer.party, inner.party);
    let (a, b) = (format!("{}/config.toml", outer.party), format!("{}/config.toml", inner.party));
    let subject = format!("{}/config.toml {}", owner.party, owner.key);
    let case = Case::confirmed(subject, owner.party, Effect::Weakens, summary)
        .with(outer.key, waits.to_string(), a.as_str())
        .with(inner.key, works.to_string(), b.as_str())
        .check_again(format!("grep -E 'timeout|wait' {a} {b}"))
        .touching([format!("link:{}>{}", outer.party, inner.party)])
        .touching([format!("file:{}/config.toml", owner.party)])
        .stopping([format!("payments that take {} longer than {waits} ms", inner.party)]);
    Some(if left.is_some() { case } else { undecided(case, outer.party, inner.party) })
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    let owner = case.owner.as_str();
    let Some((_, key)) = case.subject.split_once(' ') else { return Vec::new() };
    let recorded = recorded_value(facts, owner, key).and_then(|was| was.as_u64());
    let right = recorded.filter(|was| profile::allows(key, *was)).or_else(|| profile::usual(key));
    let Some(right) = right else { return Vec::new() };
    [vec![remedy::set(owner, key, right.to_string())], remedy::read_again(facts, owner)].concat()
}
