//! What a file stops that a party will not use.

use crate::fact::{Facts, Role, State};
use crate::finding::Effect;

/// The effect of a file that a party refuses: one that runs works with what it has in memory.
pub(super) fn effect(facts: &Facts, party: &str) -> Effect {
    let down = |state: State| matches!(state, State::Stopped | State::NotReady);
    match facts.party(party) {
        Some(seen) if down(seen.state) => stops(facts, party),
        _ => Effect::Weakens,
    }
}

/// What fails when this party cannot work.
pub(super) fn stops(facts: &Facts, party: &str) -> Effect {
    match facts.party(party) {
        Some(seen) if seen.role == Role::Ca => Effect::StopsRegistrations,
        _ => Effect::StopsPurchases,
    }
}

/// The same in a phrase.
pub(super) fn phrase(facts: &Facts, party: &str) -> String {
    match effect(facts, party) {
        Effect::Weakens => format!("the next start of {party}"),
        _ => format!("{party} does not serve"),
    }
}
