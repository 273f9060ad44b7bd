//! BoringSSL's revocation cases: one leaf, its issuer, one CRL.

use std::collections::BTreeMap;

use aws_lc_rs::signature::{RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, UnparsedPublicKey};
use counterfoil_pki::{
    Certificate, Crl,
    path::{
        CrlAge, PathInput, PathSettings, RevocationSettings, RevokedBy, Rule, SignatureCheck,
        SignatureRefusal, Signed, validate,
    },
};
use der::{Decode, asn1::BitStringRef};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::vectors::{base64, load};

#[derive(Deserialize)]
struct Suite {
    crl: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    expect: String,
    time: i64,
    max_age_s: i64,
    crl: String,
    cert: String,
    ca: String,
    ca2: Option<String>,
}

/// The suite's keys are RSA-1024, which the product refuses; SHA-256 only.
struct Legacy;

impl SignatureCheck for Legacy {
    fn check(&self, signed: &Signed<'_>) -> Result<(), SignatureRefusal> {
        // AlgorithmIdentifier { sha256WithRSAEncryption, NULL }
        let sha256 = hex::decode("300d06092a864886f70d01010b0500").unwrap();
        if signed.algorithm_der != sha256 {
            return Err(SignatureRefusal::Algorithm(hex::encode(signed.algorithm_der)));
        }
        let spki = spki::SubjectPublicKeyInfoRef::from_der(signed.signer.spki_der()).unwrap();
        let key: BitStringRef<'_> = spki.subject_public_key;
        UnparsedPublicKey::new(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, key.raw_bytes())
            .verify(signed.message, signed.signature)
            .map_err(|_| SignatureRefusal::Invalid)
    }
}

impl Case {
    fn run(&self) -> &'static str {
        let read = |text: &str| Certificate::from_der(&base64(text)).unwrap();
        let mut anchors = vec![read(&self.ca)];
        anchors.extend(self.ca2.as_deref().map(read));
        // A CRL that cannot be read is a CRL that is not there.
        let crls: Vec<Crl> = Crl::from_der(&base64(&self.crl)).ok().into_iter().collect();
        let age = CrlAge {
            max: Some(SignedDuration::from_secs(self.max_age_s)),
            next_update_optional: true,
        };
        let revocation = RevocationSettings { by: RevokedBy::Crls, age, indirect: false };
        let answer = validate(&PathInput {
            leaf: &read(&self.cert),
            pool: &[],
            anchors: &anchors,
            crls: &crls,
            now: Timestamp::from_second(self.time).unwrap(),
            settings: &PathSettings { revocation, ..Default::default() },
            signatures: &Legacy,
        });
        match answer.map_err(|error| error.rule) {
            Ok(_) => "GOOD",
            Err(Rule::Revoked) => "REVOKED",
            Err(Rule::RevocationUnknown) => "UNKNOWN",
            Err(other) => other.id(),
        }
    }
}

#[test]
fn the_revocation_suite_gives_the_published_answers() {
    let Some(suite) = load::<Suite>("revocation/boringssl-revocation.json") else { return };
    let wrong: BTreeMap<&str, (&str, &str)> = suite
        .crl
        .iter()
        .map(|case| (case.id.as_str(), (case.expect.as_str(), case.run())))
        .filter(|(_, (expect, got))| expect != got)
        .collect();
    assert_eq!(wrong, BTreeMap::new());
    assert_eq!(suite.crl.len(), 66);
}
