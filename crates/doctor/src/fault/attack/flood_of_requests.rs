//! A party is flooded with requests that it refuses.
//!
//! Each costs a handshake, a look at its form and a line in the log. Whether it is an attacker or a
//! client that repeats without pause, honest payments wait behind it.
//!
//! ## How it shows
//!
//! `counterfoil_set_requests_total` with outcome `refused`, or `message.refused` and
//! `message.repeated` in the log, many a second; payments become slow.
//!
//! ## How it is confirmed
//!
//! For three seconds, at least 20 requests a second change nothing (refused before or by the party,
//! or answered before), and they are at least four of five of all requests. The address from which
//! most of all requests come is named when it sends three of five of them.
//!
//! ## How it is repaired
//!
//! The listener lets the address in no more, when somebody approves that. Behind a load balancer
//! the
//! address may be the balancer's: look before you approve.
//!
//! ## How the repair is proved
//!
//! The rate has fallen, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! A process sends requests of a wrong media type, or messages that are none, from another loopback
//! address, over 8 to 16 connections.

use super::pressed;
use crate::fact::{Facts, Observation as _, Pressure, Seen, Source};
use crate::fault::{Class, Fault};
use crate::finding::Case;

/// Requests a second that change nothing.
const USELESS_PER_SECOND: u64 = 20;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "flood-of-requests",
    class: Class::Attack,
    title: "A party is flooded with requests that it refuses.",
    source: include_str!("flood_of_requests.rs"),
    symptoms: &["refused requests, many a second", "payments become slow while refusals rise"],
    explains: &[],
    needs: &[Pressure::KIND],
    look,
    plan: pressed::plan,
};

fn look(facts: &Facts) -> Vec<Case> {
    let measured = pressed::measured(facts);
    let set = measured.iter().filter(|pressure| pressure.listener == "set");
    set.filter_map(|pressure| case(facts, pressure)).collect()
}

fn case(facts: &Facts, pressure: &Seen<'_, Pressure>) -> Option<Case> {
    let asked = |source: &Source| source.answered + source.refused;
    let all: u64 = pressure.sources.iter().map(asked).sum();
    let refused: u64 = pressure.sources.iter().map(|source| source.refused).sum();
    let useless = refused + pressure.useless;
    if pressure.per_second(useless) < USELESS_PER_SECOND || useless * 5 < all * 4 {
        return None;
    }
    let most = pressure.sources.iter().max_by_key(|source| asked(source))?;
    let named = Some(most).filter(|source| asked(source) * 5 >= all * 3);
    let who = named.map_or("many addresses".to_owned(), |source| source.address.to_string());
    let summary = format!(
        "{who} sends {} requests a second to {} that change nothing",
        pressure.per_second(useless),
        pressure.party
    );
    let address = named.map(|source| source.address);
    let case = pressed::case(facts, pressure, address, summary);
    Some(case.with("seen", pressed::of(most), pressure.source).with(
        "refused_or_repeated_by_the_party",
        pressure.useless.to_string(),
        pressure.source,
    ))
}
