//! The shadow payment: a real purchase that proves a repair, voided at its end.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use counterfoil_ops::repair::Proof;
use counterfoil_secret::Secret;

use crate::stage::Stage;

/// What is bought, so that whoever reads the merchant's list knows it.
const DESCRIPTION: &str = "shadow payment of the doctor";

/// Purchases that are tried: links that were broken are tried anew by parties after a pause.
const TRIES_MAX: u32 = 4;
/// Pause between two tries.
const PAUSE_MS: u64 = 1_500;

/// Buys something for the smallest amount, and gives the payment back.
pub fn pay(data: &Path, passphrase: Option<Secret<String>>) -> Proof {
    let Some(passphrase) = passphrase else {
        let why = "the wallet's passphrase is not given (--passphrase-file FILE)".to_owned();
        return Proof::NotMade { why };
    };
    let stage = Stage { data, passphrase };
    let mut proof = buy(&stage);
    for _ in 1..TRIES_MAX {
        if !matches!(proof, Proof::Failed { .. }) {
            break;
        }
        std::thread::sleep(Duration::from_millis(PAUSE_MS));
        proof = buy(&stage);
    }
    proof
}

fn buy(stage: &Stage<'_>) -> Proof {
    let amount = format!("0.01 {}", currency(stage.data));
    let order = ["order", "create", "--description", DESCRIPTION, "--amount", &amount];
    let order = match stage.run(&order) {
        Ok(order) => order,
        Err(failure) => return Proof::Failed { why: failure.sentence },
    };
    let url = order["initiation_url"].as_str().unwrap_or_default().to_owned();
    match stage.run(&["pay", "--url", &url]) {
        Ok(paid) => {
            let xid = paid["xid"].as_str().unwrap_or_default();
            void(stage, &order["order"], format!("{amount}, purchase {xid}"))
        }
        Err(failure) if failure.id == "card-unknown" || failure.id.starts_with("vault") => {
            Proof::NotMade { why: failure.sentence }
        }
        Err(failure) => Proof::Failed { why: said(&failure.sentence) },
    }
}

/// The wallet's verdict in a failure that quotes its document.
fn said(sentence: &str) -> String {
    let document = sentence.find('{').and_then(|at| sentence.get(at..));
    let document: Option<Value> = document.and_then(|text| serde_json::from_str(text).ok());
    let message = document.as_ref().and_then(|said| said["verdict"]["message"].as_str());
    message.unwrap_or(sentence).to_owned()
}

/// Voids the order: what was made as a proof must cost nobody anything.
fn void(stage: &Stage<'_>, order: &Value, what: String) -> Proof {
    let number = order.as_str().unwrap_or_default();
    match stage.run(&["order", "void", number]) {
        Ok(_) => Proof::Passed { what: format!("{what}, voided") },
        Err(failure) if matches!(failure.id.as_str(), "nothing-to-void" | "capture-open") => {
            let why = "it stays paid, since the merchant captures every payment by itself";
            Proof::Passed { what: format!("{what}; {why}") }
        }
        Err(failure) => {
            let sentence = failure.sentence;
            let next = format!("`counterfoil order void {number}` tries again");
            Proof::Passed { what: format!("{what}; it was not voided: {sentence}; {next}") }
        }
    }
}

/// The first currency that the bank keeps accounts in.
fn currency(data: &Path) -> String {
    let settings = std::fs::read_to_string(data.join("bank/config.toml")).unwrap_or_default();
    let settings: toml::Table = settings.parse().unwrap_or_default();
    let first = settings.get("party").and_then(|party| party.get("currencies"));
    let first = first.and_then(|list| list.get(0)).and_then(toml::Value::as_str);
    first.unwrap_or("USD").to_owned()
}
