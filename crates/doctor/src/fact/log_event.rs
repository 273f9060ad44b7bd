//! Events of a party's own log, counted by name and code.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Observation;

/// Events of one name and code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogEvent {
    /// Stable name: `bank_link.connection_refused`.
    pub event: String,
    /// Its id, code or reason where it has one.
    pub code: Option<String>,
    /// How often, in the part of the log that was read.
    pub count: u64,
    /// When it came first.
    pub first: Timestamp,
    /// When it came last.
    pub last: Timestamp,
    /// Fields of the last one as text.
    pub fields: BTreeMap<String, String>,
}

impl Observation for LogEvent {
    const KIND: &'static str = "log-event";
}
