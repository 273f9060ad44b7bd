//! `pressure`: measures who presses on a party's listeners, for longer than a survey does.

use counterfoil_doctor::fact::Fact;

use super::Answerer;
use crate::survey::{Place, pressure};

pub(super) static ANSWERER: Answerer = Answerer { ask: "pressure", run };

/// Time between the two looks.
const WINDOW_MS: u64 = 3_000;

fn run(place: &Place, about: &str) -> Vec<Fact> {
    pressure::look(place, WINDOW_MS, |party| party == about)
}
