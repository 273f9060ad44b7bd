//! Faults of listeners that somebody presses on.

use counterfoil_doctor::fact::{Fact, Pressure, Source};
use counterfoil_doctor::{Facts, fault, locate};

use crate::made::now;

fn source(address: &str) -> Source {
    Source {
        address: address.parse().unwrap(),
        open: 0,
        unused: 0,
        slow: 0,
        opened: 0,
        turned_away: 0,
        handshakes_failed: 0,
        answered: 0,
        refused: 0,
        timed_out: 0,
    }
}

fn pressure(window_ms: u64, useless: u64, sources: Vec<Source>) -> Fact {
    let seen = Pressure {
        listener: "set".into(),
        window_ms,
        connections_max: 1_024,
        per_address_max: 256,
        useless,
        sources,
    };
    Fact::of("gateway", "gateway (set)", now(), &seen)
}

fn told(facts: Vec<Fact>) -> String {
    let diagnosis = locate(&Facts::new(now(), facts), &fault::catalogue());
    let mut text = String::new();
    for finding in &diagnosis.findings {
        text += &format!(
            "{} {} {}: {}\n",
            finding.id,
            finding.case.standing.name(),
            finding.priority.name(),
            finding.case.summary
        );
    }
    text
}

#[test]
fn connections_that_ask_for_nothing_are_a_flood_once_it_lasts() {
    let held = Source { open: 120, unused: 110, opened: 30, ..source("192.0.2.7") };
    let first = pressure(500, 0, vec![held.clone()]);
    assert!(told(vec![first.clone()]).contains("suspected"));
    // The longer measurement beside the first one counts.
    let longer = pressure(3_000, 0, vec![held]);
    assert_eq!(
        told(vec![first.clone(), longer]),
        "flood-of-connections@gateway/set/192.0.2.7 confirmed important: 192.0.2.7 holds 110 \
         connections to gateway on which nothing is asked, and opens 10 a second\n"
    );
    assert_eq!(told(vec![first, pressure(3_000, 0, vec![])]), "");
}

#[test]
fn many_busy_connections_of_one_address_are_none() {
    let busy = Source { open: 200, opened: 300, answered: 600, ..source("192.0.2.7") };
    assert_eq!(told(vec![pressure(3_000, 10, vec![busy])]), "");
}

#[test]
fn connections_whose_handshakes_fail_are_a_flood() {
    let failing = Source { opened: 90, handshakes_failed: 90, ..source("192.0.2.7") };
    let found = told(vec![pressure(3_000, 0, vec![failing])]);
    assert!(found.starts_with("flood-of-connections@gateway/set/192.0.2.7 confirmed"), "{found}");
    let few = Source { opened: 9, handshakes_failed: 9, ..source("192.0.2.7") };
    assert_eq!(told(vec![pressure(3_000, 0, vec![few])]), "");
}

#[test]
fn a_flood_that_turns_others_away_stops_payments() {
    let held = Source { open: 255, unused: 255, ..source("192.0.2.7") };
    let honest = Source { turned_away: 3, ..source("192.0.2.8") };
    let found = told(vec![pressure(3_000, 0, vec![held, honest])]);
    assert!(found.contains("192.0.2.7 confirmed urgent"), "{found}");
}

#[test]
fn a_flood_of_many_addresses_names_none_and_blocks_none() {
    let sources =
        (1..=20).map(|n| Source { open: 20, unused: 20, ..source(&format!("192.0.2.{n}")) });
    let facts = Facts::new(now(), vec![pressure(3_000, 0, sources.collect())]);
    let diagnosis = locate(&facts, &fault::catalogue());
    assert_eq!(diagnosis.findings[0].id, "flood-of-connections@gateway/set");
    assert!(diagnosis.findings[0].plan.iter().all(|step| step.verb == "advise"));
}

#[test]
fn requests_that_do_not_end_are_told_from_connections() {
    let slow = Source { open: 60, slow: 58, unused: 2, opened: 10, ..source("192.0.2.7") };
    assert_eq!(
        told(vec![pressure(3_000, 0, vec![slow])]),
        "slow-requests@gateway/set/192.0.2.7 confirmed important: 192.0.2.7 has 58 requests under \
         way at gateway that do not end\n"
    );
    let busy = Source { open: 60, slow: 30, answered: 90, ..source("192.0.2.7") };
    assert_eq!(told(vec![pressure(3_000, 0, vec![busy])]), "");
}

#[test]
fn requests_that_change_nothing_are_a_flood_and_useful_ones_are_not() {
    let refused = Source { open: 8, opened: 200, refused: 200, ..source("192.0.2.7") };
    let facts = Facts::new(now(), vec![pressure(3_000, 0, vec![refused])]);
    let diagnosis = locate(&facts, &fault::catalogue());
    let finding = &diagnosis.findings[0];
    assert_eq!(finding.id, "flood-of-requests@gateway/set/192.0.2.7");
    let plan: Vec<&str> = finding.plan.iter().map(|step| step.verb).collect();
    assert_eq!(plan, ["block-source", "reload", "advise"]);
    assert_eq!(finding.plan[0].arguments["address"], "192.0.2.7");
    // The party answers what it refuses itself: its own events count.
    let garbage = Source { open: 8, answered: 200, ..source("192.0.2.7") };
    assert!(told(vec![pressure(3_000, 195, vec![garbage.clone()])]).contains("flood-of-requests"));
    assert_eq!(told(vec![pressure(3_000, 100, vec![garbage.clone()])]), "");
    assert_eq!(told(vec![pressure(3_000, 0, vec![garbage])]), "");
    // A few wrong requests are no flood.
    let few = Source { refused: 20, ..source("192.0.2.7") };
    assert_eq!(told(vec![pressure(3_000, 0, vec![few])]), "");
}
