//! What the operations cost. Not a test of time: it prints, and is run by hand with
//! `cargo test -p counterfoil-crypto --test it cost -- --ignored --nocapture`.

use std::hint::black_box;
use std::time::Instant;

use counterfoil_crypto::Oid;
use counterfoil_crypto::cms::enveloped::{Recipient, open, open_with_key, seal, seal_with_key};
use counterfoil_crypto::cms::signed::{Expected, SignRequest, SignedData, Signer, sign};
use counterfoil_crypto::digest::{DetachedDigest, sha256};
use counterfoil_crypto::key::{KeyPair, KeyUse, RecipientKey};
use counterfoil_crypto::oid::content_type;
use counterfoil_crypto::provider::DETERMINISTIC;
use counterfoil_crypto::signature::VerifyingKey;
use counterfoil_crypto::suite::{SUITES, Suite};
use counterfoil_crypto::token::TokenKey;

use crate::certificate::TestCertificate;
use crate::keys::{pair, rng};

const TYPE: Oid = content_type(14);
const CONTENT: [u8; 1024] = [0x5a; 1024];
const BINDING: [u8; 32] = [7; 32];

#[expect(clippy::disallowed_methods, reason = "measuring time is what this is for")]
fn measure<T>(name: &str, rounds: u32, mut operation: impl FnMut() -> T) {
    for _ in 0..rounds / 10 {
        black_box(operation());
    }
    let start = Instant::now();
    for _ in 0..rounds {
        black_box(operation());
    }
    let micros = start.elapsed().as_secs_f64() * 1e6 / f64::from(rounds);
    println!("{name:48} {micros:10.2} µs");
}

fn bare_operations(suite: &'static Suite, rounds: u32) {
    let pair = pair(suite, KeyUse::Sign, 1);
    let key = pair.signing_key().unwrap();
    let public = VerifyingKey::from_spki(pair.spki_der()).unwrap();
    let signature = key.sign(&CONTENT, &mut rng(1)).unwrap();
    measure(&format!("{suite} sign 1 KiB"), rounds, || key.sign(&CONTENT, &mut rng(1)));
    measure(&format!("{suite} verify 1 KiB"), rounds, || {
        public.verify(suite.signature, &CONTENT, &signature)
    });
    measure(&format!("{suite} parse a public key to verify"), rounds, || {
        VerifyingKey::from_spki(pair.spki_der())
    });
}

fn signed_data(suite: &'static Suite, rounds: u32) {
    let pair = pair(suite, KeyUse::Sign, 1);
    let key = pair.signing_key().unwrap();
    let public = VerifyingKey::from_spki(pair.spki_der()).unwrap();
    let certificate = TestCertificate::named("merchant");
    let signers = [Signer { key: key.as_ref(), id: certificate.signer_id() }];
    let certificates: &[&[u8]] = &[&[0x30, 0]];
    let request = SignRequest {
        content_type: TYPE,
        content: &CONTENT,
        detached: false,
        signers: &signers,
        recipient: Some(BINDING),
        certificates,
        crls: &[],
    };
    let expected = Expected {
        content_type: TYPE,
        content: None,
        signer: certificate.signer_id(),
        recipient: Some(BINDING),
    };
    let info = sign(&request, &mut rng(1)).unwrap();
    measure(&format!("{suite} SignedData sign"), rounds, || sign(&request, &mut rng(1)));
    measure(&format!("{suite} SignedData parse"), rounds, || SignedData::parse(&info).unwrap());
    measure(&format!("{suite} SignedData parse and verify"), rounds, || {
        SignedData::parse(&info).unwrap().verify(0, &public, &expected).unwrap().len()
    });
}

fn enveloped(suite: &'static Suite, rounds: u32) {
    let pair = pair(suite, KeyUse::Exchange, 1);
    let key = pair.exchange_key().unwrap();
    let public = RecipientKey::from_spki(pair.spki_der()).unwrap();
    let certificate = TestCertificate::named("gateway");
    let recipient = Recipient { name: certificate.name(), key: &public };
    let mut random = rng(1);
    let info = seal(TYPE, &CONTENT, &recipient, &BINDING, &mut random).unwrap();
    measure(&format!("{suite} seal 1 KiB"), rounds, || {
        seal(TYPE, &CONTENT, &recipient, &BINDING, &mut random)
    });
    measure(&format!("{suite} open 1 KiB"), rounds, || {
        open(&info, key.as_ref(), TYPE, &BINDING).unwrap()
    });
    measure(&format!("{suite} parse a public key to seal for"), rounds, || {
        RecipientKey::from_spki(pair.spki_der())
    });
}

#[test]
#[ignore = "prints costs; run by hand"]
fn cost() {
    for (suite, rounds) in SUITES.iter().zip([2000, 100]) {
        bare_operations(suite, rounds);
        signed_data(suite, rounds);
        enveloped(suite, rounds);
    }
    let der = pair(SUITES[0], KeyUse::Sign, 1).to_pkcs8_der().clone();
    let pair = KeyPair::from_pkcs8_der(&DETERMINISTIC, KeyUse::Sign, der).unwrap();
    let key = pair.signing_key().unwrap();
    measure("p256 sign 1 KiB, RFC 6979", 500, || key.sign(&CONTENT, &mut rng(1)));
    let mut random = rng(1);
    let info = seal_with_key(TYPE, &CONTENT, &BINDING, &BINDING, &mut random).unwrap();
    measure("back key seal 1 KiB", 5000, || {
        seal_with_key(TYPE, &CONTENT, &BINDING, &BINDING, &mut random)
    });
    measure("back key open 1 KiB", 5000, || open_with_key(&info, &BINDING, TYPE, &BINDING));
    let key = TokenKey::generate(&mut random);
    let token = key.seal(TYPE, &CONTENT, &mut random).unwrap();
    measure("token seal 1 KiB", 5000, || key.seal(TYPE, &CONTENT, &mut random));
    measure("token open 1 KiB", 5000, || key.open(&token, TYPE));
    measure("SHA-256 1 KiB", 20000, || sha256(&CONTENT));
    measure("DetachedDigest 1 KiB", 20000, || DetachedDigest::of(TYPE, &CONTENT));
}
