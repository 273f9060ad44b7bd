//! Something in front of a party takes connections and lets nothing through.
//!
//! A firewall that drops instead of refusing costs its callers a time-out on every attempt, and
//! looks to them like a party that hangs.
//!
//! ## How it shows
//!
//! `call.failed` with `no_answer`, `gateway.silent`, `merchant.silent`; the party called says that
//! it is ready and logs nothing.
//!
//! ## How it is confirmed
//!
//! At the address that others call, nothing comes within four seconds, neither after a small first
//! message nor after a usual one; the party's own listener answers both in the same time. Which
//! way is blocked is not told.
//!
//! ## How it is repaired
//!
//! The party that runs what stands there lets the port through. Until then callers can be led to
//! the party's own listener, when somebody approves that.
//!
//! ## How the repair is proved
//!
//! Both requests are answered at the address that others call, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! The relay in front of a party swallows what comes, in one direction or both.

use crate::between::{Pair, bypass, pairs};
use crate::fact::{Facts, Observation as _, Outcome, Passage, Passed};
use crate::fault::{AFTER_A_BROKEN_LINK, Class, Fault};
use crate::finding::Case;
use crate::plan::Step;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "packets-dropped",
    class: Class::Compatibility,
    title: "Something in front of a party takes connections and lets nothing through.",
    source: include_str!("packets_dropped.rs"),
    symptoms: &["calls end in a time-out while the party called is ready and idle"],
    explains: AFTER_A_BROKEN_LINK,
    needs: &[Passage::KIND],
    look,
    plan,
};

fn look(facts: &Facts) -> Vec<Case> {
    pairs(facts).iter().filter_map(|pair| case(facts, pair)).collect()
}

fn case(facts: &Facts, pair: &Pair<'_>) -> Option<Case> {
    let through = &pair.through;
    if !is_lost(&through.small) || !is_lost(&through.large) {
        return None;
    }
    let what = match through.small.outcome {
        Outcome::Unanswered => "no connection comes about",
        _ => "connections stand and nothing comes",
    };
    let summary = format!(
        "at {}, where others call {}, {what}; at {} it answers in {} ms",
        through.address, pair.party, pair.direct.address, pair.direct.large.millis
    );
    let case = pair.case(facts, summary);
    Some(if pair.is_patient() { case } else { case.suspected(pair.question()) })
}

/// Nothing at all came: no answer to the first message, or none to the request.
fn is_lost(passed: &Passed) -> bool {
    matches!(passed.outcome, Outcome::Silent | Outcome::Unanswered) && passed.answer.is_none()
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    let mut steps = bypass(facts, &case.subject, &case.owner);
    let text = format!("let connections through at {}, both ways", case.subject);
    steps.push(Step::advice(&case.owner, text));
    steps
}
