//! `support-bundle` and `incident` as commands, on a deployment that nobody has started.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn counterfoil(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_counterfoil"))
        .args(arguments)
        .env("COUNTERFOIL_PASSPHRASE", "correct horse battery")
        .env_remove("COUNTERFOIL_SUPERVISOR")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", text(&output.stdout), text(&output.stderr)))
}

/// A deployment with test cards, in a folder.
fn made(folder: &Path) -> String {
    let data = folder.join("d").display().to_string();
    let made = counterfoil(&["init", "--data", &data, "--with-test-cards", "--base-port", "28400"]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    data
}

/// Lines of base64 in the key files of every party, and the numbers of the test cards.
fn secrets(data: &Path) -> Vec<String> {
    let mut secrets = Vec::new();
    for party in std::fs::read_dir(data).unwrap() {
        let keys = party.unwrap().path().join("keys");
        let Ok(files) = std::fs::read_dir(keys) else { continue };
        for file in files {
            let pem = std::fs::read_to_string(file.unwrap().path()).unwrap();
            // What follows of a key of this suite is its public half, which certificates show.
            let lines = pem.lines().filter(|line| !line.starts_with("-----")).take(2);
            secrets.extend(lines.filter(|line| line.len() > 20).map(str::to_owned));
        }
    }
    let cards = std::fs::read_to_string(data.join("wallet/cards.toml")).unwrap();
    let digits = cards.split(|c: char| !c.is_ascii_digit()).filter(|word| word.len() >= 13);
    let numbers: Vec<String> = digits.map(str::to_owned).collect();
    assert!(!numbers.is_empty() && !secrets.is_empty(), "{cards}");
    secrets.extend(numbers);
    secrets
}

#[test]
fn a_bundle_holds_no_secret_is_signed_and_gives_the_same_answer_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let data = made(folder.path());
    let out = folder.path().join("facts.jsonl").display().to_string();
    let said = json(&counterfoil(&["support-bundle", "--data", &data, "--out", &out, "--json"]));
    assert!(said["facts"].as_u64().unwrap() > 50, "{said}");
    let bundle = std::fs::read_to_string(&out).unwrap();
    for secret in secrets(Path::new(&data)) {
        assert!(!bundle.contains(&secret), "{} characters of a secret leave", secret.len());
    }
    let first = counterfoil(&["doctor", "--bundle", &out, "--json"]);
    let again = counterfoil(&["doctor", "--bundle", &out, "--json"]);
    assert_eq!((first.status.code(), &first.stdout), (Some(1), &again.stdout));
    let people = text(&counterfoil(&["doctor", "--bundle", &out]).stdout);
    let signer = said["signed_by"]["subject"].as_str().unwrap();
    assert!(people.contains(&format!("signed by {signer}")), "{people}");
    openssl_agrees(folder.path(), &out);

    std::fs::write(&out, bundle.replace("gateway", "gatevay")).unwrap();
    let changed = counterfoil(&["doctor", "--bundle", &out]);
    assert_eq!(changed.status.code(), Some(2));
    assert!(text(&changed.stderr).contains("error[signature-broken]: "));
}

/// OpenSSL verifies the signature with the certificate that came along.
fn openssl_agrees(folder: &Path, out: &str) {
    let content = folder.join("content");
    let verified = Command::new("openssl")
        .args(["cms", "-verify", "-noverify", "-binary", "-inform", "PEM", "-in"])
        .arg(format!("{out}.p7s"))
        .args(["-content", out, "-out"])
        .arg(&content)
        .output();
    match verified {
        Ok(verified) => assert!(verified.status.success(), "{}", text(&verified.stderr)),
        Err(error) => {
            use std::io::Write as _;
            let mut shown = std::io::stderr();
            writeln!(shown, "SKIPPED: openssl is not here: {error}").unwrap();
        }
    }
}

#[test]
fn a_finding_opens_an_incident_that_is_noted_exported_and_closed() {
    let folder = tempfile::tempdir().unwrap();
    let data = made(folder.path());
    let list = |more: &[&str]| {
        json(&counterfoil(&[&["incident", "list", "--data", &data, "--json"], more].concat()))
    };
    assert_eq!(list(&[])["incidents"].as_array().unwrap().len(), 0);
    let look = || counterfoil(&["doctor", "party-down", "--data", &data, "--json"]);
    let findings = json(&look())["findings"].as_array().unwrap().len();
    look();
    let incidents = list(&[])["incidents"].as_array().unwrap().clone();
    assert_eq!(incidents.len(), findings, "one for each, however often it is seen");
    let gateway = incidents.iter().find(|one| one["owner"] == "gateway").unwrap();
    assert_eq!((gateway["state"].as_str(), gateway["seen"].as_u64()), (Some("open"), Some(2)));
    let id = gateway["id"].as_str().unwrap();
    let note = counterfoil(&["incident", "note", id, "power was off", "--data", &data, "--json"]);
    assert_eq!(json(&note)["history"][1]["text"], "power was off");

    let out = folder.path().join("share.json").display().to_string();
    let export = |party| {
        counterfoil(&["incident", "export", id, "--data", &data, "--party", party, "--out", &out])
    };
    assert!(export("gateway").status.success());
    assert!(std::fs::read_to_string(&out).unwrap().contains("power was off"));
    openssl_agrees(folder.path(), &out);
    assert!(text(&export("cca").stderr).contains("error[incident-foreign]: "));

    let closed = counterfoil(&["incident", "close", id, "--data", &data, "--json"]);
    assert_eq!(json(&closed)["state"], "closed");
    assert_eq!(list(&["--party", "gateway"])["incidents"].as_array().unwrap().len(), 0);
    assert_eq!(list(&["--party", "gateway", "--all"])["incidents"].as_array().unwrap().len(), 1);
    let unknown = counterfoil(&["incident", "show", "I-9999", "--data", &data]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("error[incident-unknown]: "));
}
