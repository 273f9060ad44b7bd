//! `counterfoil bench payment` measures what really happened, in a small run.

use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn bench(arguments: &[&str], folder: &std::path::Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_counterfoil"))
        .args(["bench", "payment"])
        .args(arguments)
        .env("TMPDIR", folder)
        .env_remove("COUNTERFOIL_PASSPHRASE")
        .env_remove("COUNTERFOIL_SUPERVISOR")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn bench_payment_tells_every_figure_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let output = bench(&["--payments", "6", "--at-once", "3", "--json"], folder.path());
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let figures: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(figures["payments"], 6);
    assert_eq!(figures["at_once"], 3);
    for name in [
        "payments_per_second",
        "p50_ms",
        "p99_ms",
        "gateway_cpu_ms_per_payment",
        "crypto_ms_per_payment",
        "crypto_share",
        "gateway_rss_mib",
        "gateway_inputs_per_commit",
        "gateway_disk_bytes_per_payment",
    ] {
        assert!(figures[name].as_f64().is_some_and(|value| value > 0.0), "{name}: {said}");
    }
    assert!(figures["p50_ms"].as_f64() <= figures["p99_ms"].as_f64(), "{said}");
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}

#[test]
fn bench_payment_refuses_numbers_out_of_range_before_it_makes_anything() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [["--payments", "0"], ["--payments", "100001"], ["--at-once", "129"]] {
        let output = bench(&arguments, folder.path());
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{errors}");
        assert!(errors.starts_with("error[number-out-of-range]: "), "{errors}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
