//! Who presses on the listeners of each running party: its visitors, looked at twice.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde::de::IgnoredAny;

use counterfoil_doctor::fact::{Fact, Observation as _, Pressure, Source};
use counterfoil_node::config::PartyEntry;
use counterfoil_node::deployment::fetch::Fetch;
use counterfoil_node::deployment::{Material, running};
use counterfoil_node::server;

use super::parties::within;
use super::{Gatherer, Place};

pub(super) static GATHERER: Gatherer = Gatherer { name: "pressure", run };

/// Time between the two looks.
const WINDOW_MS: u64 = 500;
/// Time for a party to answer.
const ANSWER_MS_MAX: u64 = 900;
/// Addresses of one listener that are told: those that do most.
const SOURCES_MAX: usize = 64;
/// Events of messages that changed nothing.
const USELESS: [&str; 3] = ["message.refused", "message.repeated", "request.turned_away"];

/// A visitor as a party's `/visitors` has it.
#[derive(Debug, Clone, Deserialize)]
struct Visitor {
    listener: String,
    address: IpAddr,
    open: i64,
    unused: i64,
    slow: i64,
    opened: u64,
    turned_away: u64,
    handshakes_failed: u64,
    answered: u64,
    refused: u64,
    timed_out: u64,
}

/// One look at a party.
struct Look {
    visitors: BTreeMap<(String, IpAddr), Visitor>,
    useless: u64,
}

fn run(place: &Place) -> Vec<Fact> {
    look(place, WINDOW_MS, |_| true)
}

/// Measures those parties that are `wanted`.
pub(crate) fn look(place: &Place, window_ms: u64, wanted: impl Fn(&str) -> bool) -> Vec<Fact> {
    let parties: Vec<(PartyEntry, Material)> = place.materials();
    std::thread::scope(|scope| {
        let threads: Vec<_> = parties
            .iter()
            .filter(|(entry, _)| entry.start && wanted(&entry.name))
            .map(|(entry, material)| {
                scope.spawn(move || measure(place, entry, material, window_ms))
            })
            .collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).flatten().collect()
    })
}

fn measure(place: &Place, entry: &PartyEntry, material: &Material, window_ms: u64) -> Vec<Fact> {
    let Ok(config) = material.config::<IgnoredAny>() else { return Vec::new() };
    let node = config.node;
    let Some(operations) = node.operations else { return Vec::new() };
    // Somebody else may listen there while the party is stopped.
    if running::process_of(material.folder()).is_none() {
        return Vec::new();
    }
    let source = |listener: &str| format!("{} ({listener})", entry.name);
    let base = format!("http://{operations}");
    let started = Instant::now();
    let first = look_at(&base);
    std::thread::sleep(Duration::from_millis(window_ms));
    let second = look_at(&base);
    let window_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (Some(first), Some(second)) = (first, second) else {
        let why = "the party does not say who calls it";
        return vec![place.unseen(&entry.name, &source("visitors"), Pressure::KIND, why)];
    };
    let listeners = [("set", node.set.is_some()), ("bank", node.bank_listener.is_some())];
    listeners
        .into_iter()
        .filter(|(_, is_there)| *is_there)
        .map(|(listener, _)| {
            let seen = compare(listener, &node.limits, &first, &second, window_ms);
            Fact::of(&entry.name, source(listener), place.now, &seen)
        })
        .collect()
}

fn look_at(base: &str) -> Option<Look> {
    let visitors: Vec<Visitor> = serde_json::from_slice(&get(base, "/visitors")?).ok()?;
    let metrics = String::from_utf8(get(base, "/metrics")?).ok()?;
    let key = |one: &Visitor| (one.listener.clone(), one.address);
    let visitors = visitors.into_iter().map(|one| (key(&one), one)).collect();
    Some(Look { visitors, useless: useless(&metrics) })
}

fn get(base: &str, path: &str) -> Option<Vec<u8>> {
    let url = format!("{base}{path}");
    let answer = within(ANSWER_MS_MAX, move || {
        Fetch { url: &url, authorization: None, post: None, trust: None }.run().ok()
    })?;
    (answer.status == 200).then_some(answer.body)
}

/// How many messages changed nothing, from the party's metrics.
fn useless(metrics: &str) -> u64 {
    let events = metrics.lines().filter(|line| line.starts_with("counterfoil_events_total{"));
    let named = events
        .filter(|line| USELESS.iter().any(|event| line.contains(&format!("event=\"{event}\""))));
    named.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
}

fn compare(
    listener: &str,
    limits: &server::Limits,
    first: &Look,
    second: &Look,
    window_ms: u64,
) -> Pressure {
    let of_listener = second.visitors.iter().filter(|((name, _), _)| name == listener);
    let mut sources: Vec<Source> = of_listener
        .map(|(key, now)| difference(first.visitors.get(key), now))
        .filter(|source| source.open + source.opened + source.turned_away + source.timed_out > 0)
        .collect();
    let weight = |one: &Source| one.open + one.opened + one.answered + one.refused;
    sources.sort_by_key(|one| (std::cmp::Reverse(weight(one)), one.address));
    sources.truncate(SOURCES_MAX);
    Pressure {
        listener: listener.to_owned(),
        window_ms,
        connections_max: limits.connections_max as u64,
        per_address_max: limits.connections_per_address_max as u64,
        useless: second.useless.saturating_sub(first.useless),
        sources,
    }
}

/// What an address did between two looks, and what it had at both.
fn difference(before: Option<&Visitor>, now: &Visitor) -> Source {
    let held = |gauge: fn(&Visitor) -> i64| {
        let least = gauge(now).min(before.map_or(0, gauge));
        u64::try_from(least).unwrap_or_default()
    };
    let counted =
        |counter: fn(&Visitor) -> u64| counter(now).saturating_sub(before.map_or(0, counter));
    Source {
        address: now.address,
        open: held(|one| one.open),
        unused: held(|one| one.unused),
        slow: held(|one| one.slow),
        opened: counted(|one| one.opened),
        turned_away: counted(|one| one.turned_away),
        handshakes_failed: counted(|one| one.handshakes_failed),
        answered: counted(|one| one.answered),
        refused: counted(|one| one.refused),
        timed_out: counted(|one| one.timed_out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_that_changed_nothing_are_counted() {
        let metrics = "# TYPE counterfoil_events_total counter\n\
            counterfoil_events_total{party=\"g\",event=\"message.refused\",level=\"warning\"} 7\n\
            counterfoil_events_total{party=\"g\",event=\"message.repeated\",level=\"info\"} 2\n\
            counterfoil_events_total{party=\"g\",event=\"capture.done\",level=\"info\"} 9\n";
        assert_eq!(useless(metrics), 9);
    }

    #[test]
    fn what_an_address_holds_is_what_it_had_at_both_looks() {
        let visitor = |open, opened, answered| Visitor {
            listener: "set".into(),
            address: "127.0.0.7".parse().unwrap(),
            open,
            unused: open,
            slow: 0,
            opened,
            turned_away: 0,
            handshakes_failed: 0,
            answered,
            refused: 0,
            timed_out: 0,
        };
        let source = difference(Some(&visitor(5, 10, 3)), &visitor(2, 14, 4));
        assert_eq!((source.open, source.unused, source.opened, source.answered), (2, 2, 4, 1));
        let new = difference(None, &visitor(9, 9, 1));
        assert_eq!((new.open, new.opened, new.answered), (0, 9, 1));
    }
}
