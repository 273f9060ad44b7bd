//! Faults of what was changed behind the product's back, and of who imitates whom.

use counterfoil_doctor::fact::{Fact, LogEvent, Program, Recorded, Settings};
use counterfoil_doctor::{Facts, fault, locate};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::made::now;

fn told(facts: Vec<Fact>) -> String {
    let diagnosis = locate(&Facts::new(now(), facts), &fault::catalogue());
    let mut text = String::new();
    for finding in diagnosis.causes() {
        text += &format!(
            "{} {} {}: {}\n",
            finding.id,
            finding.case.standing.name(),
            finding.case.owner,
            finding.case.summary
        );
    }
    text
}

fn settings(values: &[(&str, Value)]) -> Settings {
    let values = values.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    Settings { values, refused: None }
}

/// A gateway's settings as they were recorded and as they are.
fn changed(was: &[(&str, Value)], is: &[(&str, Value)]) -> Vec<Fact> {
    let file = "gateway/config.toml";
    let recorded = Recorded {
        sha256: "a".into(),
        when: now(),
        is_key: false,
        now_sha256: Some("b".into()),
        changed_at: Some(now()),
        certificates: Vec::new(),
        settings: Some(settings(was)),
    };
    vec![
        Fact::of("gateway", file, now(), &settings(is)),
        Fact::of("gateway", file, now(), &recorded),
    ]
}

#[test]
fn a_protection_that_is_gone_is_told_and_put_back() {
    let listen = ("node.set.listen", json!("127.0.0.1:1"));
    let facts = changed(
        std::slice::from_ref(&listen),
        &[listen.clone(), ("node.tls_key_log", json!("tls.keys"))],
    );
    assert_eq!(
        told(facts.clone()),
        "files-changed-behind@gateway/config.toml:node.tls_key_log confirmed gateway: gateway \
         writes the secrets of its TLS connections to a file: node.tls_key_log is not as it was \
         recorded\n"
    );
    let diagnosis = locate(&Facts::new(now(), facts), &fault::catalogue());
    let plan: Vec<&str> = diagnosis.findings[0].plan.iter().map(|step| step.verb).collect();
    assert_eq!(plan, ["unset-setting", "reload", "advise"]);
    let age = |value: u64| ("party.message_age_ms_max", json!(value));
    let facts = changed(&[age(1_000)], &[age(100_000)]);
    let diagnosis = locate(&Facts::new(now(), facts), &fault::catalogue());
    assert_eq!(diagnosis.findings[0].plan[0].arguments["value"], "1000");
}

#[test]
fn a_protection_that_is_stronger_and_any_other_change_is_not_told() {
    let age = |value: u64| ("party.message_age_ms_max", json!(value));
    assert_eq!(told(changed(&[age(1_000)], &[age(900)])), "");
    assert_eq!(told(changed(&[age(1_000)], &[age(1_500)])), "");
    let deny = |list: Value| ("node.deny", list);
    assert_eq!(told(changed(&[], &[deny(json!(["192.0.2.7"]))])), "");
    let other = ("node.operations", json!("127.0.0.1:1"));
    let gone = changed(&[deny(json!(["192.0.2.7"]))], &[other]);
    assert!(told(gone).contains("node.deny"));
    let port = |value: u64| ("node.bank_link.port", json!(value));
    assert_eq!(told(changed(&[port(1)], &[port(2)])), "");
}

fn program(party: &str, path: &str, sha256: &str) -> Fact {
    let seen = Program {
        path: path.into(),
        our_path: "/usr/bin/counterfoil".into(),
        is_same_file: sha256 == "a",
        sha256: Some(sha256.into()),
        our_sha256: Some("a".into()),
    };
    Fact::of(party, format!("{party} (program)"), now(), &seen)
}

#[test]
fn one_party_with_another_program_stands_out_and_an_update_does_not() {
    let usual = |party| program(party, "/usr/bin/counterfoil", "a");
    let strange = program("bank", "/tmp/counterfoil", "b");
    assert_eq!(
        told(vec![usual("gateway"), usual("merchant"), strange.clone()]),
        "program-changed@bank confirmed bank: bank runs /tmp/counterfoil, which is not the program \
         of the others\n"
    );
    assert_eq!(told(vec![usual("gateway"), strange]), "");
    let former = |party| program(party, "/usr/bin/counterfoil (deleted)", "b");
    let open = told(vec![usual("gateway"), usual("merchant"), former("bank")]);
    assert!(open.starts_with("program-changed@bank inconclusive"), "{open}");
    assert_eq!(told(vec![former("gateway"), former("merchant"), former("bank")]), "");
}

fn enrolled(names: &[(&str, &str)]) -> Vec<Fact> {
    let mut values = std::collections::BTreeMap::new();
    for (index, (id, name)) in names.iter().enumerate() {
        let key = format!("party.acquirer.0.merchant.{index}");
        values.insert(format!("{key}.id"), json!(id));
        values.insert(format!("{key}.name"), json!(name));
    }
    vec![Fact::of("mca", "mca/config.toml", now(), &Settings { values, refused: None })]
}

#[test]
fn a_merchant_whose_name_looks_like_anothers_is_told() {
    assert_eq!(
        told(enrolled(&[("M1", "Meridian Books"), ("M2", "Meridian B00ks")])),
        "merchant-imitated@mca/M2 confirmed mca: merchant M2 calls itself `Meridian B00ks`, which \
         looks like `Meridian Books` of merchant M1\n"
    );
    for other in ["Meridian Books", "Meridian Toys", "Equator Books"] {
        assert_eq!(told(enrolled(&[("M1", "Meridian Books"), ("M2", other)])), "", "{other}");
    }
}

fn refused(error: &str, count: u64, minutes_ago: i64) -> Vec<Fact> {
    let last = now() - SignedDuration::from_mins(minutes_ago);
    let event = LogEvent {
        event: "message.refused".into(),
        code: Some("unknownRrpid".into()),
        count,
        first: last,
        last,
        fields: [("error".to_owned(), error.to_owned())].into(),
    };
    vec![Fact::of("merchant", "merchant/log/merchant.jsonl", now(), &event)]
}

#[test]
fn messages_that_come_again_altered_are_told_while_they_come() {
    let found = told(refused("rrpid-reused", 5, 1));
    assert!(found.starts_with("messages-altered@merchant confirmed merchant"), "{found}");
    assert_eq!(told(refused("rrpid-reused", 2, 1)), "");
    assert_eq!(told(refused("rrpid-reused", 5, 60)), "");
    assert_eq!(told(refused("signature-invalid", 5, 1)), "");
}
