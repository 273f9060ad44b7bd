//! Is SSL 2.0 spoken? One question: the server names all its ciphers at once.

use super::{Inquiry, Step, refusal, unheard};
use crate::{
    Version,
    probe::{
        Answer, Facts, Offer,
        facts::{ChosenSuite, Spoken, VersionFacts},
    },
};

#[derive(Default)]
pub(super) struct Ssl2 {
    asked: bool,
}

impl Inquiry for Ssl2 {
    fn about(&self) -> String {
        "SSL 2.0".into()
    }

    fn next(&mut self, _facts: &Facts) -> Step {
        if self.asked {
            return Step::Done;
        }
        self.asked = true;
        Step::Ask(Offer::of(Version::SSL2, Vec::new()))
    }

    fn answer(&mut self, answer: &Answer, facts: &mut Facts) {
        let chosen = |code: &u32| ChosenSuite { code: *code, share: None };
        let (spoken, suites) = match &answer.flight.ssl2 {
            Some(hello) => (Spoken::Accepted, hello.ciphers.iter().map(chosen).collect()),
            None if answer.is_hello() || answer.is_refusal() => {
                (Spoken::Refused(refusal(answer)), Vec::new())
            }
            None => (Spoken::Unknown(unheard(answer.ending).into()), Vec::new()),
        };
        let version = Version::SSL2;
        let complete = !matches!(spoken, Spoken::Unknown(_));
        facts.add_version(VersionFacts { version, spoken, suites, suite_order: None, complete });
    }
}
