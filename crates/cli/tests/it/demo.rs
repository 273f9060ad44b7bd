//! `counterfoil demo` from nothing to the end, as the README's command runs it.

use std::process::{Command, Stdio};

/// Lines of the demo, in their order: what they begin with once the indent is taken away.
const LINES: [&str; 19] = [
    "init ",
    "up ",
    "register merchant ",
    "register cardholder ",
    "order create ",
    "pay ",
    "order capture ",
    "evidence export ",
    "something breaks ",
    "doctor ",
    "urgent, for the gateway: gateway calls the bank at 127.0.0.1:",
    "doctor --repair ",
    "paid again: 0.01 USD, purchase ",
    "every process stopped",
    "PROVED: ",
    "PReq ",
    "AuthReq ",
    "merchant  no ",
    "The merchant never saw the card. The gateway and the bank never saw the order.",
];

#[test]
fn demo_buys_captures_proves_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_counterfoil"))
        .arg("demo")
        .env("TMPDIR", folder.path())
        .env_remove("COUNTERFOIL_PASSPHRASE")
        .env_remove("COUNTERFOIL_SUPERVISOR")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{errors}");
    assert_eq!(errors, "");
    let mut lines = said.lines().map(str::trim_start);
    for expected in LINES {
        let found = lines.any(|line| line.starts_with(expected));
        assert!(found, "no line begins with `{expected}`, or not in this order:\n{said}");
    }
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}

#[test]
fn demo_says_what_keeps_it_from_starting() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("precious"), "x").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_counterfoil"))
        .args(["demo", "--data"])
        .arg(folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    assert!(errors.starts_with("error[folder-not-empty]: "), "{errors}");
    assert!(errors.contains(" exists and is not empty\n hint: name another folder"), "{errors}");
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1);
}
