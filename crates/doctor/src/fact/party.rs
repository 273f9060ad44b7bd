//! A party of the deployment and how it is.

use serde::{Deserialize, Serialize};

use super::Observation;

/// What a party is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A cardholder's.
    Wallet,
    /// Sells.
    Merchant,
    /// Stands between merchants and the bank.
    Gateway,
    /// Holds the accounts.
    Bank,
    /// Issues certificates.
    Ca,
}

/// How a party is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It serves.
    Ready,
    /// It runs and says that it cannot serve.
    NotReady,
    /// It runs and does not answer its operator's listener.
    Silent,
    /// No process holds its records.
    Stopped,
    /// It is not meant to run all the time.
    Occasional,
}

/// A party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartySeen {
    /// What it is.
    pub role: Role,
    /// Of a CA, what it certifies: `root`, `brand`, `cca`, `mca`, `pca`.
    pub ca: Option<String>,
    /// Has it the certificates that it needs to be started?
    pub certified: bool,
    /// How it is.
    pub state: State,
    /// The id of why it is not ready, as it says itself.
    pub reason: Option<String>,
    /// The sentence of why it is not ready.
    pub sentence: Option<String>,
    /// Does something keep it up (`counterfoil up`)?
    pub supervised: bool,
}

impl Observation for PartySeen {
    const KIND: &'static str = "party";
}
