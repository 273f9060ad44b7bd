//! The engine: every fault looks at the facts; causes are separated from consequences, and what is
//! worst comes first.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::fact::{Facts, Role, Traffic, Unseen};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect, Finding, Priority, Question, Standing};

/// Time to act on what is urgent.
const URGENT_HOURS: i64 = 1;
/// Time to act on what is important.
const IMPORTANT_HOURS: i64 = 24;
/// Time until the next maintenance.
const ROUTINE_HOURS: i64 = 30 * 24;
/// What stops within this time is important.
const SOON_HOURS: i64 = 7 * 24;
/// Links of a chain of causes that are followed.
const CAUSES_MAX: usize = 16;

/// Something that nothing can be said about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct CouldNotLook {
    /// The party, or empty.
    pub party: String,
    /// What could not be looked at.
    pub what: String,
    /// Why.
    pub why: String,
}

/// The answer to "what is wrong?".
#[derive(Debug)]
pub struct Diagnosis {
    /// The time of the diagnosis.
    pub at: Timestamp,
    /// What was found: causes first, the worst first, then consequences.
    pub findings: Vec<Finding>,
    /// What could not be looked at.
    pub could_not_look: Vec<CouldNotLook>,
    /// Faults that were looked for.
    pub looked_for: usize,
}

impl Diagnosis {
    /// Questions whose answers would settle what is suspected, without repetition.
    pub fn questions(&self) -> Vec<Question> {
        let mut questions = Vec::new();
        for finding in &self.findings {
            if let Standing::Suspected { settled_by } = &finding.case.standing {
                for question in settled_by {
                    if !questions.contains(question) {
                        questions.push(question.clone());
                    }
                }
            }
        }
        questions
    }

    /// Findings that nothing else explains.
    pub fn causes(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.because_of.is_none())
    }

    /// A finding by its id.
    pub fn finding(&self, id: &str) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.id == id)
    }
}

/// Asks `faults` about the facts.
pub fn locate(facts: &Facts, faults: &[&'static Fault]) -> Diagnosis {
    let mut findings = Vec::new();
    let mut could_not_look = unseen(facts);
    for fault in faults {
        let missing: Vec<_> = fault.needs.iter().filter(|kind| !facts.has(kind)).copied().collect();
        if missing.is_empty() {
            findings.extend((fault.look)(facts).into_iter().map(|case| found(facts, fault, case)));
        } else {
            could_not_look.push(CouldNotLook {
                party: String::new(),
                what: fault.id.to_owned(),
                why: format!("there are no facts of kind {}", missing.join(", ")),
            });
        }
    }
    merge(&mut findings);
    explain(&mut findings);
    for finding in &mut findings {
        if finding.because_of.is_none() {
            finding.plan = (finding.fault.plan)(facts, &finding.case);
        }
    }
    findings.sort_by_cached_key(Finding::rank);
    could_not_look.sort();
    could_not_look.dedup();
    Diagnosis { at: facts.now(), findings, could_not_look, looked_for: faults.len() }
}

fn unseen(facts: &Facts) -> Vec<CouldNotLook> {
    let all = facts.of::<Unseen>().into_iter();
    all.map(|seen| CouldNotLook {
        party: seen.party.to_owned(),
        what: format!("{} ({})", seen.source, seen.kind),
        why: seen.value.why,
    })
    .collect()
}

fn found(facts: &Facts, fault: &'static Fault, case: Case) -> Finding {
    let priority = priority(facts.now(), fault, &case);
    let hours = match priority {
        Priority::Urgent => URGENT_HOURS,
        Priority::Important => IMPORTANT_HOURS,
        Priority::Routine => ROUTINE_HOURS,
    };
    let until = facts.now() + SignedDuration::from_hours(hours);
    let deadline = match case.effect {
        Effect::WillStop(at) if at > facts.now() => until.min(at),
        _ => until,
    };
    let stops = case.effect == Effect::StopsPurchases;
    Finding {
        id: format!("{}@{}", fault.id, case.subject.replace(' ', "")),
        fault,
        priority,
        deadline,
        money_per_hour: if stops { money_per_hour(facts, &case.owner) } else { Vec::new() },
        case,
        because_of: None,
        consequences: Vec::new(),
        plan: Vec::new(),
    }
}

fn priority(now: Timestamp, fault: &Fault, case: &Case) -> Priority {
    let is_sure = case.standing == Standing::Confirmed;
    match case.effect {
        Effect::StopsPurchases | Effect::Exposes if is_sure => Priority::Urgent,
        Effect::StopsPurchases | Effect::Exposes => Priority::Important,
        Effect::WillStop(at) if at <= now + SignedDuration::from_hours(IMPORTANT_HOURS) => {
            Priority::Urgent
        }
        Effect::WillStop(at) if at <= now + SignedDuration::from_hours(SOON_HOURS) => {
            Priority::Important
        }
        Effect::StopsRegistrations | Effect::Weakens => Priority::Important,
        Effect::WillStop(_) | Effect::Hinders if fault.class == Class::Attack => {
            Priority::Important
        }
        Effect::WillStop(_) | Effect::Hinders => Priority::Routine,
    }
}

/// What goes through `party` in an hour; through the gateway where the party counts nothing.
fn money_per_hour(facts: &Facts, party: &str) -> Vec<(String, u64)> {
    let gateways = facts.parties(Role::Gateway);
    let counted = facts.about::<Traffic>(party);
    let traffic = counted.into_iter().next().or_else(|| {
        gateways.iter().find_map(|gateway| facts.about::<Traffic>(gateway.party).into_iter().next())
    });
    let Some(traffic) = traffic.filter(|traffic| traffic.minutes > 0) else { return Vec::new() };
    let minutes = traffic.minutes;
    let amounts = traffic.value.amounts.into_iter();
    amounts.map(|(currency, units)| (currency, units.saturating_mul(60) / minutes)).collect()
}

/// The same fault of the same thing is one finding, whatever number of places show it.
fn merge(findings: &mut Vec<Finding>) {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut kept: Vec<Finding> = Vec::new();
    for finding in findings.drain(..) {
        let Some(place) = places.get(&finding.id) else {
            places.insert(finding.id.clone(), kept.len());
            kept.push(finding);
            continue;
        };
        let first = &mut kept[*place].case;
        first.touches.extend(finding.case.touches);
        for evidence in finding.case.evidence {
            if !first.evidence.contains(&evidence) {
                first.evidence.push(evidence);
            }
        }
        for stops in finding.case.stops {
            if !first.stops.contains(&stops) {
                first.stops.push(stops);
            }
        }
    }
    *findings = kept;
}

/// Gives each finding the one that causes it, where a fault says that it explains the other and
/// both touch the same thing. What is only suspected explains nothing that is confirmed.
fn explain(findings: &mut [Finding]) {
    for effect in 0..findings.len() {
        let cause = (0..findings.len()).filter(|cause| *cause != effect).find(|cause| {
            let (cause, effect) = (&findings[*cause], &findings[effect]);
            cause.fault.explains.contains(&effect.fault.id)
                && !cause.case.touches.is_disjoint(&effect.case.touches)
                && (cause.case.standing == Standing::Confirmed
                    || effect.case.standing != Standing::Confirmed)
        });
        if let Some(cause) = cause
            && !depends(findings, cause, effect)
        {
            findings[effect].because_of = Some(findings[cause].id.clone());
        }
    }
    let effects: Vec<(String, String)> = findings
        .iter()
        .filter_map(|finding| Some((finding.because_of.clone()?, finding.id.clone())))
        .collect();
    for (cause, effect) in effects {
        if let Some(cause) = findings.iter_mut().find(|finding| finding.id == cause) {
            cause.consequences.push(effect);
        }
    }
}

/// Is `from` itself, in the end, a consequence of `of`?
fn depends(findings: &[Finding], from: usize, of: usize) -> bool {
    let mut at = from;
    for _ in 0..CAUSES_MAX {
        let Some(cause) = &findings[at].because_of else { return false };
        let Some(next) = findings.iter().position(|finding| finding.id == *cause) else {
            return false;
        };
        if next == of {
            return true;
        }
        at = next;
    }
    true
}
