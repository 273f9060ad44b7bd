//! Fewer payments are approved than before.
//!
//! Some declines are normal. When the share of approvals falls at one moment for everybody, it is
//! not the cardholders: something that all payments pass has begun to say no.
//!
//! ## How it shows
//!
//! Customers complain that good cards are refused; `authorization.declined` or
//! `authorization.refused` with one code stands out in the gateway's log.
//!
//! ## How it is confirmed
//!
//! The latest authorizations in the gateway's log are compared with those before: at least ten on
//! each side, the share of approvals fallen by more than three tenths, and so many failures that
//! chance brings them less than once in a million times (the exact binomial sum, with the share of
//! failures before). The code that grew most says which step refuses: the bank declines, the bank
//! stays silent, or the gateway's own check of a message. The gateway does not know cards: one
//! cardholder who tries one bad card again and again looks the same to it.
//!
//! ## How it is repaired
//!
//! By whoever refuses: the bank says why it declines (a card range, a limit, an account); a check
//! that refuses names what it found in `message.refused`.
//!
//! ## How the repair is proved
//!
//! The share of approvals is back, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It makes a dozen purchases, has the bank block the card, and tries a dozen more.

use std::collections::BTreeSet;

use crate::fact::{Facts, Flow, Observation as _, Outcomes, Role, Seen};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "success-rate-fallen",
    class: Class::Operation,
    title: "Fewer payments are approved than before.",
    source: include_str!("success_rate_fallen.rs"),
    symptoms: &["good cards are refused", "one decline code stands out since one moment"],
    explains: &[],
    needs: &[Flow::KIND],
    look,
    plan,
};

/// Authorizations in each period.
const COUNT_MIN: u64 = 10;
/// How far the share of approvals must have fallen, in thousandths.
const FALL_PER_MILLE_MIN: u64 = 300;
/// Probability below which it is no chance.
const CHANCE_MAX: f64 = 1e-6;
/// What the gateway says when the bank has declined.
const BANK_DECLINES: [&str; 5] =
    ["bankDecline", "declined", "callIssuer", "cardExpired", "unspecifiedFailure"];
/// What it says when the bank has not answered.
const BANK_SILENT: [&str; 2] = ["noReply", "in_doubt"];

fn look(facts: &Facts) -> Vec<Case> {
    facts.of::<Flow>().iter().filter_map(|flow| judge(facts, flow)).collect()
}

fn judge(facts: &Facts, flow: &Seen<'_, Flow>) -> Option<Case> {
    let (now, before) = (&flow.now, &flow.before);
    if now.count() < COUNT_MIN || before.count() < COUNT_MIN {
        return None;
    }
    let fall = before.per_mille().saturating_sub(now.per_mille());
    if fall < FALL_PER_MILLE_MIN || chance(now, before) > CHANCE_MAX {
        return None;
    }
    let name = flow.party;
    let (code, count) = grown(now, before)?;
    let banks = facts.parties(Role::Bank);
    let bank = banks.first().map_or("bank", |bank| bank.party);
    let (owner, step) = if BANK_DECLINES.contains(&code) {
        (bank, format!("{bank} declines"))
    } else if BANK_SILENT.contains(&code) {
        (bank, format!("{bank} does not answer {name} in time"))
    } else {
        (name, format!("{name} refuses"))
    };
    let share = |outcomes: &Outcomes| {
        let (good, all) = (outcomes.approved, outcomes.count());
        format!("{good} of {all}")
    };
    let what = format!(
        "approved are {} lately and were {} before: {step} ({code})",
        share(now),
        share(before)
    );
    let case = Case::confirmed(name, owner, Effect::Weakens, what)
        .with("approved_now", share(now), flow.source)
        .with("approved_before", share(before), flow.source)
        .with(code, count.to_string(), flow.source)
        .touching([format!("party:{name}"), format!("link:{name}>{bank}")])
        .check_again(format!("counterfoil logs {}", flow.source))
        .stopping([format!("{fall} of 1000 purchases more than before")]);
    Some(case)
}

/// The code that grew most, and how often it came.
fn grown<'f>(now: &'f Outcomes, before: &Outcomes) -> Option<(&'f str, u64)> {
    let share = |outcomes: &Outcomes, code: &str| {
        outcomes.failed.get(code).copied().unwrap_or_default() * 1_000 / outcomes.count().max(1)
    };
    let codes: BTreeSet<&str> = now.failed.keys().map(String::as_str).collect();
    let most = codes
        .into_iter()
        .max_by_key(|code| share(now, code).saturating_sub(share(before, code)))?;
    Some((most, now.failed[most]))
}

/// How probable it is to see as many failures as now, or more, if nothing has changed: the upper
/// sum of the binomial distribution.
#[allow(clippy::cast_precision_loss, reason = "counts of a log are far below 2^52")]
fn chance(now: &Outcomes, before: &Outcomes) -> f64 {
    let failed = |outcomes: &Outcomes| outcomes.count() - outcomes.approved;
    // One failure and one success more than seen: never certain of either.
    let share = (failed(before) + 1) as f64 / (before.count() + 2) as f64;
    let (all, least) = (now.count(), failed(now));
    let odds = (share / (1.0 - share)).ln();
    let mut term = all as f64 * (1.0 - share).ln();
    let mut sum = if least == 0 { term.exp() } else { 0.0 };
    for failures in 1..=all {
        term += ((all - failures + 1) as f64 / failures as f64).ln() + odds;
        if failures >= least {
            sum += term.exp();
        }
    }
    sum
}

fn plan(_: &Facts, case: &Case) -> Vec<Step> {
    let text = format!("say why: {}", case.summary);
    vec![Step::advice(&case.owner, text)]
}
