//! `doctor`, `explain` and `lab` as commands.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn counterfoil(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_counterfoil"))
        .args(arguments)
        .env_remove("COUNTERFOIL_PASSPHRASE")
        .env_remove("COUNTERFOIL_SUPERVISOR")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

/// Two facts: a key that others can read, and the party that it stops.
const BUNDLE: &str = r#"{"counterfoil_bundle":1,"at":"2026-05-01T12:00:00Z","facts":2}
{"kind":"file","party":"gateway","source":"gateway/keys/tls.pem","at":"2026-05-01T12:00:00Z","seen":{"mode":420,"owner":0,"octets":227,"secret":true,"sha256":null}}
{"kind":"party","party":"gateway","source":"gateway","at":"2026-05-01T12:00:00Z","seen":{"role":"gateway","ca":null,"certified":true,"state":"stopped","reason":null,"sentence":null,"supervised":false}}
"#;

fn bundle(folder: &Path, text: &str) -> String {
    let file = folder.join("facts.jsonl");
    std::fs::write(&file, text).unwrap();
    file.display().to_string()
}

#[test]
fn a_bundle_gives_the_same_octets_each_time_and_names_cause_and_owner() {
    let folder = tempfile::tempdir().unwrap();
    let file = bundle(folder.path(), BUNDLE);
    let first = counterfoil(&["doctor", "--bundle", &file, "--json"]);
    assert_eq!(first.status.code(), Some(1), "{}", text(&first.stderr));
    assert_eq!(first.stdout, counterfoil(&["doctor", "--bundle", &file, "--json"]).stdout);
    let said: Value = serde_json::from_slice(&first.stdout).unwrap();
    let findings = said["findings"].as_array().unwrap();
    let told: Vec<_> = findings
        .iter()
        .map(|one| (one["fault"].as_str().unwrap(), one["owner"].as_str().unwrap()))
        .collect();
    assert_eq!(told[0], ("private-key-readable", "gateway"));
    assert_eq!(findings[1]["because_of"], "private-key-readable@gateway/keys/tls.pem");
    // What these facts say nothing about is not called fine.
    assert!(!said["could_not_look"].as_array().unwrap().is_empty());
}

#[test]
fn people_read_one_line_for_each_cause_and_its_evidence() {
    let folder = tempfile::tempdir().unwrap();
    let file = bundle(folder.path(), BUNDLE);
    let said = text(&counterfoil(&["doctor", "private-key-readable", "--bundle", &file]).stdout);
    let first = said.lines().next().unwrap();
    let expected = "urgent  gateway  private-key-readable  gateway/keys/tls.pem has mode 0644: \
                    others than its owner get at it";
    assert_eq!(first, expected, "{said}");
    assert!(said.contains("\n  evidence  mode = 0644  (gateway/keys/tls.pem)\n"), "{said}");
    assert!(said.contains("\n  repair    give gateway/keys/tls.pem the mode 0600\n"), "{said}");
}

#[test]
fn what_is_no_bundle_or_no_fault_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = bundle(folder.path(), "{}\n");
    for (arguments, expect) in [
        (vec!["doctor", "--bundle", file.as_str()], "error[bundle-malformed]: "),
        (vec!["doctor", "--bundle", "/nonexistent"], "error[file-missing]: "),
        (vec!["doctor", "party-dawn", "--bundle", &file], "error[fault-unknown]: "),
        (vec!["doctor"], "error[usage]: "),
        (vec!["explain", "party-dawn"], "error[fault-unknown]: "),
        (vec!["lab", "run", "no-such-thing"], "error[fault-unknown]: "),
        (vec!["lab", "heal", "--into", "/nonexistent"], "error[not-a-laboratory]: "),
    ] {
        let output = counterfoil(&arguments);
        let errors = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {errors}");
        assert!(errors.starts_with(expect), "{arguments:?}: {errors}");
        assert!(errors.contains("\n hint: "), "{errors}");
    }
    let hint = text(&counterfoil(&["explain", "party-dawn"]).stderr);
    assert!(hint.contains("party-down"), "{hint}");
}

#[test]
fn explain_prints_the_page_of_a_finding() {
    let output = counterfoil(&["explain", "party-down@gateway"]);
    let said = text(&output.stdout);
    assert!(output.status.success());
    assert!(said.starts_with("party-down (class operation)\n\nA party does not run.\n"), "{said}");
    assert!(said.contains("\n## How it is repaired\n"), "{said}");
    let list = text(&counterfoil(&["doctor", "--list"]).stdout);
    assert!(list.lines().any(|line| line.starts_with("party-down ")), "{list}");
}

/// The laboratory causes one fault of each sort; the doctor must find it, blame the right party,
/// repair it, and pay again.
#[test]
fn what_the_laboratory_breaks_is_found_repaired_and_paid_again() {
    for fault in ["private-key-readable", "bank-address-wrong", "party-down"] {
        let output = counterfoil(&["lab", "run", fault, "--json"]);
        let (said, errors) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{fault}: {said}\n{errors}");
        let said: Value = serde_json::from_str(&said).unwrap();
        let owner = &said["injected"][0]["owner"];
        assert_eq!(said["confirmed"], serde_json::json!([[fault, owner]]), "{said}");
        assert_eq!(said["proof"]["payment"], "passed", "{said}");
        assert_eq!(said["treatments"][0]["ended"], "proved", "{said}");
    }
}
