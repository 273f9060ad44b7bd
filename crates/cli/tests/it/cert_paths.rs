//! `cert verify` and `cert watch` on a new deployment.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn run(folder: &Path, arguments: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_counterfoil"))
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

fn deployment() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let made = run(folder.path(), "init --data d --with-test-cards --base-port 11500");
    assert!(made.status.success(), "{}", text(&made.stderr));
    folder
}

#[test]
fn watch_finds_nothing_wrong_with_a_new_deployment_and_says_what_ends() {
    let folder = deployment();
    let output = run(folder.path(), "cert watch --data d --offline --json");
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let remarks = said["remarks"].as_array().unwrap();
    let bad: Vec<_> = remarks.iter().filter(|remark| remark["severity"] != "notice").collect();
    assert!(bad.is_empty(), "{bad:#?}");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(!said["watched"].as_array().unwrap().is_empty());
    assert!(!said["stops"].as_array().unwrap().is_empty());
}

#[test]
fn watch_calls_a_missing_certificate_unseen_and_never_fine() {
    let folder = deployment();
    std::fs::write(folder.path().join("d/gateway/certs/exchange.pem"), "nothing").unwrap();
    let output = run(folder.path(), "cert watch --data d --offline");
    assert_ne!(output.status.code(), Some(0), "{}", text(&output.stdout));
    assert!(
        text(&output.stdout).contains("gateway/certs/exchange.pem"),
        "{}",
        text(&output.stdout)
    );
}

#[test]
fn verify_accepts_a_gateway_for_its_purpose_and_names_the_rule_against_another() {
    let folder = deployment();
    let verify = |purpose: &str| {
        let crls = ["root-ca", "brand-ca", "cca", "mca", "pca"]
            .map(|ca| format!("--crl d/gateway/crls/{ca}.pem"))
            .join(" ");
        let leaf = "d/gateway/certs/signature.pem";
        let trust = "--trust d/gateway/trust/root.pem";
        run(folder.path(), &format!("cert verify {trust} {crls} --purpose {purpose} {leaf}"))
    };
    let output = verify("set-gateway");
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    assert!(text(&output.stdout).starts_with("valid"), "{}", text(&output.stdout));
    let output = verify("set-merchant");
    assert_eq!(output.status.code(), Some(1), "{}{}", text(&output.stdout), text(&output.stderr));
    assert!(text(&output.stdout).starts_with("not valid"), "{}", text(&output.stdout));
}
