//! [`Verification`]: the verdict on an evidence file, and what follows from it.

use std::fmt;

use counterfoil_secret::Report;
use jiff::Timestamp;

use super::format::{Evidence, Exporter};
use super::item::Item;
use super::rule::Rule;
use super::statement::{Gap, Statement};
use crate::primitive::Xid;

/// What was found in an evidence file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// What the file says it is about; `None` when not even that can be read.
    pub subject: Option<Subject>,
    /// The verdict.
    pub verdict: Verdict,
    /// What is proved. With [`Verdict::NotProved`] there is something only when what is in the
    /// file holds and too little is in it.
    pub statements: Vec<Statement>,
    /// What is not proved, and what to look at.
    pub gaps: Vec<Gap>,
}

/// What a file says it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject {
    /// The purchase.
    pub xid: Xid,
    /// When the file was made.
    pub exported_at: Timestamp,
    /// By whom.
    pub exported_by: Exporter,
}

/// The verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Everything in the file holds, and it shows what became of the payment.
    Proved(Outcome),
    /// Something does not hold, or too little is there.
    NotProved(Reason),
}

/// What became of the payment, by the gateway's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// The gateway declined.
    Declined,
    /// Authorized, and given back whole: nothing is paid.
    Voided,
    /// Authorized, and no capture is shown.
    Authorized,
    /// A part of what was authorized was captured.
    PartlyCaptured,
    /// All that was authorized was captured.
    Captured,
}

impl Outcome {
    /// Stable name in snake_case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::Voided => "voided",
            Self::Authorized => "authorized",
            Self::PartlyCaptured => "partly_captured",
            Self::Captured => "captured",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Declined => "the gateway declined the payment",
            Self::Voided => "the payment was authorized and given back: nothing is paid",
            Self::Authorized => "the payment was authorized",
            Self::PartlyCaptured => "the payment was authorized and captured in part",
            Self::Captured => "the payment was authorized and captured",
        })
    }
}

/// Why nothing is proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The part of the file.
    pub item: Item,
    /// Stable id of the rule that is broken, in kebab-case.
    pub rule: &'static str,
    /// One sentence.
    pub sentence: String,
    /// What to do.
    pub hint: String,
}

impl Reason {
    /// `item` breaks a rule of evidence.
    pub(super) fn broken(item: Item, rule: Rule) -> Self {
        let (sentence, hint) = (rule.sentence().to_owned(), rule.hint().to_owned());
        Self { item, rule: rule.id(), sentence, hint }
    }

    /// `item` breaks a rule of signatures, certificates or DER.
    pub(super) fn of(item: Item, error: &impl Report) -> Self {
        let sentence = error.to_string();
        let sentence = sentence.strip_suffix('.').unwrap_or(&sentence).to_owned();
        Self { item, rule: error.id(), sentence, hint: error.hint() }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.item, self.rule, self.sentence)
    }
}

impl Subject {
    pub(super) fn of(evidence: &Evidence) -> Self {
        Self {
            xid: evidence.xid,
            exported_at: evidence.exported_at.timestamp(),
            exported_by: evidence.exported_by,
        }
    }
}

impl Verification {
    /// A file that proves nothing.
    pub(super) fn refused(subject: Option<Subject>, reason: Reason) -> Self {
        let verdict = Verdict::NotProved(reason);
        Self { subject, verdict, statements: Vec::new(), gaps: Vec::new() }
    }

    /// Does everything hold, and is the outcome shown?
    pub fn is_proved(&self) -> bool {
        matches!(self.verdict, Verdict::Proved(_))
    }
}
