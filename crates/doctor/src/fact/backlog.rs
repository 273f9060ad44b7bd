//! Work that a party has before it: what is overdue, and what waits to be sent.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Observation;

/// What waits in a party's records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backlog {
    /// Things that the party meant to do and has not done, as far as they were counted.
    pub overdue: u64,
    /// When the oldest of them was due.
    pub overdue_since: Option<Timestamp>,
    /// Messages that were sent and have no answer yet.
    pub unanswered: u64,
    /// Since when the oldest of them waits.
    pub unanswered_since: Option<Timestamp>,
    /// To whom they go.
    pub to: Option<String>,
}

impl Observation for Backlog {
    const KIND: &'static str = "backlog";
}
