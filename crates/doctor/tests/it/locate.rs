//! Causes, consequences, priorities and abstention.

use counterfoil_doctor::fact::{Fact, FileSeen, PartySeen, Role, State, Traffic, Unseen};
use counterfoil_doctor::{Facts, Priority, fault, locate};
use jiff::Timestamp;

fn now() -> Timestamp {
    "2026-05-01T12:00:00Z".parse().unwrap()
}

fn party(name: &str, role: Role, state: State) -> Fact {
    let seen = PartySeen {
        role,
        ca: None,
        certified: true,
        state,
        reason: None,
        sentence: None,
        supervised: false,
    };
    Fact::of(name, name, now(), &seen)
}

fn key(party: &str, mode: u32) -> Fact {
    let seen = FileSeen { mode, owner: 0, octets: 227, secret: true, sha256: None };
    Fact::of(party, format!("{party}/keys/tls.pem"), now(), &seen)
}

/// What is found, one line each, and what could not be looked at.
fn told(facts: Vec<Fact>) -> String {
    let diagnosis = locate(&Facts::new(now(), facts), &fault::catalogue());
    let mut text = String::new();
    for finding in &diagnosis.findings {
        let because = finding.because_of.as_deref().unwrap_or("-");
        text += &format!(
            "{} {} {} because of {because}\n",
            finding.id,
            finding.case.standing.name(),
            finding.priority.name()
        );
    }
    text
}

#[test]
fn a_cause_comes_first_and_owns_the_plan() {
    let facts = vec![party("gateway", Role::Gateway, State::Stopped), key("gateway", 0o644)];
    assert_eq!(
        told(facts.clone()),
        "private-key-readable@gateway/keys/tls.pem confirmed urgent because of -\n\
         party-down@gateway confirmed urgent because of private-key-readable@gateway/keys/tls.pem\n"
    );
    let diagnosis = locate(&Facts::new(now(), facts), &fault::catalogue());
    assert!(diagnosis.findings[1].plan.is_empty());
    assert_eq!(diagnosis.findings[0].consequences, ["party-down@gateway"]);
}

#[test]
fn a_fault_of_another_party_explains_nothing() {
    let facts = vec![party("gateway", Role::Gateway, State::Stopped), key("bank", 0o644)];
    assert!(told(facts).contains("party-down@gateway confirmed urgent because of -\n"));
}

#[test]
fn money_that_stops_is_counted_by_the_hour() {
    let traffic =
        Traffic { minutes: 30, purchases: 4, amounts: [("USD".to_owned(), 5_000)].into() };
    let facts = vec![
        party("gateway", Role::Gateway, State::Stopped),
        Fact::of("gateway", "gateway/state.sqlite", now(), &traffic),
    ];
    let diagnosis = locate(&Facts::new(now(), facts), &fault::catalogue());
    assert_eq!(diagnosis.findings[0].money_per_hour, [("USD".to_owned(), 10_000)]);
    assert_eq!(diagnosis.findings[0].priority, Priority::Urgent);
}

#[test]
fn what_was_not_gathered_is_not_fine() {
    let seen = Unseen { kind: "key".into(), why: "permission denied".into() };
    let fact = Fact::of("bank", "bank/keys", now(), &seen);
    let diagnosis = locate(&Facts::new(now(), vec![fact]), &fault::catalogue());
    assert!(diagnosis.findings.is_empty());
    let told: Vec<_> = diagnosis.could_not_look.iter().map(|one| one.what.as_str()).collect();
    assert!(told.contains(&"bank/keys (key)") && told.contains(&"party-down"), "{told:?}");
}

#[test]
fn the_same_facts_in_any_order_give_the_same_answer() {
    let facts = vec![
        party("gateway", Role::Gateway, State::Stopped),
        key("gateway", 0o640),
        key("bank", 0o604),
    ];
    let mut other = facts.clone();
    other.reverse();
    assert_eq!(told(facts), told(other));
}
