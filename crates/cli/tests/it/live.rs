//! A real purchase, captured as it happens and taken apart afterwards: what somebody on call does.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::cell::RefCell;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::deployment::{Deployment, poll, wait_for};

/// Stands in the order, and nowhere else by chance.
const MARK: &str = "silentbirchlantern";
const CARD: &str = "card-1";
/// Parties that accept connections on a payment's way.
const PARTIES: [&str; 3] = ["merchant", "gateway", "bank"];
/// The messages of a payment in their order, as a ladder shows them.
const STEPS: [&str; 12] = [
    "PInitReq",
    "PInitRes",
    "PReq",
    "AuthReq",
    "0100 authorization request",
    "0110 authorization request response",
    "AuthRes",
    "PRes",
    "CapReq",
    "0220 financial advice",
    "0230 financial advice response",
    "CapRes",
];

/// `tcpdump` on the loopback interface. It is stopped when this is dropped.
struct Capture {
    process: Child,
    file: PathBuf,
}

impl Capture {
    /// Captures what goes over these ports; says why not when that is impossible.
    fn start(folder: &Path, ports: &str) -> Result<Self, String> {
        let (file, complaint) = (folder.join("live.pcap"), folder.join("tcpdump.err"));
        let mut process = Command::new("tcpdump")
            .args(["-i", "lo", "-s", "0", "-U", "--immediate-mode", "-w", "-"])
            .arg(format!("tcp portrange {ports}"))
            .stdin(Stdio::null())
            .stdout(File::create(&file).unwrap())
            .stderr(File::create(&complaint).unwrap())
            .spawn()
            .map_err(|error| format!("tcpdump cannot be run: {error}"))?;
        let said = || std::fs::read_to_string(&complaint).unwrap();
        let mut has_ended = false;
        poll(|| {
            has_ended = process.try_wait().unwrap().is_some();
            has_ended || said().contains("listening on")
        });
        let capture = Self { process, file };
        if has_ended {
            Err(format!("tcpdump may not capture: {}", said().trim()))
        } else {
            Ok(capture)
        }
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Runs `dissect`; the exit status must be fine.
fn dissect(file: &Path, keys: &[PathBuf], arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_counterfoil"));
    command.arg("dissect").arg(file).args(arguments).stdin(Stdio::null());
    for key in keys {
        command.arg("--key").arg(key);
    }
    let output = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?} {}\n{stderr}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_purchase_is_captured_and_opened_from_end_to_end() {
    let started: RefCell<Option<Result<Capture, String>>> = RefCell::new(None);
    let prepare = |deployment: &Deployment| {
        for party in PARTIES {
            deployment.set(party, "node.tls_key_log", "tls.keys");
        }
        let port = |party, key: &str| -> u16 {
            let address = deployment.setting(party, key);
            address.rsplit(':').next().unwrap().parse().unwrap()
        };
        let ports =
            [port("bank", "node.bank_listener.listen"), port("merchant", "node.set.listen")];
        let range = format!("{}-{}", ports[0], ports[1]);
        // A deployment that is made anew has other ports.
        started.replace(None);
        started.replace(Some(Capture::start(&deployment.beside(""), &range)));
    };
    let deployment = Deployment::start(prepare, &[CARD]);
    let capture = match started.into_inner().unwrap() {
        Ok(capture) => capture,
        Err(why) => {
            writeln!(std::io::stderr(), "SKIPPED: no live purchase is captured: {why}").unwrap();
            return;
        }
    };
    let order = deployment.order(&format!("{MARK}: two mugs"), "24.90 USD");
    let paid = deployment.pay(&order, CARD).json();
    let xid = paid["xid"].as_str().unwrap();
    deployment.run(&["order", "capture", &order.number, "--json"]).fine();

    let key = |party: &str, file: &str| deployment.data().join(party).join(file);
    let logs: Vec<PathBuf> = PARTIES.iter().map(|party| key(party, "tls.keys")).collect();
    let gateway = [&logs[..], &[key("gateway", "keys/exchange.pem")]].concat();
    // The capture is read while it is being written.
    wait_for("the whole payment in the capture", || {
        let ladder = dissect_some(&capture.file, &logs, &xid[..8]);
        ladder.contains("CapRes")
    });
    ladder_is_whole(&dissect(&capture.file, &logs, &["--follow", &xid[..8]]));
    opens_what_keys_open(&capture.file, xid, &logs, &gateway);
    let shown = [
        dissect(&capture.file, &[], &["-v"]),
        dissect(&capture.file, &logs, &["-v"]),
        dissect(&capture.file, &gateway, &["-v"]),
        dissect(&capture.file, &gateway, &["--json"]),
    ];
    for shown in &shown {
        hides_secrets(&deployment, shown);
    }
}

/// The same, when the payment may not be in the capture yet.
fn dissect_some(file: &Path, keys: &[PathBuf], xid: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_counterfoil"));
    command.arg("dissect").arg(file).args(["--follow", xid]).stdin(Stdio::null());
    for key in keys {
        command.arg("--key").arg(key);
    }
    String::from_utf8_lossy(&command.output().unwrap().stdout).into_owned()
}

fn ladder_is_whole(ladder: &str) {
    let mut rest = ladder;
    for step in STEPS {
        let at =
            rest.find(&format!(" {step} ")).unwrap_or_else(|| panic!("no {step} in\n{ladder}"));
        rest = &rest[at + step.len()..];
    }
    assert!(ladder.contains("24.90 USD, 00 approved") && ladder.contains("authorizationPerformed"));
    // A healthy payment is not accused of anything.
    assert!(ladder.contains("0 errors, 0 warnings"), "{ladder}");
}

fn opens_what_keys_open(file: &Path, xid: &str, logs: &[PathBuf], gateway: &[PathBuf]) {
    let closed = dissect(file, &[], &[]);
    assert!(closed.contains("server_hello: TLS 1.3") && closed.contains("records encrypted"));
    assert!(!closed.contains("PReq") && !closed.contains("0100"), "{closed}");

    let with_logs = dissect(file, logs, &["-v"]);
    assert!(with_logs.contains("tls/http/set") && with_logs.contains("tls/iso8583"));
    // TLS is open, SET's own envelope for the gateway is not.
    assert!(!with_logs.contains("authReqAmt"), "{with_logs}");
    let with_gateway = dissect(file, gateway, &["-v"]);
    for field in ["authReqAmt: 24.90 USD", "hod2: ", "certThumbs: ", "opened: with "] {
        assert!(with_gateway.contains(field), "{field} is not in\n{with_gateway}");
    }

    let lines = dissect(file, gateway, &["--json"]);
    let messages: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of_payment = |name: &str| {
        messages
            .iter()
            .find(|message| message["ids"]["xid"] == xid && message["set"]["message"] == name)
    };
    for name in ["PReq", "AuthReq", "AuthRes", "PRes", "CapReq", "CapRes"] {
        let message = of_payment(name).unwrap_or_else(|| panic!("no {name} in\n{lines}"));
        assert_eq!(message["layers"], serde_json::json!(["tls", "http", "set"]), "{message}");
    }
    assert_eq!(of_payment("AuthReq").unwrap()["status"], 200);
    assert_eq!(of_payment("AuthReq").unwrap()["set"]["amount"], "24.90 USD");
}

/// Neither the card, nor the order's text, nor a key is in what is shown.
fn hides_secrets(deployment: &Deployment, shown: &str) {
    let cards = std::fs::read_to_string(deployment.data().join("wallet/cards.toml")).unwrap();
    let cards: toml::Table = cards.parse().unwrap();
    let keys = std::fs::read_to_string(deployment.data().join("gateway/tls.keys")).unwrap();
    let mut secrets = vec![MARK.to_owned()];
    secrets.extend(keys.lines().filter_map(|line| line.split(' ').nth(2).map(str::to_owned)));
    for card in cards["card"].as_array().unwrap() {
        secrets.push(card["number"].as_str().unwrap().to_owned());
    }
    assert!(secrets.len() > 5, "{}", secrets.len());
    for secret in secrets {
        assert!(!shown.contains(&secret), "{secret} is shown");
    }
}
