//! What could not be looked at. Never the same as fine.

use serde::{Deserialize, Serialize};

use super::Observation;

/// Something that could not be looked at; its place is the fact's source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unseen {
    /// The kind of fact that is missing.
    pub kind: String,
    /// Why, in a phrase.
    pub why: String,
}

impl Observation for Unseen {
    const KIND: &'static str = "unseen";
}
