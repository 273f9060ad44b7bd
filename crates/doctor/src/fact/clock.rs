//! A party's clock beside the machine's.

use serde::{Deserialize, Serialize};

use super::Observation;

/// How far a party's clock is from that of the machine that looks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockSeen {
    /// Milliseconds that it is ahead; negative when it is behind.
    pub ahead_ms: i64,
    /// What was compared, in a phrase.
    pub compared: String,
}

impl Observation for ClockSeen {
    const KIND: &'static str = "clock";
}
