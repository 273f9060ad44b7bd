//! Somebody holds or opens many connections and asks for nothing on them.
//!
//! Each costs a place in the listener's table, and its handshake costs a signature. When the places
//! are used up, honest callers are turned away as they come.
//!
//! ## How it shows
//!
//! `counterfoil_connections_open` near its limit while `counterfoil_set_requests_total` stands
//! still; `counterfoil_connections_refused_total` or `counterfoil_tls_handshakes_failed_total`
//! rises; callers see connections closed at once.
//!
//! ## How it is confirmed
//!
//! For three seconds, one address holds more than a fifth of the connections that one address may
//! have, at least 40, and asks for nothing on any of them; or it opens more than twenty a second
//! whose handshakes fail or that are turned away, with hardly a request among them. When many
//! addresses together hold a quarter of all places in that way, no single one is named.
//!
//! ## How it is repaired
//!
//! The listener lets the address in no more, when somebody approves that; its connections are
//! closed
//! at once. Behind a load balancer the address may be the balancer's: look before you approve.
//!
//! ## How the repair is proved
//!
//! The address holds nothing any more, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! A process opens 120 to 240 connections from another loopback address and says nothing.

use super::pressed;
use crate::fact::{Facts, Observation as _, Pressure, Seen, Source};
use crate::fault::{Class, Fault};
use crate::finding::Case;

/// Connections without a request that one address may hold, at least.
const HELD_MIN: u64 = 40;
/// Connections a second that come to nothing.
const FAILED_PER_SECOND: u64 = 20;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "flood-of-connections",
    class: Class::Attack,
    title: "Somebody holds or opens many connections and asks for nothing on them.",
    source: include_str!("flood_of_connections.rs"),
    symptoms: &["callers are closed off as they come", "many open connections and few requests"],
    explains: &[],
    needs: &[Pressure::KIND],
    look,
    plan: pressed::plan,
};

fn look(facts: &Facts) -> Vec<Case> {
    pressed::measured(facts).iter().flat_map(|pressure| cases(facts, pressure)).collect()
}

fn cases(facts: &Facts, pressure: &Seen<'_, Pressure>) -> Vec<Case> {
    let flooding = pressure.sources.iter().filter(|source| floods(pressure, source));
    let mut cases: Vec<Case> = flooding
        .map(|source| {
            let summary = format!(
                "{} holds {} connections to {} on which nothing is asked, and opens {} a second",
                source.address,
                source.unused,
                pressure.party,
                pressure.per_second(source.opened)
            );
            pressed::case(facts, pressure, Some(source.address), summary).with(
                "seen",
                pressed::of(source),
                pressure.source,
            )
        })
        .collect();
    let unused: u64 = pressure.sources.iter().map(|source| source.unused).sum();
    if cases.is_empty() && unused >= (pressure.connections_max / 4).max(HELD_MIN) {
        let summary = format!(
            "{} addresses together hold {unused} of {} connections to {} on which nothing is asked",
            pressure.sources.len(),
            pressure.connections_max,
            pressure.party
        );
        cases.push(pressed::case(facts, pressure, None, summary));
    }
    cases
}

fn floods(pressure: &Pressure, source: &Source) -> bool {
    let asked = source.answered + source.refused;
    let holds = source.unused >= (pressure.per_address_max / 5).max(HELD_MIN);
    let failed = source.handshakes_failed + source.turned_away;
    let opens = pressure.per_second(failed) >= FAILED_PER_SECOND && asked * 10 < failed;
    holds || opens
}
