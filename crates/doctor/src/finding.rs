//! Findings: a fault in one deployment, how sure that is, whose it is and how urgent.

use std::collections::BTreeSet;

use counterfoil_remark::Evidence;
use jiff::Timestamp;
use serde::Serialize;

use crate::fault::{Class, Fault};
use crate::plan::Step;

/// How sure a finding is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum Standing {
    /// Its own evidence shows it.
    Confirmed,
    /// Something points to it; these questions would settle it.
    Suspected {
        /// What is to be asked, worth most first.
        settled_by: Vec<Question>,
    },
    /// It cannot be told, for lack of these.
    Inconclusive {
        /// What is missing, each in a phrase.
        missing: Vec<String>,
    },
}

impl Standing {
    /// The word in text and JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Suspected { .. } => "suspected",
            Self::Inconclusive { .. } => "inconclusive",
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Confirmed => 0,
            Self::Suspected { .. } => 1,
            Self::Inconclusive { .. } => 2,
        }
    }
}

/// Something that only the live side can find out. Its answer is one or more facts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Question {
    /// What to do: the name of an answerer of the live side, for example `probe`.
    pub ask: &'static str,
    /// Of whom or what: a party, a file, an address.
    pub about: String,
}

/// What a fault does to the deployment. With the traffic it decides the priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Purchases fail now.
    StopsPurchases,
    /// Registrations fail now.
    StopsRegistrations,
    /// Something will stop then.
    WillStop(Timestamp),
    /// A secret or the truth of messages is, or may be, in the hands of others.
    Exposes,
    /// A defence is weaker than it has to be.
    Weakens,
    /// Work goes slower, or a safety margin is gone.
    Hinders,
}

/// How soon somebody has to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Act now, isolate.
    Urgent,
    /// Within 24 hours.
    Important,
    /// At the next maintenance.
    Routine,
}

impl Priority {
    /// The word in text and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Urgent => "urgent",
            Self::Important => "important",
            Self::Routine => "routine",
        }
    }
}

/// What a fault says of one thing in one deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The one thing that is broken: a file, a link, a party.
    pub subject: String,
    /// The party that is responsible: it must act.
    pub owner: String,
    /// One sentence: what is so.
    pub summary: String,
    /// How sure that is.
    pub standing: Standing,
    /// What it stands on.
    pub evidence: Vec<Evidence>,
    /// A command of a third party's tool, or of this one, that shows the same again.
    pub check_again: Option<String>,
    /// Parties, links and certificates that are involved: `party:gateway`, `link:merchant>gateway`.
    /// One finding explains another only where they share one of these.
    pub touches: BTreeSet<String>,
    /// What it does to the deployment.
    pub effect: Effect,
    /// What stops or suffers, in phrases.
    pub stops: Vec<String>,
}

impl Case {
    /// A confirmed case.
    pub fn confirmed(
        subject: impl Into<String>,
        owner: impl Into<String>,
        effect: Effect,
        summary: impl Into<String>,
    ) -> Self {
        let owner = owner.into();
        Self {
            subject: subject.into(),
            touches: BTreeSet::from([format!("party:{owner}")]),
            owner,
            summary: summary.into(),
            standing: Standing::Confirmed,
            evidence: Vec::new(),
            check_again: None,
            effect,
            stops: Vec::new(),
        }
    }

    /// The same, not yet sure: `questions` would settle it.
    #[must_use]
    pub fn suspected(self, questions: Vec<Question>) -> Self {
        Self { standing: Standing::Suspected { settled_by: questions }, ..self }
    }

    /// The same, which cannot be told for lack of `missing`.
    #[must_use]
    pub fn inconclusive(self, missing: Vec<String>) -> Self {
        Self { standing: Standing::Inconclusive { missing }, ..self }
    }

    /// Adds what it stands on.
    #[must_use]
    pub fn with(mut self, what: &str, value: impl Into<String>, at: impl Into<String>) -> Self {
        let (value, at) = (value.into(), Some(at.into()).filter(|at| !at.is_empty()));
        self.evidence.push(Evidence { what: what.to_owned(), value, at });
        self
    }

    /// Adds the command that shows it again.
    #[must_use]
    pub fn check_again(mut self, command: impl Into<String>) -> Self {
        self.check_again = Some(command.into());
        self
    }

    /// Adds what is involved.
    #[must_use]
    pub fn touching<T: Into<String>>(mut self, what: impl IntoIterator<Item = T>) -> Self {
        self.touches.extend(what.into_iter().map(Into::into));
        self
    }

    /// Adds what stops or suffers.
    #[must_use]
    pub fn stopping<T: Into<String>>(mut self, what: impl IntoIterator<Item = T>) -> Self {
        self.stops.extend(what.into_iter().map(Into::into));
        self
    }
}

/// A fault found in a deployment.
#[derive(Debug, Clone)]
pub struct Finding {
    /// `FAULT@SUBJECT`: the same as long as it is the same thing that is broken.
    pub id: String,
    /// The catalogue's entry.
    pub fault: &'static Fault,
    /// What it says of this deployment.
    pub case: Case,
    /// How soon somebody has to act.
    pub priority: Priority,
    /// Until when.
    pub deadline: Timestamp,
    /// Money that does not come in, for each hour: minor units by currency, where that is known.
    pub money_per_hour: Vec<(String, u64)>,
    /// The finding that causes this one.
    pub because_of: Option<String>,
    /// Findings that this one causes.
    pub consequences: Vec<String>,
    /// The repair. Empty for a consequence: the cause is what is repaired.
    pub plan: Vec<Step>,
}

/// A finding in JSON.
#[derive(Debug, Serialize)]
pub struct FindingJson<'a> {
    id: &'a str,
    fault: &'static str,
    class: Class,
    title: &'static str,
    #[serde(flatten)]
    standing: &'a Standing,
    priority: Priority,
    deadline: Timestamp,
    owner: &'a str,
    subject: &'a str,
    summary: &'a str,
    evidence: &'a [Evidence],
    check_again: Option<&'a str>,
    stops: &'a [String],
    money_per_hour: Vec<MoneyJson<'a>>,
    because_of: Option<&'a str>,
    consequences: &'a [String],
    plan: &'a [Step],
}

#[derive(Debug, Serialize)]
struct MoneyJson<'a> {
    currency: &'a str,
    minor_units: u64,
}

impl Finding {
    /// The shape in JSON.
    pub fn json(&self) -> FindingJson<'_> {
        let money = self.money_per_hour.iter();
        FindingJson {
            id: &self.id,
            fault: self.fault.id,
            class: self.fault.class,
            title: self.fault.title,
            standing: &self.case.standing,
            priority: self.priority,
            deadline: self.deadline,
            owner: &self.case.owner,
            subject: &self.case.subject,
            summary: &self.case.summary,
            evidence: &self.case.evidence,
            check_again: self.case.check_again.as_deref(),
            stops: &self.case.stops,
            money_per_hour: money
                .map(|(currency, units)| MoneyJson { currency, minor_units: *units })
                .collect(),
            because_of: self.because_of.as_deref(),
            consequences: &self.consequences,
            plan: &self.plan,
        }
    }

    /// What decides the order of findings: the worst first.
    pub(crate) fn rank(&self) -> impl Ord + use<> {
        let money: u64 = self.money_per_hour.iter().map(|(_, units)| units).sum();
        (
            self.because_of.is_some(),
            self.priority,
            self.case.standing.rank(),
            std::cmp::Reverse(money),
            std::cmp::Reverse(self.consequences.len()),
            self.fault.class,
            self.id.clone(),
        )
    }
}
