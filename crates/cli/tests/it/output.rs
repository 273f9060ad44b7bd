//! What a command does when nobody reads what it prints.

use std::process::{Command, Stdio};

#[test]
fn output_without_a_reader_ends_the_command_and_not_with_a_panic() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_counterfoil"))
        .args(["sim", "--seeds", "2", "--trace"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(141));
}
