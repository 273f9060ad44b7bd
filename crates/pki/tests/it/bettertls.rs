//! Netflix's BetterTLS: 9,491 combinations of name constraints, 81 graphs of CA certificates with
//! one good path among bad ones.

use std::collections::BTreeMap;

use counterfoil_pki::{
    Certificate,
    purpose::{self, Question},
};
use jiff::SignedDuration;
use serde::Deserialize;

use crate::vectors::{base64, load};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Export {
    trust_root: String,
    suites: BTreeMap<String, Suite>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Suite {
    test_cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    id: u32,
    suite: String,
    certificates: Vec<String>,
    hostname: String,
    required_features: Vec<String>,
    expected: String,
    failure_is_warning: bool,
}

impl Case {
    /// What is wrong with the answer, if anything.
    fn complaint(&self, root: &Certificate) -> Option<String> {
        let Self { suite, id, expected, required_features, .. } = self;
        let read = |text: &String| Certificate::from_der(&base64(text));
        let certificates: Result<Vec<Certificate>, _> =
            self.certificates.iter().map(read).collect();
        let certificates = match certificates {
            Ok(certificates) => certificates,
            Err(_) if self.expected == "REJECT" => return None,
            Err(error) => return Some(format!("{suite} {id}: {expected} {error}")),
        };
        let (leaf, pool) = certificates.split_first().unwrap();
        // A path that must be refused because it has expired is asked about when it has.
        let expired = required_features.iter().any(|feature| feature == "INVALID_REASON_EXPIRED");
        let second = SignedDuration::from_secs(1);
        let late = expired && self.expected == "REJECT";
        let now = if late { leaf.not_after() + second } else { leaf.not_before() + second };
        // The certificates of the first suite are not made for TLS in other respects.
        let purpose = if suite == "pathbuilding" { "tls-server" } else { "any" };
        let answer = purpose::judge(&Question {
            leaf,
            pool,
            anchors: std::slice::from_ref(root),
            crls: &[],
            ocsp: &[],
            now,
            purpose: purpose::named(purpose).unwrap(),
            name: Some(&self.hostname.parse().unwrap()),
            depth_max: None,
        });
        if answer.is_ok() == (self.expected == "ACCEPT") {
            return None;
        }
        Some(format!("{suite} {id}: {expected} {required_features:?} {answer:?}"))
    }
}

#[test]
fn bettertls_gives_the_published_answers() {
    let Some(export) = load::<Export>("bettertls/bettertls.json") else { return };
    let root = Certificate::from_der(&base64(&export.trust_root)).unwrap();
    let cases: Vec<&Case> = export.suites.values().flat_map(|suite| &suite.test_cases).collect();
    // What may be answered either way is marked so by the suite.
    let hard = cases.iter().filter(|case| !case.failure_is_warning);
    let complaints: Vec<String> = hard.filter_map(|case| case.complaint(&root)).collect();
    let shown = complaints.iter().take(20).cloned().collect::<Vec<_>>().join("\n");
    assert_eq!(shown, "", "{} of {} differ", complaints.len(), cases.len());
}
