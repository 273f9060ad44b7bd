//! Key pairs: making, storing, reading, signing.

use std::sync::OnceLock;

use counterfoil_crypto::CryptoError;
use counterfoil_crypto::key::{KeyPair, KeyUse};
use counterfoil_crypto::provider::{AWS_LC, DETERMINISTIC, Provider};
use counterfoil_crypto::signature::{VerifyingKey, key_id};
use counterfoil_crypto::suite::{P256, RSA3072, SUITES, Suite};
use counterfoil_secret::{Report, Secret};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use crate::openssl::OpenSsl;

pub(crate) fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// RSA keys take a while to make, so each use has one for all tests.
pub(crate) fn rsa_pair(key_use: KeyUse) -> KeyPair {
    static PAIRS: [OnceLock<KeyPair>; 2] = [const { OnceLock::new() }; 2];
    PAIRS[key_use as usize]
        .get_or_init(|| KeyPair::generate(&AWS_LC, &RSA3072, key_use, &mut rng(0)).unwrap())
        .clone()
}

pub(crate) fn pair(suite: &'static Suite, key_use: KeyUse, seed: u64) -> KeyPair {
    if suite == &RSA3072 {
        return rsa_pair(key_use);
    }
    KeyPair::generate(&AWS_LC, suite, key_use, &mut rng(seed)).unwrap()
}

#[test]
fn every_suite_and_provider_signs_what_verifies() {
    for suite in SUITES {
        for provider in [&AWS_LC, &DETERMINISTIC] {
            let der = pair(suite, KeyUse::Sign, 1).to_pkcs8_der().clone();
            let pair = KeyPair::from_pkcs8_der(provider, KeyUse::Sign, der).unwrap();
            let key = pair.signing_key().unwrap();
            assert_eq!(key.algorithm(), suite.signature);
            let signature = key.sign(b"message", &mut rng(2)).unwrap();
            let public = VerifyingKey::from_spki(key.spki_der()).unwrap();
            public.verify(suite.signature, b"message", &signature).unwrap();
            let other = public.verify(suite.signature, b"massage", &signature);
            assert_eq!(other, Err(CryptoError::SignatureInvalid));
        }
    }
}

#[test]
fn deterministic_provider_gives_the_same_bytes_twice() {
    let sign = |provider: &Provider, seed| {
        let pair = KeyPair::generate(provider, &P256, KeyUse::Sign, &mut rng(7)).unwrap();
        pair.signing_key().unwrap().sign(b"message", &mut rng(seed)).unwrap()
    };
    assert_eq!(sign(&DETERMINISTIC, 1), sign(&DETERMINISTIC, 2));
    assert_ne!(sign(&AWS_LC, 1), sign(&AWS_LC, 1));
}

#[test]
fn deterministic_provider_agrees_with_rfc_6979() {
    // Appendix A.2.5, SHA-256, message "sample".
    let mut pkcs8 = hex::decode(
        "3041 020100 3013 06072a8648ce3d0201 06082a8648ce3d030107 0427 3025 020101 0420"
            .replace(' ', ""),
    )
    .unwrap();
    pkcs8.extend(
        hex::decode("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721").unwrap(),
    );
    let pair = KeyPair::from_pkcs8_der(&DETERMINISTIC, KeyUse::Sign, Secret::new(pkcs8)).unwrap();
    let signature = pair.signing_key().unwrap().sign(b"sample", &mut rng(1)).unwrap();
    assert_eq!(
        hex::encode(signature),
        "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716\
         022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
    );
}

#[test]
fn p256_keys_come_from_the_given_randomness_alone() {
    let make = |seed| {
        let pair = KeyPair::generate(&AWS_LC, &P256, KeyUse::Exchange, &mut rng(seed)).unwrap();
        pair.spki_der().to_vec()
    };
    assert_eq!(make(3), make(3));
    assert_ne!(make(3), make(4));
}

#[test]
fn keys_go_through_pem_and_back() {
    for suite in SUITES {
        for key_use in [KeyUse::Sign, KeyUse::Exchange] {
            let pair = pair(suite, key_use, 5);
            let pem = pair.to_pkcs8_pem();
            let again = KeyPair::from_pkcs8_pem(&AWS_LC, key_use, &pem).unwrap();
            assert_eq!(again.spki_der(), pair.spki_der());
            assert_eq!(again.suite(), *suite);
            assert_eq!(again.key_use(), key_use);
            assert_eq!(again.key_id(), key_id(pair.spki_der()).unwrap());
        }
    }
}

#[test]
fn openssl_reads_our_keys_and_we_read_its_own() {
    let Some(openssl) = OpenSsl::find() else { return };
    for suite in SUITES {
        let pair = pair(suite, KeyUse::Sign, 6);
        openssl.write("ours.pem", pair.to_pkcs8_pem().expose());
        let spki = openssl.expect("pkey -in ours.pem -pubout -outform DER");
        assert_eq!(spki, pair.spki_der(), "{suite}");
        openssl.expect("pkey -in ours.pem -check -noout");
    }
    let ec = "-algorithm EC -pkeyopt ec_paramgen_curve:P-256";
    let rsa = "-algorithm RSA -pkeyopt rsa_keygen_bits:3072";
    for (arguments, suite) in [(ec, &P256), (rsa, &RSA3072)] {
        openssl.expect(&format!("genpkey {arguments} -out theirs.pem"));
        let pem = Secret::new(String::from_utf8(openssl.read("theirs.pem")).unwrap());
        for key_use in [KeyUse::Sign, KeyUse::Exchange] {
            let pair = KeyPair::from_pkcs8_pem(&AWS_LC, key_use, &pem).unwrap();
            let spki = openssl.expect("pkey -in theirs.pem -pubout -outform DER");
            assert_eq!(pair.spki_der(), spki);
            assert_eq!(pair.suite(), suite);
        }
    }
}

#[test]
fn refuses_keys_that_fit_no_suite() {
    let Some(openssl) = OpenSsl::find() else { return };
    let read = |command: &str| {
        openssl.expect(&format!("{command} -out key.pem"));
        let pem = Secret::new(String::from_utf8(openssl.read("key.pem")).unwrap());
        let error = KeyPair::from_pkcs8_pem(&AWS_LC, KeyUse::Sign, &pem).unwrap_err();
        format!("{}: {error}", error.id())
    };
    let check = |command: &str, text: &str| assert_eq!(read(command), text, "{command}");
    check(
        "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048",
        "key-unsuitable: a key for RSA-2048 cannot be used for suite rsa3072",
    );
    check(
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384",
        "key-unsuitable: a key for 1.3.132.0.34 cannot be used for any suite",
    );
    check(
        "genpkey -algorithm ED25519",
        "key-unsuitable: a key for 1.3.101.112 cannot be used for any suite",
    );
    check(
        "ecparam -name prime256v1 -genkey -noout",
        "key-malformed: the private key cannot be read: it is marked EC PRIVATE KEY, not \
         PRIVATE KEY",
    );
    check(
        "genpkey -algorithm ED25519 -aes256 -pass pass:secret",
        "key-malformed: the private key cannot be read: it is encrypted",
    );
}

#[test]
fn broken_key_files_are_errors_and_show_nothing_of_the_key() {
    let pem = pair(&P256, KeyUse::Sign, 8).to_pkcs8_pem();
    let text = pem.expose();
    for end in 0..text.len() - 1 {
        let cut = Secret::new(text[..end].to_string());
        assert!(KeyPair::from_pkcs8_pem(&AWS_LC, KeyUse::Sign, &cut).is_err(), "{end}");
    }
    let long = Secret::new(text.repeat(100));
    let error = KeyPair::from_pkcs8_pem(&AWS_LC, KeyUse::Sign, &long).unwrap_err();
    assert_eq!(error.id(), "limit-exceeded");
    let shown = format!("{:?}", pair(&P256, KeyUse::Sign, 8));
    assert_eq!(shown, "KeyPair(p256, Sign, [secret])");
}

#[test]
fn a_pair_serves_only_the_use_it_was_made_for() {
    let sign = pair(&P256, KeyUse::Sign, 9);
    assert_eq!(sign.exchange_key().unwrap_err().id(), "key-unsuitable");
    let exchange = pair(&P256, KeyUse::Exchange, 9);
    assert_eq!(exchange.signing_key().unwrap_err().id(), "key-unsuitable");
}

#[test]
fn suites_are_found_by_name_and_identifier() {
    for suite in SUITES {
        assert_eq!(Suite::by_name(suite.name).unwrap(), *suite);
        assert_eq!(Suite::by_oid(suite.oid).unwrap(), *suite);
    }
    assert_eq!(Suite::by_name("1997").unwrap_err().to_string(), "suite 1997 is not known");
}
