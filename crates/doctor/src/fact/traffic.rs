//! What goes through: purchases and money, for saying what a stop costs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Observation;

/// Purchases that a party has seen lately.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Traffic {
    /// The period that was looked at, in minutes.
    pub minutes: u64,
    /// Purchases in it.
    pub purchases: u64,
    /// Money in it: minor units by ISO 4217 currency code.
    pub amounts: BTreeMap<String, u64>,
}

impl Observation for Traffic {
    const KIND: &'static str = "traffic";
}
