//! BoringSSL's revocation cases: one leaf, its issuer, one CRL or one OCSP response.

use std::collections::BTreeMap;

use counterfoil_pki::{
    Certificate, Crl, OcspResponse,
    path::{
        CrlAge, PathInput, PathSettings, RevocationSettings, RevokedBy, Rule, WeakAlgorithms,
        validate,
    },
};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::vectors::{base64, load};

#[derive(Deserialize)]
struct Suite {
    crl: Vec<CrlCase>,
    ocsp: Vec<OcspCase>,
}

#[derive(Deserialize)]
struct CrlCase {
    id: String,
    expect: String,
    time: i64,
    max_age_s: i64,
    crl: String,
    cert: String,
    ca: String,
    ca2: Option<String>,
}

#[derive(Deserialize)]
struct OcspCase {
    id: String,
    expect: String,
    time: i64,
    max_age_s: i64,
    response: String,
    cert: String,
    ca: String,
}

fn certificate(text: &str) -> Certificate {
    Certificate::from_der(&base64(text)).unwrap()
}

/// How the suite asks: with the age that it gives, or as `cert verify` asks: without.
#[derive(Clone, Copy)]
enum Asked {
    AsTheSuite,
    AsTheCommand,
}

impl Asked {
    fn settings(self, max_age_s: i64) -> PathSettings {
        let (max, indirect) = match self {
            Self::AsTheSuite => (Some(SignedDuration::from_secs(max_age_s)), false),
            Self::AsTheCommand => (None, true),
        };
        let age = CrlAge { max, next_update_optional: true };
        let by = RevokedBy::Crls;
        let revocation = RevocationSettings { by, age, indirect, ..Default::default() };
        PathSettings { revocation, ..Default::default() }
    }
}

/// The suite's keys are RSA-1024, its OCSP responses are signed with SHA-1.
fn answer(
    leaf: &Certificate,
    anchors: &[Certificate],
    (crls, ocsp): (&[Crl], &[OcspResponse]),
    time: i64,
    settings: &PathSettings,
) -> &'static str {
    let answer = validate(&PathInput {
        leaf,
        pool: &[],
        anchors,
        crls,
        ocsp,
        now: Timestamp::from_second(time).unwrap(),
        settings,
        signatures: &WeakAlgorithms::default(),
    });
    match answer.map_err(|error| error.rule) {
        Ok(_) => "GOOD",
        Err(Rule::Revoked) => "REVOKED",
        Err(Rule::RevocationUnknown) => "UNKNOWN",
        Err(other) => other.id(),
    }
}

impl CrlCase {
    fn run(&self, asked: Asked) -> &'static str {
        let mut anchors = vec![certificate(&self.ca)];
        anchors.extend(self.ca2.as_deref().map(certificate));
        // A CRL that cannot be read is a CRL that is not there.
        let crls: Vec<Crl> = Crl::from_der(&base64(&self.crl)).ok().into_iter().collect();
        let settings = asked.settings(self.max_age_s);
        answer(&certificate(&self.cert), &anchors, (&crls, &[]), self.time, &settings)
    }
}

impl OcspCase {
    fn run(&self, asked: Asked) -> &'static str {
        let response = OcspResponse::from_der(&base64(&self.response));
        let responses: Vec<OcspResponse> = response.ok().into_iter().collect();
        let settings = asked.settings(self.max_age_s);
        let anchors = [certificate(&self.ca)];
        answer(&certificate(&self.cert), &anchors, (&[], &responses), self.time, &settings)
    }
}

/// Where RFC 5280 says another thing than the suite, whose library has no indirect CRLs and whose
/// caller refuses what is older than a week: `cert verify` follows RFC 5280.
const AS_RFC_5280: [&str; 3] =
    ["bad_crldp_has_crlissuer", "bad_idp_indirectcrl", "bad_thisupdate_too_old"];

#[test]
fn the_crl_suite_gives_the_published_answers() {
    let Some(suite) = load::<Suite>("revocation/boringssl-revocation.json") else { return };
    for asked in [Asked::AsTheSuite, Asked::AsTheCommand] {
        let wrong: BTreeMap<&str, (&str, &str)> = suite
            .crl
            .iter()
            .map(|case| (case.id.as_str(), (case.expect.as_str(), case.run(asked))))
            .filter(|(_, (expect, got))| expect != got)
            .collect();
        match asked {
            Asked::AsTheSuite => assert_eq!(wrong, BTreeMap::new()),
            Asked::AsTheCommand => {
                assert!(wrong.keys().copied().eq(AS_RFC_5280), "{wrong:?}");
            }
        }
    }
    assert_eq!(suite.crl.len(), 66);
}

#[test]
fn the_ocsp_suite_gives_the_published_answers() {
    let Some(suite) = load::<Suite>("revocation/boringssl-revocation.json") else { return };
    for asked in [Asked::AsTheSuite, Asked::AsTheCommand] {
        let wrong: BTreeMap<&str, (&str, &str)> = suite
            .ocsp
            .iter()
            .map(|case| (case.id.as_str(), (case.expect.as_str(), case.run(asked))))
            .filter(|(_, (expect, got))| expect != got)
            .collect();
        assert_eq!(wrong, BTreeMap::new());
    }
    assert_eq!(suite.ocsp.len(), 36);
}
