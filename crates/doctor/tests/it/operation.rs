//! Faults of class operation, each on facts made for it.

use std::collections::BTreeMap;

use counterfoil_doctor::fact::{
    Backlog, Books, Fact, Flow, Link, Outcome, Outcomes, PartySeen, Payment, PaymentState,
    Readiness, Role, Starts, State, StepTimes, Times,
};
use counterfoil_doctor::{Facts, fault, locate};
use jiff::{SignedDuration, Timestamp};

fn now() -> Timestamp {
    "2026-05-01T12:00:00Z".parse().unwrap()
}

fn ago(seconds: i64) -> Timestamp {
    now() - SignedDuration::from_secs(seconds)
}

fn fact<T: counterfoil_doctor::Observation>(party: &str, seen: &T) -> Fact {
    Fact::of(party, format!("{party}/state.sqlite"), now(), seen)
}

fn party(name: &str, role: Role, state: State) -> Fact {
    let reason = (state == State::NotReady).then(|| "disk-full".to_owned());
    let seen = PartySeen {
        role,
        ca: None,
        certified: true,
        state,
        reason,
        sentence: None,
        supervised: false,
    };
    Fact::of(name, name, now(), &seen)
}

fn parties() -> Vec<Fact> {
    vec![
        party("merchant", Role::Merchant, State::Ready),
        party("gateway", Role::Gateway, State::Ready),
        party("bank", Role::Bank, State::Ready),
        party("wallet", Role::Wallet, State::Occasional),
    ]
}

/// Findings of `id`, one line each: standing, owner, steps of the plan, summary.
fn told(id: &str, facts: Vec<Fact>) -> String {
    let facts = Facts::new(now(), [parties(), facts].concat());
    let diagnosis = locate(&facts, &[fault::named(id).unwrap()]);
    let lines = diagnosis.findings.iter().map(|one| {
        let steps = one.plan.iter().map(|step| format!("{}/{}", step.verb, step.mode.name()));
        let steps: Vec<String> = steps.collect();
        format!("{} {} [{}]\n", one.case.standing.name(), one.case.owner, steps.join(" "))
    });
    lines.collect()
}

fn readiness(answered: bool, state: &str, worked: bool) -> Readiness {
    Readiness {
        waited_ms: 5_000,
        answered,
        ready: answered,
        reason: None,
        sentence: None,
        connects: true,
        process: Some(7),
        process_state: Some(state.to_owned()),
        worked,
        age_seconds: 600,
    }
}

#[test]
fn a_silent_party_is_hung_only_when_its_process_does_nothing() {
    let look = |again: Option<Readiness>| {
        let silent = party("gateway", Role::Gateway, State::Silent);
        let again = again.map(|seen| Fact::of("gateway", "gateway /readyz", now(), &seen));
        let facts = Facts::new(now(), [silent].into_iter().chain(again).collect());
        let diagnosis = locate(&facts, &[fault::named("party-hung").unwrap()]);
        diagnosis.findings.iter().map(|one| one.case.standing.name()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(look(None), "suspected");
    assert_eq!(look(Some(readiness(true, "S", true))), "", "it was only slow");
    assert_eq!(look(Some(readiness(false, "T", false))), "confirmed");
    assert_eq!(look(Some(readiness(false, "S", false))), "confirmed");
    assert_eq!(look(Some(readiness(false, "R", true))), "inconclusive", "it is busy");
    assert_eq!(look(Some(Readiness { process: None, ..readiness(false, "", false) })), "");
    assert_eq!(
        look(Some(Readiness { connects: false, ..readiness(false, "S", false) })),
        "inconclusive"
    );
}

#[test]
fn a_party_that_is_starting_is_not_yet_not_ready() {
    let look = |again: Option<Readiness>| {
        let seen = party("bank", Role::Bank, State::NotReady);
        let again = again.map(|seen| Fact::of("bank", "bank /readyz", now(), &seen));
        let facts = Facts::new(now(), [seen].into_iter().chain(again).collect());
        let diagnosis = locate(&facts, &[fault::named("party-not-ready").unwrap()]);
        diagnosis.findings.iter().map(|one| one.case.standing.name()).collect::<Vec<_>>().join(" ")
    };
    let refuses = |age_seconds| Readiness {
        ready: false,
        reason: Some("disk-full".into()),
        age_seconds,
        ..readiness(true, "S", true)
    };
    assert_eq!(look(None), "suspected");
    assert_eq!(look(Some(refuses(600))), "confirmed");
    assert_eq!(look(Some(refuses(3))), "inconclusive");
    assert_eq!(look(Some(readiness(true, "S", true))), "", "it is ready by now");
}

#[test]
fn restarts_that_were_asked_for_are_no_loop() {
    let starts = |ready: &[i64], stops: &[i64], ends: &[i64]| {
        let at = |all: &[i64]| all.iter().map(|seconds| ago(*seconds)).collect();
        Starts {
            minutes: 30,
            ready_at: at(ready),
            told_to_stop_at: at(stops),
            ended_at: at(ends),
            cause: Some("signal: 9 (SIGKILL)".into()),
        }
    };
    let look = |seen: Starts| told("restart-loop", vec![fact("bank", &seen)]);
    assert_eq!(look(starts(&[90, 60, 40, 20], &[], &[])), "confirmed bank [advise/advice]\n");
    assert_eq!(look(starts(&[90], &[], &[80, 50, 30])), "confirmed bank [advise/advice]\n");
    assert_eq!(look(starts(&[90, 60, 40, 20], &[70, 50, 30], &[])), "");
    assert_eq!(look(starts(&[90, 60, 40], &[], &[])), "", "twice is no loop");
    assert_eq!(look(starts(&[890, 860, 840, 820], &[], &[])), "", "it is over");
}

fn payment(xid: &str, state: PaymentState, minor: u64) -> Payment {
    Payment {
        xid: xid.to_owned(),
        state,
        at: Some(ago(120)),
        currency: "USD".into(),
        authorized_minor: minor,
        captured_minor: 0,
        unconfirmed_minor: 0,
        is_moving: false,
        order: Some("0000000007".into()),
        tries: 0,
        hold_until: None,
    }
}

fn books(party: &str, payments: &[Payment], absent: &[&str]) -> Fact {
    let absent = absent.iter().map(|xid| (*xid).to_owned()).collect();
    fact(party, &Books { payments: payments.to_vec(), absent })
}

#[test]
fn who_resolves_a_doubt_depends_on_who_knows() {
    use PaymentState::{Approved, InDoubt, Reversing, Waiting};
    let look = |facts: Vec<Fact>| told("payment-in-doubt", facts);
    let doubt = books("merchant", &[payment("aa", InDoubt, 100)], &[]);
    let knows = |state| books("gateway", &[payment("aa", state, 100)], &[]);
    assert_eq!(
        look(vec![doubt.clone(), knows(Approved)]),
        "confirmed merchant [resolve-in-doubt/automatic]\n"
    );
    assert_eq!(
        look(vec![doubt.clone(), books("gateway", &[], &["aa"])]),
        "confirmed merchant [resolve-in-doubt/needs approval]\n"
    );
    assert_eq!(look(vec![doubt, knows(Reversing)]), "confirmed bank [advise/advice]\n");
    let young = books("merchant", &[payment("aa", Waiting, 100)], &[]);
    assert_eq!(look(vec![young, knows(Approved)]), "", "it is still asked by itself");
    let old = Payment { at: Some(ago(3_600)), ..payment("aa", Waiting, 100) };
    assert_ne!(look(vec![books("merchant", &[old], &[]), knows(Approved)]), "");
    assert_eq!(look(vec![books("merchant", &[payment("aa", Approved, 100)], &[])]), "");
}

#[test]
fn a_wallets_doubt_is_its_own_only_when_the_merchant_knows() {
    use PaymentState::{Approved, InDoubt};
    let wallet = books("wallet", &[payment("aa", InDoubt, 100)], &[]);
    let merchant = |state| books("merchant", &[payment("aa", state, 100)], &[]);
    let gateway = books("gateway", &[payment("aa", Approved, 100)], &[]);
    let look = |facts: Vec<Fact>| told("payment-in-doubt", facts);
    assert_eq!(
        look(vec![wallet.clone(), merchant(Approved)]),
        "confirmed wallet [advise/advice]\n"
    );
    assert_eq!(
        look(vec![wallet, merchant(InDoubt), gateway]),
        "confirmed merchant [resolve-in-doubt/automatic]\n"
    );
}

#[test]
fn the_one_that_differs_from_two_that_agree_is_named() {
    use PaymentState::{Approved, Declined, Reversed, Waiting};
    let look = |merchant: Fact, gateway: Fact, bank: Fact| {
        told("books-disagree", vec![merchant, gateway, bank])
    };
    let of = |party: &str, state, minor| books(party, &[payment("aa", state, minor)], &[]);
    let not_at = |party: &str| books(party, &[], &["aa"]);
    let (merchant, gateway, bank) =
        (of("merchant", Approved, 5), of("gateway", Approved, 5), of("bank", Approved, 5));
    assert_eq!(look(merchant.clone(), gateway.clone(), bank.clone()), "");
    let named = |party: &str| format!("confirmed {party} [advise/advice]\n");
    assert_eq!(look(merchant.clone(), not_at("gateway"), bank.clone()), named("gateway"));
    assert_eq!(look(merchant.clone(), gateway.clone(), of("bank", Approved, 4)), named("bank"));
    assert_eq!(look(of("merchant", Declined, 5), gateway.clone(), bank.clone()), named("merchant"));
    assert_eq!(
        look(of("merchant", Declined, 5), not_at("gateway"), bank.clone()),
        named("bank"),
        "two agree that there is nothing"
    );
    assert_eq!(look(of("merchant", Waiting, 5), gateway.clone(), bank.clone()), "");
    assert_eq!(
        look(merchant.clone(), of("gateway", Approved, 4), of("bank", Approved, 3)),
        "inconclusive gateway [advise/advice]\n"
    );
    assert_eq!(
        look(merchant, of("gateway", Reversed, 5), of("bank", Reversed, 0)),
        named("merchant")
    );
}

#[test]
fn young_payments_and_captures_under_way_do_not_disagree() {
    use PaymentState::Approved;
    let look = |change: fn(&mut Payment)| {
        let at = |party: &str, captured, change: fn(&mut Payment)| {
            let mut one = Payment { captured_minor: captured, ..payment("aa", Approved, 5) };
            change(&mut one);
            books(party, &[one], &[])
        };
        let none = |_: &mut Payment| {};
        told(
            "books-disagree",
            vec![at("merchant", 5, none), at("gateway", 5, none), at("bank", 0, change)],
        )
    };
    assert_eq!(look(|_| {}), "confirmed bank [advise/advice]\n");
    assert_eq!(look(|payment| payment.at = Some(ago(5))), "");
    assert_eq!(look(|payment| payment.is_moving = true), "");
    assert_eq!(look(|payment| payment.unconfirmed_minor = 5), "");
    assert_eq!(look(|payment| payment.at = Some(ago(90_000))), "", "the hold may have run out");
}

#[test]
fn a_hold_is_forgotten_when_most_of_its_time_is_gone() {
    use PaymentState::Approved;
    let look = |held_hours: i64, captured| {
        let at = ago(held_hours * 3_600);
        let until = at + SignedDuration::from_hours(168);
        let held = Payment {
            at: Some(at),
            hold_until: Some(until),
            captured_minor: captured,
            ..payment("aa", Approved, 5)
        };
        let own = Payment { captured_minor: captured, ..payment("aa", Approved, 5) };
        told(
            "authorization-never-captured",
            vec![books("bank", &[held], &[]), books("merchant", &[own], &[])],
        )
    };
    assert_eq!(look(150, 0), "confirmed merchant [capture-order/needs approval]\n");
    assert_eq!(look(100, 0), "");
    assert_eq!(look(150, 5), "");
    assert_eq!(look(200, 0), "", "it has run out");
}

fn link(outcome: Outcome) -> Fact {
    let link = Link {
        from: "gateway".into(),
        setting: "node.bank_link".into(),
        to: Some("bank".into()),
        address: "127.0.0.1:1".into(),
        outcome,
        said: None,
        millis: 1,
        served: Vec::new(),
    };
    Fact::of("gateway", "gateway -> bank", now(), &link)
}

#[test]
fn a_reversal_is_the_banks_only_where_the_link_stands() {
    let open = |tries, seconds| Payment {
        tries,
        at: Some(ago(seconds)),
        ..payment("aa", PaymentState::Reversing, 5)
    };
    let look = |payment: Payment, outcome| {
        told("reversal-never-delivered", vec![books("gateway", &[payment], &[]), link(outcome)])
    };
    assert_eq!(look(open(3, 90), Outcome::Reached), "confirmed bank [advise/advice]\n");
    assert_eq!(look(open(3, 90), Outcome::Refused), "inconclusive bank [advise/advice]\n");
    assert_eq!(look(open(1, 90), Outcome::Reached), "");
    assert_eq!(look(open(3, 10), Outcome::Reached), "");
}

#[test]
fn a_backlog_is_old_and_has_an_owner() {
    let look = |party: &str, overdue, since: i64, unanswered, waits: i64| {
        let backlog = Backlog {
            overdue,
            overdue_since: (overdue > 0).then(|| ago(since)),
            unanswered,
            unanswered_since: (unanswered > 0).then(|| ago(waits)),
            to: Some("gateway".into()),
        };
        told("backlog-growing", vec![fact(party, &backlog)])
    };
    assert_eq!(look("bank", 4, 90, 0, 0), "confirmed bank [advise/advice]\n");
    assert_eq!(look("bank", 4, 20, 0, 0), "");
    assert_eq!(look("merchant", 0, 0, 5, 90), "inconclusive gateway [advise/advice]\n");
    assert_eq!(look("merchant", 0, 0, 2, 90), "");
    assert_eq!(look("merchant", 0, 0, 5, 20), "");
    assert_eq!(look("merchant", 0, 0, 0, 0), "");
}

fn outcomes(approved: u64, failed: &[(&str, u64)]) -> Outcomes {
    let failed: BTreeMap<String, u64> =
        failed.iter().map(|(code, count)| ((*code).to_owned(), *count)).collect();
    Outcomes { from: None, to: None, approved, failed }
}

#[test]
fn a_fallen_rate_is_more_than_chance_and_names_who_refuses() {
    let look = |now: Outcomes, before: Outcomes| {
        told("success-rate-fallen", vec![fact("gateway", &Flow { now, before, steps: Vec::new() })])
    };
    let before = outcomes(40, &[("declined", 1)]);
    assert_eq!(
        look(outcomes(0, &[("declined", 10)]), before.clone()),
        "confirmed bank [advise/advice]\n"
    );
    assert_eq!(
        look(outcomes(1, &[("signatureRequired", 9)]), before.clone()),
        "confirmed gateway [advise/advice]\n"
    );
    assert_eq!(look(outcomes(7, &[("declined", 3)]), before.clone()), "", "chance");
    assert_eq!(look(outcomes(0, &[("declined", 9)]), before), "", "too few");
    let bad = outcomes(20, &[("declined", 20)]);
    assert_eq!(look(outcomes(4, &[("declined", 6)]), bad), "", "it was so before");
}

#[test]
fn the_slow_step_is_named_and_a_busy_machine_is_not() {
    let step = |name: &str, waits_for: &str, before: u64, now: u64| StepTimes {
        step: name.into(),
        waits_for: waits_for.into(),
        now: Times { count: 8, median_ms: now, most_ms: now },
        before: Times { count: 20, median_ms: before, most_ms: before },
    };
    let look = |wallet: u64, way: u64, bank: u64| {
        let merchant = Flow {
            steps: vec![
                step("PInitRes sent -> PReq received", "wallet", 15, wallet),
                step("AuthReq sent -> AuthRes received", "gateway", 40, way + bank + 10),
            ],
            ..Flow::default()
        };
        let gateway = Flow {
            steps: vec![
                step("AuthReq received -> AuthRes sent", "gateway", 25, bank + 5),
                step("0100 sent -> 0110 received", "bank", 20, bank),
            ],
            ..Flow::default()
        };
        told("latency-risen", vec![fact("merchant", &merchant), fact("gateway", &gateway)])
    };
    assert_eq!(look(16, 20, 22), "");
    assert_eq!(look(16, 20, 900), "confirmed bank [advise/advice]\n");
    assert_eq!(look(16, 900, 22), "confirmed gateway [advise/advice]\n");
    assert_eq!(look(900, 900, 900), "", "everything is slow");
    assert_eq!(look(900, 20, 22), "", "people take their time");
    assert_eq!(look(16, 20, 300), "", "not half a second");
}
