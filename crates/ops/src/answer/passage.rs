//! `passage`: tries a link again, with patience, and its party's own listener beside it.

use counterfoil_doctor::fact::Fact;

use super::Answerer;
use crate::survey::{Place, passages};

pub(super) static ANSWERER: Answerer = Answerer { ask: "passage", run };

/// Time for each of the two requests.
const PATIENCE_MS: u64 = 4_000;

fn run(place: &Place, about: &str) -> Vec<Fact> {
    passages::look(place, PATIENCE_MS, |call, all| {
        let asked = all.iter().find(|one| one.source() == about);
        let beside = asked.is_some_and(|asked| call.is_direct() && call.from == asked.party());
        call.source() == about || beside
    })
}
