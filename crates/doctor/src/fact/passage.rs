//! What gets through to a party: a small and a large harmless request, the same at the address that
//! others call and at the party's own listener.
//!
//! The request is one that the party refuses without having done anything. Its answer does not
//! depend on who asks or when, so that what stands in between shows itself by any difference.

use serde::{Deserialize, Serialize};

use super::{Observation, Outcome};

/// What got through a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passage {
    /// Who calls.
    pub from: String,
    /// Which of its settings names the address; of direct links the listener's own.
    pub setting: String,
    /// The party that is meant, where that is known.
    pub to: Option<String>,
    /// `host:port`.
    pub address: String,
    /// A handshake and a request none of whose pieces is longer than 600 octets.
    pub small: Passed,
    /// A handshake as the parties make it, and a request of more than 12,000 octets.
    pub large: Passed,
    /// How long each of them was waited for, in milliseconds.
    pub waited_ms: u64,
}

/// How one request fared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passed {
    /// How far it came; `reached` when the answer came too, or none was asked for.
    pub outcome: Outcome,
    /// Did the TLS handshake end well?
    pub handshake: bool,
    /// The version of TLS that was agreed on: `TLSv1_3`.
    pub version: Option<String>,
    /// What the machine or the other side said, in a phrase.
    pub said: Option<String>,
    /// The answer, status line and headers included.
    pub answer: Option<String>,
    /// Until the end, in milliseconds.
    pub millis: u64,
}

impl Observation for Passage {
    const KIND: &'static str = "passage";
}
