//! Incidents: opened, seen again, repaired, come back, closed, and what each party may see.

use counterfoil_doctor::fact::{Fact, PartySeen, Role, State as PartyState};
use counterfoil_doctor::{Diagnosis, Facts, fault, locate};
use jiff::{SignedDuration, Timestamp};

use super::*;

fn at(minute: i64) -> Timestamp {
    "2026-05-01T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minute)
}

/// A look that finds the gateway down, or nothing.
fn look(minute: i64, is_down: bool) -> Diagnosis {
    let seen = PartySeen {
        role: Role::Gateway,
        ca: None,
        certified: true,
        state: if is_down { PartyState::Stopped } else { PartyState::Ready },
        reason: None,
        sentence: None,
        supervised: false,
    };
    let facts = vec![Fact::of("gateway", "gateway", at(minute), &seen)];
    locate(&Facts::new(at(minute), facts), &[fault::named("party-down").unwrap()])
}

fn repaired(minute: i64, incidents: &mut Incidents) {
    let treatment = Treatment {
        finding: "party-down@gateway".into(),
        done: vec!["gateway is ready".into()],
        ended: Ended::Proved,
        why: None,
    };
    incidents.treated(&[treatment], at(minute)).unwrap();
}

fn told(incidents: &Incidents) -> String {
    let all = incidents.list().unwrap();
    let told = all.iter().map(|one| {
        let history: Vec<&str> = one.history.iter().map(|entry| entry.what.as_str()).collect();
        format!("{} {} {} {}", one.id, one.finding, one.state.name(), history.join(","))
    });
    told.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_repair_that_does_not_last_twice_is_escalated() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    assert!(Incidents::open(data, false).unwrap().is_none(), "nothing is made by looking");
    let mut incidents = Incidents::open(data, true).unwrap().unwrap();
    let looked_for = ["party-down"];
    for (minute, expect) in [(0, None), (10, None), (20, Some(2))] {
        incidents.seen(&look(minute, true), &looked_for).unwrap();
        incidents.seen(&look(minute + 1, true), &looked_for).unwrap();
        let why = escalated(data, "party-down@gateway");
        assert_eq!(why.is_some(), expect.is_some(), "after {minute} minutes: {why:?}");
        repaired(minute + 2, &mut incidents);
    }
    assert_eq!(
        told(&incidents),
        "I-0001 party-down@gateway repaired seen,repaired,came_back,repaired,came_back,repaired"
    );
    assert_eq!(incidents.get("I-0001").unwrap().seen, 6);
    assert_eq!(escalated(data, "party-down@bank"), None);
}

#[test]
fn what_is_no_longer_found_is_gone_only_when_it_was_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut incidents = Incidents::open(folder.path(), true).unwrap().unwrap();
    incidents.seen(&look(0, true), &["party-down"]).unwrap();
    incidents.seen(&look(1, false), &["party-hung"]).unwrap();
    assert_eq!(told(&incidents), "I-0001 party-down@gateway open seen");
    incidents.seen(&look(2, false), &["party-down"]).unwrap();
    assert_eq!(told(&incidents), "I-0001 party-down@gateway gone seen,gone");
    incidents.seen(&look(3, true), &["party-down"]).unwrap();
    let one = incidents.get("I-0001").unwrap();
    assert_eq!((one.state, one.in_vain), (State::Open, 0));
    incidents.seen(&look(100 * 24 * 60, false), &["party-down"]).unwrap();
    incidents.seen(&look(200 * 24 * 60, true), &["party-down"]).unwrap();
    assert!(told(&incidents).contains("\nI-0002 "), "long over is another incident");
}

#[test]
fn notes_are_kept_without_card_numbers_and_closing_needs_an_incident() {
    let folder = tempfile::tempdir().unwrap();
    let mut incidents = Incidents::open(folder.path(), true).unwrap().unwrap();
    incidents.seen(&look(0, true), &["party-down"]).unwrap();
    incidents.write("I-0001", "customer with card 4111111111111111", false, at(1)).unwrap();
    let closed = incidents.write("I-0001", "power was off", true, at(2)).unwrap();
    assert_eq!(closed.state, State::Closed);
    let note = &closed.history[1];
    assert!(note.text.starts_with("customer with card") && !note.text.contains("4111111111111111"));
    let unknown = incidents.write("I-0009", "", true, at(3)).unwrap_err();
    assert_eq!(unknown.to_string(), "there is no incident `I-0009`");
}

#[test]
fn a_party_sees_its_own_share_only() {
    let mut incident = Incident::of("I-0001".into(), &look(0, true).findings[0], at(0));
    incident.is_seen(&look(0, true).findings[0], at(0));
    incident.touches = vec!["party:gateway".into(), "party:bank".into(), "party:merchant".into()];
    incident.evidence = ["gateway/keys/tls.pem", "bank/config.toml"]
        .map(|at| Shown { what: "file".into(), value: "x".into(), at: Some(at.into()) })
        .to_vec();
    incident.happened(at(1), "note", "the gateway's operator sleeps");
    assert_eq!(incident.share_of("gateway").unwrap(), incident);
    let share = incident.share_of("bank").unwrap();
    let text = serde_json::to_string(&share).unwrap();
    assert!(text.contains("bank/config.toml"), "{text}");
    for hidden in ["keys/tls.pem", "sleeps", "party:merchant", "start gateway"] {
        assert!(!text.contains(hidden), "{hidden}: {text}");
    }
    assert!(matches!(incident.share_of("cca"), Err(IncidentError::Foreign { .. })));
}
