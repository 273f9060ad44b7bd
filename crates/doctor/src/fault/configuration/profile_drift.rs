//! A setting is outside of what the standard deployment profile asks for.
//!
//! The profile is what the product was tested and measured with. Outside of it payments may go
//! through, until load, a slow bank or an attacker comes.
//!
//! ## How it shows
//!
//! Not at all, or only under load.
//!
//! ## How it is confirmed
//!
//! The value in the party's file is outside of the range that the profile gives for it; the profile
//! says why. A setting that is not given has its usual value, which is inside.
//!
//! ## How it is repaired
//!
//! The setting is set to the profile's usual value when somebody approves: whoever chose another
//! may have had a reason.
//!
//! ## How the repair is proved
//!
//! The value is inside the range, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It sets one of the profile's settings to a value far outside of its range.

use super::timeouts_inverted;
use crate::fact::{Facts, Observation as _, Settings};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::{Mode, Step};
use crate::profile::{self, Rule};
use crate::remedy;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "profile-drift",
    class: Class::Configuration,
    title: "A setting is outside of what the standard deployment profile asks for.",
    source: include_str!("profile_drift.rs"),
    symptoms: &["a party differs from others and nobody knows why"],
    explains: &[],
    needs: &[Settings::KIND],
    look,
    plan,
};

/// The setting that is told by the clock.
const CLOCK: &str = "node.clock_offset_ms";

fn look(facts: &Facts) -> Vec<Case> {
    // What has a fault of its own is not told twice.
    let inverted = timeouts_inverted::look(facts);
    let told: Vec<String> = inverted.into_iter().map(|case| case.subject).collect();
    let mut cases = Vec::new();
    for settings in facts.of::<Settings>() {
        let role = facts.party(settings.party).map(|party| party.role);
        for (key, value) in &settings.values {
            let Some(rule) =
                profile::rule(key).filter(|rule| rule.role.is_none() || rule.role == role)
            else {
                continue;
            };
            let subject = format!("{} {key}", settings.source);
            let has_own = key == CLOCK || told.contains(&subject);
            if rule.allows(value) || has_own {
                continue;
            }
            let effect = if rule.guards { Effect::Weakens } else { Effect::Hinders };
            let summary = format!("{key} of {} is {value}: {}", settings.party, rule.why);
            cases.push(
                Case::confirmed(subject, settings.party, effect, summary)
                    .with("seen", value.to_string(), settings.source)
                    .with("expected", rule.expected(), "standard deployment profile")
                    .check_again(format!("grep {} {}", name(key), settings.source))
                    .touching([format!("file:{}", settings.source)]),
            );
        }
    }
    cases
}

fn name(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    let owner = case.owner.as_str();
    let Some((_, key)) = case.subject.split_once(' ') else { return Vec::new() };
    let usual = profile::rule(key).and_then(Rule::usual_text);
    match usual {
        Some(usual) if !key.contains(".links.") => {
            let set = remedy::set(owner, key, usual);
            let set = Step { mode: Mode::NeedsApproval, ..set };
            [vec![set], remedy::read_again(facts, owner)].concat()
        }
        _ => vec![Step::advice(
            owner,
            format!("take {key} out of the settings, or say why it is there"),
        )],
    }
}
