//! How payments go lately, compared with before: how they end, and how long each step takes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Observation;

/// How authorizations ended in one period.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcomes {
    /// The first of them.
    pub from: Option<Timestamp>,
    /// The last of them.
    pub to: Option<Timestamp>,
    /// Approved.
    pub approved: u64,
    /// Not approved, by what the gateway says: `bankDecline`, `noReply`, or the refusing check.
    pub failed: BTreeMap<String, u64>,
}

impl Outcomes {
    /// All of them.
    pub fn count(&self) -> u64 {
        self.approved + self.failed.values().sum::<u64>()
    }

    /// Approved ones of a thousand.
    pub fn per_mille(&self) -> u64 {
        self.approved * 1_000 / self.count().max(1)
    }
}

/// How long one step of payments took in one period, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Times {
    /// Payments that were measured.
    pub count: u64,
    /// Half of them took no longer.
    pub median_ms: u64,
    /// Nine of ten took no longer.
    pub most_ms: u64,
}

/// One step of a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepTimes {
    /// Between which messages: `AuthReq sent -> AuthRes received`.
    pub step: String,
    /// Who is waited for meanwhile; the party itself where it waits for nobody.
    pub waits_for: String,
    /// The latest payments.
    pub now: Times,
    /// Before.
    pub before: Times,
}

/// How payments go through one party. What is called now is empty when the latest is not recent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// How the latest authorizations ended; of a gateway.
    pub now: Outcomes,
    /// How they ended before.
    pub before: Outcomes,
    /// The party's steps.
    pub steps: Vec<StepTimes>,
}

impl Observation for Flow {
    const KIND: &'static str = "flow";
}
