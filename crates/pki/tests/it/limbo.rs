//! C2SP's x509-limbo: TLS server and client certificates, with the answer that each must get.

use std::collections::BTreeMap;

use counterfoil_pki::{
    Certificate, Crl, PkiError,
    host::HostName,
    path::PathError,
    purpose::{self, Question},
};
use jiff::Timestamp;
use serde::Deserialize;

use crate::vectors::load;

/// Cases with another answer, one `id reason` in each line. The list only shrinks.
const UNCOVERED: &str = include_str!("limbo_uncovered.txt");

/// The time at which cases without one were made to be valid.
const SOME_TIME: &str = "2026-06-01T00:00:00Z";

#[derive(Deserialize)]
struct Limbo {
    testcases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    validation_kind: String,
    trusted_certs: Vec<String>,
    untrusted_intermediates: Vec<String>,
    peer_certificate: String,
    validation_time: Option<String>,
    expected_result: String,
    expected_peer_name: Option<PeerName>,
    max_chain_depth: Option<usize>,
    #[serde(default)]
    crls: Vec<String>,
}

#[derive(Deserialize)]
struct PeerName {
    kind: String,
    value: String,
}

#[derive(Debug)]
#[allow(dead_code, reason = "shown when a case fails")]
enum Refused {
    Unreadable(PkiError),
    Path(PathError),
}

impl Case {
    fn run(&self) -> Result<(), Refused> {
        let read = |texts: &[String]| -> Result<Vec<Certificate>, Refused> {
            let all: Result<Vec<_>, _> =
                texts.iter().map(|text| Certificate::from_pem_all(text)).collect();
            Ok(all.map_err(Refused::Unreadable)?.concat())
        };
        let leaf = read(std::slice::from_ref(&self.peer_certificate))?;
        let pool = read(&self.untrusted_intermediates)?;
        let anchors = read(&self.trusted_certs)?;
        let crls: Result<Vec<_>, _> = self.crls.iter().map(|t| Crl::from_pem_all(t)).collect();
        let crls = crls.map_err(Refused::Unreadable)?.concat();
        let name = self.expected_peer_name.as_ref().filter(|name| name.kind != "RFC822");
        let name: Option<HostName> =
            name.map(|name| name.value.parse()).transpose().map_err(Refused::Unreadable)?;
        let purpose = if self.validation_kind == "CLIENT" { "tls-client" } else { "tls-server" };
        let time = self.validation_time.as_deref().unwrap_or(SOME_TIME);
        let answer = purpose::judge(&Question {
            leaf: &leaf[0],
            pool: &pool,
            anchors: &anchors,
            crls: &crls,
            ocsp: &[],
            now: time.parse::<Timestamp>().unwrap(),
            purpose: purpose::named(purpose).unwrap(),
            name: name.as_ref(),
            depth_max: self.max_chain_depth,
        });
        answer.map(|_| ()).map_err(Refused::Path)
    }
}

#[test]
fn limbo_gives_the_published_answers() {
    let Some(limbo) = load::<Limbo>("limbo/limbo.json") else { return };
    let uncovered: BTreeMap<&str, &str> =
        UNCOVERED.lines().filter_map(|line| line.split_once(' ')).collect();
    let mut complaints = Vec::new();
    let mut passed = 0;
    for case in &limbo.testcases {
        let answer = case.run();
        let right = answer.is_ok() == (case.expected_result == "SUCCESS");
        match (right, uncovered.contains_key(case.id.as_str())) {
            (true, false) => passed += 1,
            (false, true) => {}
            (false, false) => complaints.push(format!("{}: {answer:?}", case.id)),
            (true, true) => complaints.push(format!("{} passes: take it off the list", case.id)),
        }
    }
    assert_eq!(complaints.join("\n"), "", "{passed} of {} passed", limbo.testcases.len());
}
