//! A second, longer look at a party that was silent or not ready.

use serde::{Deserialize, Serialize};

use super::Observation;

/// What a party said when it was given time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Readiness {
    /// How long it was waited for, in milliseconds.
    pub waited_ms: u64,
    /// Did it answer at all?
    pub answered: bool,
    /// Is it ready?
    pub ready: bool,
    /// The id of why it is not.
    pub reason: Option<String>,
    /// The sentence of why it is not.
    pub sentence: Option<String>,
    /// Does TCP stand to its operator's listener?
    pub connects: bool,
    /// The process that holds its records, if there is one.
    pub process: Option<i32>,
    /// The kernel's letter for what the process does: `S` sleeps, `R` runs, `T` is stopped.
    pub process_state: Option<String>,
    /// Did the process use the processor meanwhile?
    pub worked: bool,
    /// For how long the process has run, in seconds.
    pub age_seconds: u64,
}

impl Observation for Readiness {
    const KIND: &'static str = "readiness";
}
