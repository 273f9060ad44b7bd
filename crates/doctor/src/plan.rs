//! Plans: a repair as data. Who carries a step out, and how it is undone, is the live side's.

use std::collections::BTreeMap;

use serde::Serialize;

/// Who decides that a step is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// `--repair` takes it.
    Automatic,
    /// It is taken when somebody approves the finding by name.
    NeedsApproval,
    /// Only people, or another party, can take it.
    Advice,
}

impl Mode {
    /// The words for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::NeedsApproval => "needs approval",
            Self::Advice => "advice",
        }
    }
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What is done: the name of one of the live side's steps, or `advise`.
    pub verb: &'static str,
    /// The party whose folder or process it touches.
    pub party: String,
    /// What it is done with, by name.
    pub arguments: BTreeMap<&'static str, String>,
    /// Who decides.
    pub mode: Mode,
    /// One sentence: what it does, or what somebody should do.
    pub text: String,
}

/// The verb of steps that only people can take.
pub const ADVISE: &str = "advise";

impl Step {
    /// A step that `--repair` takes.
    pub fn automatic(verb: &'static str, party: &str, text: impl Into<String>) -> Self {
        let (party, text) = (party.to_owned(), text.into());
        Self { verb, party, arguments: BTreeMap::new(), mode: Mode::Automatic, text }
    }

    /// A step that somebody has to approve.
    pub fn approved(verb: &'static str, party: &str, text: impl Into<String>) -> Self {
        Self { mode: Mode::NeedsApproval, ..Self::automatic(verb, party, text) }
    }

    /// Something that `party` has to do itself.
    pub fn advice(party: &str, text: impl Into<String>) -> Self {
        Self { mode: Mode::Advice, ..Self::automatic(ADVISE, party, text) }
    }

    /// Adds what the step is done with.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.arguments.insert(name, value.into());
        self
    }
}
