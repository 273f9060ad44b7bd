//! An examination: survey, diagnosis, and further evidence until nothing more is asked.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use counterfoil_doctor::{Diagnosis, Facts, Fault, Question, locate};

use crate::answer::ANSWERERS;
use crate::survey::{Place, survey};

/// What an examination may spend on questions.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Time after which no further question is asked.
    pub millis_max: u64,
    /// Questions that are asked.
    pub questions_max: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { millis_max: 10_000, questions_max: 64 }
    }
}

/// Looks at a deployment.
pub fn examine(place: &Place, faults: &[&'static Fault], budget: Budget) -> (Facts, Diagnosis) {
    let until = Instant::now() + Duration::from_millis(budget.millis_max);
    let mut facts = survey(place);
    let mut asked: BTreeSet<Question> = BTreeSet::new();
    loop {
        let diagnosis = locate(&facts, faults);
        let open: Vec<Question> = diagnosis
            .questions()
            .into_iter()
            .filter(|question| !asked.contains(question))
            .take(budget.questions_max - asked.len())
            .collect();
        // However long the survey took, what is suspected is asked about once.
        let is_late = !asked.is_empty() && Instant::now() > until;
        if open.is_empty() || is_late {
            return (facts, diagnosis);
        }
        let answers = std::thread::scope(|scope| {
            let threads: Vec<_> =
                open.iter().map(|question| scope.spawn(|| answer(place, question))).collect();
            threads.into_iter().filter_map(|thread| thread.join().ok()).flatten().collect()
        });
        facts = facts.with(answers);
        asked.extend(open);
    }
}

fn answer(place: &Place, question: &Question) -> Vec<counterfoil_doctor::Fact> {
    let answerer = ANSWERERS.iter().find(|answerer| answerer.ask == question.ask);
    match answerer {
        Some(answerer) => (answerer.run)(place, &question.about),
        None => vec![place.unseen("", question.ask, "unseen", "nobody here can find that out")],
    }
}
