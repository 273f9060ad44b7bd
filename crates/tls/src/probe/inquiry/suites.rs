//! Which suites of one version a server has, and in whose order it chooses.

use super::{Inquiry, Step, refusal, unheard};
use crate::{
    Version,
    alert::Alert,
    probe::{
        Answer, Facts, Offer,
        facts::{ChosenSuite, Known, Order, Share, Spoken, VersionFacts},
        offer,
    },
};

/// Offers portions of suites, takes out what is chosen, and at last turns the order around.
pub(super) struct Suites {
    facts: VersionFacts,
    portions: Vec<Vec<u16>>,
    phase: Phase,
    /// Suites were found in more than one portion: their common order is still to be seen.
    mixed: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Phase {
    /// The portion with this index is offered.
    Portion(usize),
    /// All that were found are offered once more, to see their order across portions.
    Sort(Vec<u16>, Vec<ChosenSuite>),
    /// All that were found are offered, the least wanted first.
    Reverse,
    Done,
}

/// The alert of servers that do not know a version (RFC 5246 7.2.2).
const PROTOCOL_VERSION: u8 = 70;

impl Suites {
    pub(super) fn of(version: Version) -> Self {
        let spoken = Spoken::Unknown("not asked".into());
        let facts =
            VersionFacts { version, spoken, suites: Vec::new(), suite_order: None, complete: true };
        let portions = offer::portions(version);
        Self { facts, portions, phase: Phase::Portion(0), mixed: 0 }
    }

    fn codes(&self) -> Vec<u16> {
        self.facts.suites.iter().map(|suite| suite.code as u16).collect()
    }

    /// What comes when all portions are through.
    fn after_portions(&self) -> Phase {
        match (self.facts.suites.len(), self.mixed) {
            (0 | 1, _) => Phase::Done,
            (_, 0 | 1) => Phase::Reverse,
            _ => Phase::Sort(self.codes(), Vec::new()),
        }
    }

    /// The server has chosen a suite of the portion `index`.
    fn found(&mut self, index: usize, code: u16, answer: &Answer) {
        let portion = &mut self.portions[index];
        let Some(at) = portion.iter().position(|offered| *offered == code) else {
            // It chose what was not offered: asking on would never end.
            self.facts.complete = false;
            self.phase = Phase::Done;
            return;
        };
        portion.remove(at);
        if self.facts.spoken != Spoken::Accepted || self.mixed <= index {
            self.mixed += 1;
        }
        self.facts.spoken = Spoken::Accepted;
        self.facts.suites.push(chosen(code, answer));
        if self.portions[index].is_empty() {
            self.next_portion(index);
        }
    }

    /// The server wants none of the portion `index`.
    fn refused(&mut self, index: usize, how: String, alert: Option<Alert>) {
        if self.facts.spoken != Spoken::Accepted {
            self.facts.spoken = Spoken::Refused(how);
        }
        let unknown = alert.is_some_and(|alert| alert.description == PROTOCOL_VERSION);
        // With SSL 3.0, nobody has the rare suites only.
        let enough = unknown || self.facts.version == Version::SSL3;
        if enough && self.facts.suites.is_empty() {
            self.phase = Phase::Done;
        } else {
            self.next_portion(index);
        }
    }

    fn next_portion(&mut self, index: usize) {
        self.phase = if index + 1 < self.portions.len() {
            Phase::Portion(index + 1)
        } else {
            self.after_portions()
        };
    }

    /// The order across portions, or, when that cannot be seen, the one that was seen.
    fn sorted(&mut self, mut left: Vec<u16>, mut sorted: Vec<ChosenSuite>, answer: &Answer) {
        let code = code_of(self.facts.version, answer);
        if let Some(at) = code.and_then(|code| left.iter().position(|other| *other == code)) {
            let code = left.remove(at);
            let known = self.facts.suites.iter().find(|suite| suite.code == u32::from(code));
            sorted.extend(known.cloned());
            if !left.is_empty() {
                self.phase = Phase::Sort(left, sorted);
                return;
            }
            self.facts.suites = sorted;
        }
        self.phase = Phase::Reverse;
    }

    fn reversed(&mut self, answer: &Answer) {
        self.phase = Phase::Done;
        let Some(code) = code_of(self.facts.version, answer).map(u32::from) else { return };
        let first = self.facts.suites.first().map(|suite| suite.code);
        let servers = first == Some(code);
        self.facts.suite_order = Some(if servers { Order::Server } else { Order::Client });
    }
}

/// The suite of an answer, if it is one of `version`.
fn code_of(version: Version, answer: &Answer) -> Option<u16> {
    let hello = answer.flight.hello.as_ref()?;
    (hello.negotiated() == version).then_some(hello.cipher_suite)
}

fn chosen(code: u16, answer: &Answer) -> ChosenSuite {
    let exchange = answer.flight.key_exchange.as_ref();
    let share = exchange.and_then(|exchange| Share::of(&exchange.share));
    ChosenSuite { code: u32::from(code), share }
}

impl Inquiry for Suites {
    fn about(&self) -> String {
        format!("suites of {}", self.facts.version)
    }

    fn next(&mut self, _facts: &Facts) -> Step {
        let suites = match &self.phase {
            Phase::Portion(index) => self.portions[*index].clone(),
            Phase::Sort(left, _) => left.clone(),
            Phase::Reverse => self.codes().into_iter().rev().collect(),
            Phase::Done => return Step::Done,
        };
        Step::Ask(Offer::of(self.facts.version, suites))
    }

    fn answer(&mut self, answer: &Answer, facts: &mut Facts) {
        let version = self.facts.version;
        if let Some(hello) = &answer.flight.hello
            && version == Version::TLS12
            && hello.negotiated() == version
        {
            facts.sentinel = match (facts.sentinel, hello.downgrade_sentinel()) {
                (Known::No, _) | (_, None) => Known::No,
                (_, Some(_)) => Known::Yes,
            };
        }
        match std::mem::replace(&mut self.phase, Phase::Done) {
            Phase::Portion(index) => {
                self.phase = Phase::Portion(index);
                if let Some(code) = code_of(version, answer) {
                    self.found(index, code, answer);
                } else if let Some(other) = answer.flight.version() {
                    self.refused(index, format!("answers with {other}"), None);
                } else if answer.is_refusal() {
                    self.refused(index, refusal(answer), answer.flight.fatal_alert());
                } else {
                    self.facts.complete = false;
                    if self.facts.spoken != Spoken::Accepted {
                        self.facts.spoken = Spoken::Unknown(unheard(answer.ending).into());
                    }
                    self.phase = self.after_portions();
                }
            }
            Phase::Sort(left, sorted) => self.sorted(left, sorted, answer),
            Phase::Reverse => self.reversed(answer),
            Phase::Done => {}
        }
        facts.add_version(self.facts.clone());
    }
}
