//! Evidence of real purchases: exported from the folders of merchant and wallet, judged with the
//! file and a root certificate alone.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::deployment::{Deployment, Ran};

const GOOD_CARD: &str = "card-1";
const POOR_CARD: &str = "card-3";

/// Judges a file in an empty folder with nothing but a root: no data folder is named.
fn judge(file: &Path, root: &Path) -> (Option<i32>, Value) {
    let elsewhere = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_counterfoil"))
        .args(["evidence", "verify", "--json", "--trust"])
        .args([root, file])
        .current_dir(elsewhere.path())
        .env_clear()
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let document = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{output:?}"));
    (output.status.code(), document)
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap()).collect()
}

/// Exports the evidence of a purchase from one party into a file of this name.
fn export(deployment: &Deployment, xid: &str, party: &str, more: &[&str]) -> (PathBuf, Ran) {
    let file = deployment.beside(&format!("{party}-{}{}.pem", &xid[..8], more.len()));
    let out = file.to_str().unwrap();
    let arguments = ["evidence", "export", xid, "--party", party, "--out", out, "--json"];
    (file.clone(), deployment.run(&[&arguments[..], more].concat()))
}

fn pay(deployment: &Deployment, description: &str, amount: &str, card: &str) -> (String, String) {
    let order = deployment.order(description, amount);
    let paid = deployment.pay(&order, card).document().unwrap();
    (order.number, paid["xid"].as_str().unwrap().to_owned())
}

#[test]
fn evidence_outlives_the_deployment() {
    let mut deployment = Deployment::start(|_| {}, &[GOOD_CARD, POOR_CARD]);
    let (order, xid) = pay(&deployment, "a first edition", "12.50 USD", GOOD_CARD);
    deployment.run(&["order", "capture", &order]).fine();
    let (_, declined) = pay(&deployment, "a signed copy", "80.00 USD", POOR_CARD);

    // While everything runs.
    let (early, ran) = export(&deployment, &xid, "merchant", &[]);
    ran.fine();
    deployment.stop();
    let (merchants, ran) = export(&deployment, &xid, "merchant", &["--with-order"]);
    assert_eq!(ran.json()["verification"]["outcome"], "captured", "{ran:#?}");
    let (wallets, ran) = export(&deployment, &xid, "wallet", &[]);
    assert_eq!(ran.json()["left_out"], Value::Array(Vec::new()), "{ran:#?}");
    let (of_declined, ran) = export(&deployment, &declined, "merchant", &[]);
    ran.fine();
    let root = deployment.beside("root.pem");
    std::fs::copy(deployment.data().join("merchant/trust/root.pem"), &root).unwrap();
    refuses_what_it_should(&deployment, &xid, &merchants);
    std::fs::remove_dir_all(deployment.data()).unwrap();

    let (status, found) = judge(&merchants, &root);
    assert_eq!((status, &found["verdict"]), (Some(0), &Value::from("proved")), "{found:#}");
    assert_eq!((&found["xid"], &found["outcome"]), (&xid.into(), &"captured".into()));
    let claims = ["offer", "order", "order-text", "answer", "authorization", "capture", "export"];
    assert_eq!(ids(&found["statements"]), claims);
    let always = ["person", "card", "delivery", "revoked-since"];
    assert_eq!(ids(&found["not_proved"]), [&["instruction"][..], &always].concat());
    let text = &found["statements"][2];
    assert_eq!((&text["order"], &text["amount"]), (&"a first edition".into(), &"12.50 USD".into()));
    assert_eq!(found["statements"][4]["amount"], "12.50 USD");

    let (status, found) = judge(&early, &root);
    assert_eq!((status, &found["outcome"]), (Some(0), &"captured".into()), "{found:#}");
    assert!(!std::fs::read(&early).unwrap().is_empty() && !found.to_string().contains("edition"));
    let (status, found) = judge(&wallets, &root);
    assert_eq!((status, &found["exported_by"]), (Some(0), &"wallet".into()), "{found:#}");
    let (status, found) = judge(&of_declined, &root);
    assert_eq!((status, &found["outcome"]), (Some(0), &"declined".into()), "{found:#}");
    is_not_fooled(&deployment, &merchants, &root);
}

/// What cannot be exported is an error with an id, and nothing is written.
fn refuses_what_it_should(deployment: &Deployment, xid: &str, taken: &Path) {
    let refused = |arguments: &[&str]| {
        let ran = deployment.run(&[&["evidence", "export"], arguments, &["--json"]].concat());
        assert_eq!(ran.status.code(), Some(2), "{ran:#?}");
        ran.document().unwrap()["error"]["id"].as_str().unwrap().to_owned()
    };
    let before = std::fs::read(taken).unwrap();
    assert_eq!(refused(&[xid, "--out", taken.to_str().unwrap()]), "file-exists");
    assert_eq!(std::fs::read(taken).unwrap(), before);
    assert_eq!(refused(&["12"]), "xid-malformed");
    assert_eq!(refused(&[&"0".repeat(40)]), "purchase-unknown");
    assert_eq!(refused(&[xid, "--party", "gateway"]), "party-without-evidence");
    assert_eq!(refused(&[xid, "--party", "nobody"]), "party-unknown");
    let ran = deployment.run(&["evidence", "export", xid]);
    ran.fine();
    assert!(ran.stdout.starts_with("-----BEGIN COUNTERFOIL EVIDENCE-----\n"), "{ran:#?}");
    assert!(ran.stderr.starts_with("PROVED: "), "{ran:#?}");
}

/// A changed file, another root, and files of other kinds.
fn is_not_fooled(deployment: &Deployment, file: &Path, root: &Path) {
    let whole = std::fs::read_to_string(file).unwrap();
    let changed = deployment.beside("changed.pem");
    let middle = whole.len() / 2;
    let other = if whole.as_bytes()[middle] == b'A' { "B" } else { "A" };
    std::fs::write(&changed, [&whole[..middle], other, &whole[middle + 1..]].concat()).unwrap();
    let (status, found) = judge(&changed, root);
    assert_eq!((status, &found["verdict"]), (Some(1), &"not_proved".into()), "{found:#}");
    assert_eq!(found["statements"], Value::Array(Vec::new()));

    let (status, found) = judge(root, root);
    assert_eq!((status, &found["error"]["id"]), (Some(2), &"not-evidence".into()));
    let (status, found) = judge(file, file);
    assert_eq!((status, &found["error"]["id"]), (Some(2), &"pki-pem".into()));
    let (status, found) = judge(&deployment.beside("gone.pem"), root);
    assert_eq!((status, &found["error"]["id"]), (Some(2), &"file-missing".into()));
}
