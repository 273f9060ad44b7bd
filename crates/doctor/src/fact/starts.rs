//! How often a party was started lately, from its own log and from that of who keeps it up.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Observation;

/// Starts of a party within the last minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Starts {
    /// The period that was looked at, in minutes.
    pub minutes: u64,
    /// When it said that it is ready.
    pub ready_at: Vec<Timestamp>,
    /// When it was told to stop: an end that somebody wanted.
    pub told_to_stop_at: Vec<Timestamp>,
    /// When whoever keeps it up saw it end by itself.
    pub ended_at: Vec<Timestamp>,
    /// What was said of the last such end.
    pub cause: Option<String>,
}

impl Observation for Starts {
    const KIND: &'static str = "starts";
}

impl Starts {
    /// Ends that nobody had wanted: those that were seen, or starts that no stop came before.
    pub fn unwanted(&self) -> Vec<Timestamp> {
        let pairs = self.ready_at.windows(2);
        let starts: Vec<Timestamp> = pairs
            .filter(|pair| !self.told_to_stop_at.iter().any(|at| pair[0] <= *at && *at <= pair[1]))
            .map(|pair| pair[1])
            .collect();
        if starts.len() > self.ended_at.len() { starts } else { self.ended_at.clone() }
    }
}
