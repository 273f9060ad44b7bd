//! Can one party reach another, at the address that its settings name?

use serde::{Deserialize, Serialize};

use super::Observation;

/// How far a connection came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The TLS handshake ended; whether the chain is good is not judged here.
    Reached,
    /// TCP stands and TLS was not asked for: the link is plain.
    Plain,
    /// Nobody listens there.
    Refused,
    /// No answer in time: TCP did not stand.
    Unanswered,
    /// TCP stands and nothing more comes in time.
    Silent,
    /// The other side broke the connection off.
    Reset,
    /// What came is not TLS, or TLS could not be agreed on.
    Disagreed,
    /// The name has no address.
    Unresolved,
}

/// A connection that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Who calls.
    pub from: String,
    /// Which of its settings names the address: `node.endpoints.gateway.url`.
    pub setting: String,
    /// The party that is meant, where that is known.
    pub to: Option<String>,
    /// `host:port`.
    pub address: String,
    /// How far it came.
    pub outcome: Outcome,
    /// What the machine or the other side said, in a phrase.
    pub said: Option<String>,
    /// Time from the first octet to the outcome, in milliseconds.
    pub millis: u64,
    /// The certificates that the server showed, each as base64 of its DER.
    pub served: Vec<String>,
}

impl Observation for Link {
    const KIND: &'static str = "link";
}
