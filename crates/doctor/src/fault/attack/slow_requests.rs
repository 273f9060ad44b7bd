//! Somebody sends many requests that never end.
//!
//! A request that trickles in, octet by octet, holds its connection until the time for heads or
//! bodies is over. A hundred of them cost the attacker nothing and the listener a hundred places.
//!
//! ## How it shows
//!
//! `counterfoil_connections_timed_out_total` with step `head` or `body` rises; many connections,
//! few requests.
//!
//! ## How it is confirmed
//!
//! For three seconds, one address has at least 20 connections whose request has begun and not
//! ended, and fewer of its requests are finished in that time than are under way.
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
//! A process sends 40 to 120 requests from another loopback address, an octet in 400 ms each.

use super::pressed;
use crate::fact::{Facts, Observation as _, Pressure, Seen};
use crate::fault::{Class, Fault};
use crate::finding::Case;

/// Requests under way that one address may have.
const SLOW_MIN: u64 = 20;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "slow-requests",
    class: Class::Attack,
    title: "Somebody sends many requests that never end.",
    source: include_str!("slow_requests.rs"),
    symptoms: &["connections time out in the step `head` or `body`"],
    explains: &["flood-of-connections"],
    needs: &[Pressure::KIND],
    look,
    plan: pressed::plan,
};

fn look(facts: &Facts) -> Vec<Case> {
    pressed::measured(facts).iter().flat_map(|pressure| cases(facts, pressure)).collect()
}

fn cases(facts: &Facts, pressure: &Seen<'_, Pressure>) -> Vec<Case> {
    let slow = pressure
        .sources
        .iter()
        .filter(|source| source.slow >= SLOW_MIN && source.answered + source.refused < source.slow);
    slow.map(|source| {
        let summary = format!(
            "{} has {} requests under way at {} that do not end",
            source.address, source.slow, pressure.party
        );
        pressed::case(facts, pressure, Some(source.address), summary).with(
            "seen",
            pressed::of(source),
            pressure.source,
        )
    })
    .collect()
}
