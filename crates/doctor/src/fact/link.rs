//! Can one party reach another, at the address that its settings name?

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use counterfoil_pki::Certificate;
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

impl Link {
    /// The setting of links to a listener of SET messages at its own address.
    pub const SET_LISTENER: &'static str = "node.set.listen";
    /// The setting of links to a bank's listener at its own address.
    pub const BANK_LISTENER: &'static str = "node.bank_listener.listen";

    /// Was the party called at its own listener, by whoever looks? Otherwise it was called at the
    /// address that another party's settings name, through whatever stands in between.
    pub fn is_direct(&self) -> bool {
        [Self::SET_LISTENER, Self::BANK_LISTENER].contains(&self.setting.as_str())
    }

    /// The setting of the direct link that ends where this one is meant to.
    pub fn direct_setting(&self) -> &'static str {
        if self.setting.starts_with("node.bank_") {
            Self::BANK_LISTENER
        } else {
            Self::SET_LISTENER
        }
    }

    /// The certificates that the server showed and that can be read.
    pub fn shown(&self) -> Vec<Certificate> {
        let read = |text: &String| Certificate::from_der(&STANDARD.decode(text).ok()?).ok();
        self.served.iter().filter_map(read).collect()
    }
}
