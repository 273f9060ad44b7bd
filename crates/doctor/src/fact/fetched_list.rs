//! What came of fetching a CRL from where a certificate says that it is.

use serde::{Deserialize, Serialize};

use super::Observation;

/// How far the fetching came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fetched {
    /// A CRL came.
    Crl,
    /// Something else came, or a refusal.
    Other,
    /// The name has no address, or nobody listens there.
    Refused,
    /// Nothing came in time.
    Silent,
}

/// A distribution point that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FetchedList {
    /// The URI as certificates name it.
    pub uri: String,
    /// How far it came.
    pub outcome: Fetched,
    /// What was said, in a phrase.
    pub said: String,
}

impl Observation for FetchedList {
    const KIND: &'static str = "fetched-list";
}
