//! What came of checking the dual signatures in a journal once more.

use serde::{Deserialize, Serialize};

use super::Observation;

/// The last purchases of a journal, checked again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reverified {
    /// Signed purchase requests whose dual signature was checked and holds.
    pub sound: u64,
    /// Those of which the journal no longer has what they are checked with.
    pub unchecked: u64,
    /// Those that do not hold.
    pub flawed: Vec<FlawedRequest>,
    /// Salts that more than one purchase has.
    pub salts: Vec<SharedSalt>,
    /// Exchanges with more than one answer.
    pub answers: Vec<AnsweredTwice>,
}

/// What is wrong with a dual signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// It covers the two digests without protocol, brand, purchase, merchant and gateway.
    ContextMissing,
    /// It is good for the order half of another purchase.
    Unlinked,
    /// It is good for nothing that the journal knows.
    Broken,
}

/// A purchase request whose dual signature does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlawedRequest {
    /// The purchase, hexadecimal.
    pub xid: String,
    /// SHA-256 of the message as it was received, hexadecimal.
    pub sha256: String,
    /// What is wrong.
    pub flaw: Flaw,
    /// Has the party gone on with it?
    pub accepted: bool,
}

/// A salt that is not one purchase's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedSalt {
    /// SHA-256 of the salt, hexadecimal: the salt itself hides an amount.
    pub sha256: String,
    /// The purchases, hexadecimal.
    pub xids: Vec<String>,
}

/// A request that came again and was answered otherwise than before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnsweredTwice {
    /// The exchange, hexadecimal.
    pub rrpid: String,
    /// The purchase, hexadecimal.
    pub xid: String,
    /// Name of the answers.
    pub message: String,
    /// SHA-256 of each, hexadecimal.
    pub sha256: Vec<String>,
}

impl Observation for Reverified {
    const KIND: &'static str = "reverified";
}
