//! Answers to the questions of suspected faults: evidence that is fetched only when it settles
//! something. One answerer is one file and one line in [`ANSWERERS`].

mod fetch_list;
mod passage;
mod pressure;
mod probe;
mod readiness;

use counterfoil_doctor::fact::Fact;

use crate::survey::Place;

/// Whoever answers one kind of question.
pub struct Answerer {
    /// The question's `ask`.
    pub ask: &'static str,
    /// Finds out about a party, file or address.
    pub run: fn(&Place, &str) -> Vec<Fact>,
}

/// Every answerer.
pub static ANSWERERS: &[&Answerer] = &[
    &passage::ANSWERER,
    &pressure::ANSWERER,
    &readiness::ANSWERER,
    &fetch_list::ANSWERER,
    &probe::ANSWERER,
];
