//! Who presses on a party's listener, measured for a while.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::Observation;

/// A listener and its visitors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pressure {
    /// The listener: `set` or `bank`.
    pub listener: String,
    /// How long it was measured, in milliseconds.
    pub window_ms: u64,
    /// Connections that it takes at once.
    pub connections_max: u64,
    /// Connections that it takes at once from one address.
    pub per_address_max: u64,
    /// Messages in that time that the party itself refused, or had answered before.
    pub useless: u64,
    /// The visitors that have connections, or had some in that time.
    pub sources: Vec<Source>,
}

/// One address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// An IPv4 address or an IPv6 /64.
    pub address: IpAddr,
    /// Connections, the smaller number of begin and end.
    pub open: u64,
    /// Of these, connections on which nothing was asked yet.
    pub unused: u64,
    /// Of these, connections whose request had begun and not ended.
    pub slow: u64,
    /// Connections that came in that time.
    pub opened: u64,
    /// Connections in that time that were not let in.
    pub turned_away: u64,
    /// TLS handshakes that failed in that time.
    pub handshakes_failed: u64,
    /// Requests answered in that time.
    pub answered: u64,
    /// Requests in that time that were refused before the party saw them.
    pub refused: u64,
    /// Connections in that time whose request took too long to come.
    pub timed_out: u64,
}

impl Observation for Pressure {
    const KIND: &'static str = "pressure";
}

impl Pressure {
    /// What comes to for a second, of a number counted in the window.
    pub fn per_second(&self, count: u64) -> u64 {
        count.saturating_mul(1_000) / self.window_ms.max(1)
    }
}
