//! Payments take much longer than before, and one step is why.
//!
//! Customers wait, and when a step comes near somebody's time-out, payments begin to end in doubt.
//!
//! ## How it shows
//!
//! Purchases take seconds; `counterfoil logs` shows a shift of the time between two events.
//!
//! ## How it is confirmed
//!
//! Each party's journal has the moment of every message. For each step, the median of the latest
//! payments is compared with that of those before: at least five on each side, more than three
//! times as long and at least half a second longer. The merchant's wait for the gateway, less the
//! gateway's own time, is what the way between them takes; the gateway's wait for the bank is the
//! bank's. When the steps of several parties grew at once, and also the way to the wallet, the
//! machine is busy: that is not this, and nobody is named.
//!
//! ## How it is repaired
//!
//! By whoever is waited for: its disk, its processors, or what stands in front of it.
//!
//! ## How the repair is proved
//!
//! The step takes as long as before, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It makes some purchases, has the relay in front of the bank or the gateway delay what passes,
//! and makes some more.

use std::collections::BTreeMap;

use crate::fact::{Facts, Flow, Observation as _, Role, StepTimes};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "latency-risen",
    class: Class::Operation,
    title: "Payments take much longer than before, and one step is why.",
    source: include_str!("latency_risen.rs"),
    symptoms: &["purchases take seconds", "a party waits long for another"],
    explains: &[],
    needs: &[Flow::KIND],
    look,
    plan,
};

/// Payments in each period.
const COUNT_MIN: u64 = 5;
/// How many times as long.
const TIMES_MIN: u64 = 3;
/// How much longer, in milliseconds.
const RISE_MS_MIN: u64 = 500;

/// A step: who waits, and for whom, in milliseconds before and now.
struct Wait {
    party: String,
    source: String,
    waits_for: String,
    step: String,
    payments: u64,
    before_ms: u64,
    now_ms: u64,
}

impl Wait {
    fn has_grown(&self) -> bool {
        self.now_ms >= self.before_ms.saturating_mul(TIMES_MIN)
            && self.now_ms >= self.before_ms + RISE_MS_MIN
    }
}

fn look(facts: &Facts) -> Vec<Case> {
    let waits = waits(facts);
    let mut grown = waits.iter().filter(|wait| wait.has_grown());
    match (grown.next(), grown.next()) {
        // Several at once: the machine, not a step.
        (Some(one), None)
            if facts.party(&one.waits_for).is_some_and(|party| party.role != Role::Wallet) =>
        {
            vec![case(facts, one)]
        }
        _ => Vec::new(),
    }
}

/// Steps that do not contain each other.
fn waits(facts: &Facts) -> Vec<Wait> {
    let flows = facts.of::<Flow>();
    let measured =
        |step: &&StepTimes| step.now.count >= COUNT_MIN && step.before.count >= COUNT_MIN;
    // What each party takes from question to answer, of its own and of whom it waits for.
    let own: BTreeMap<&str, &StepTimes> = flows
        .iter()
        .flat_map(|flow| flow.steps.iter().map(move |step| (flow.party, step)))
        .filter(|(party, step)| step.waits_for == *party && measured(step))
        .collect();
    let mut waits = Vec::new();
    for flow in &flows {
        let others = flow.steps.iter().filter(|step| step.waits_for != flow.party);
        for step in others.filter(measured) {
            let inner = own.get(step.waits_for.as_str());
            let is_gateway =
                facts.party(&step.waits_for).is_some_and(|party| party.role == Role::Gateway);
            if is_gateway && inner.is_none() {
                // How much of it is the gateway's own wait is not known.
                continue;
            }
            let (before, now) =
                inner.map_or((0, 0), |step| (step.before.median_ms, step.now.median_ms));
            waits.push(Wait {
                party: flow.party.to_owned(),
                source: flow.source.to_owned(),
                waits_for: step.waits_for.clone(),
                step: step.step.clone(),
                payments: step.now.count,
                before_ms: step.before.median_ms.saturating_sub(before),
                now_ms: step.now.median_ms.saturating_sub(now),
            });
        }
    }
    waits
}

fn case(facts: &Facts, wait: &Wait) -> Case {
    let Wait { party, source, waits_for: to, .. } = wait;
    let role = facts.party(to).map(|party| party.role);
    let (what, messages) = match role {
        Some(Role::Bank) => (format!("{to} answers {party}"), "'0100','0110'"),
        _ => (format!("the way from {party} to {to} and back takes"), "'AuthReq','AuthRes'"),
    };
    let what = match role {
        Some(Role::Bank) => {
            format!("{what} in {} ms lately and did in {} ms before", wait.now_ms, wait.before_ms)
        }
        _ => format!("{what} {} ms lately and took {} ms before", wait.now_ms, wait.before_ms),
    };
    Case::confirmed(format!("{party}>{to}"), to, Effect::Hinders, what)
        .with("step", wait.step.clone(), source.clone())
        .with("now_ms", wait.now_ms.to_string(), source.clone())
        .with("before_ms", wait.before_ms.to_string(), source.clone())
        .with("payments_now", wait.payments.to_string(), source.clone())
        .touching([format!("party:{party}"), format!("link:{party}>{to}")])
        .check_again(format!(
            "sqlite3 {source} \"SELECT xid, message, at / 1000 FROM journal WHERE message IN \
             ({messages}) ORDER BY seq DESC LIMIT 20\""
        ))
        .stopping([format!("every purchase waits {} ms longer", wait.now_ms - wait.before_ms)])
}

fn plan(_: &Facts, case: &Case) -> Vec<Step> {
    let text = format!("find out what takes the time at {}: {}", case.owner, case.summary);
    vec![Step::advice(&case.owner, text)]
}
