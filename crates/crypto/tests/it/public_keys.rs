//! Public keys that are read, and those that are refused by name.

use counterfoil_crypto::CryptoError;
use counterfoil_crypto::key::{KeyUse, RecipientKey};
use counterfoil_crypto::signature::{KeyKind, SignatureAlgorithm, VerifyingKey};
use counterfoil_crypto::suite::P256;
use counterfoil_secret::Report;

use crate::keys::pair;
use crate::openssl::OpenSsl;

fn spki(openssl: &OpenSsl, arguments: &str) -> Vec<u8> {
    openssl.expect(&format!("genpkey {arguments} -out key.pem"));
    openssl.expect("pkey -in key.pem -pubout -outform DER")
}

#[test]
fn reads_every_kind_that_certificates_may_have() {
    let Some(openssl) = OpenSsl::find() else { return };
    let check = |arguments: &str, kind: KeyKind| {
        let key = VerifyingKey::from_spki(&spki(&openssl, arguments)).unwrap();
        assert_eq!(key.kind(), kind);
        assert_eq!(format!("{key:?}"), format!("VerifyingKey({kind})"));
    };
    check("-algorithm EC -pkeyopt ec_paramgen_curve:P-256", KeyKind::P256);
    check("-algorithm EC -pkeyopt ec_paramgen_curve:P-384", KeyKind::P384);
    check("-algorithm RSA -pkeyopt rsa_keygen_bits:2048", KeyKind::Rsa { bits: 2048 });
    check("-algorithm ED25519", KeyKind::Ed25519);
}

#[test]
fn refuses_weak_and_unknown_keys_by_name() {
    let Some(openssl) = OpenSsl::find() else { return };
    let check = |arguments: &str, text: &str| {
        let error = VerifyingKey::from_spki(&spki(&openssl, arguments)).unwrap_err();
        assert_eq!(format!("{}: {error}", error.id()), text);
    };
    check(
        "-algorithm RSA -pkeyopt rsa_keygen_bits:1024",
        "algorithm-refused: RSA with 1024 bits is no longer accepted",
    );
    check(
        "-algorithm EC -pkeyopt ec_paramgen_curve:secp256k1",
        "algorithm-unknown: algorithm 1.3.132.0.10 is not supported",
    );
    check(
        "-algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit",
        "key-malformed: the public key cannot be read: the elliptic curve is not a named one",
    );
    check("-algorithm X25519", "algorithm-unknown: algorithm 1.3.101.110 is not supported");
}

#[test]
fn a_key_that_signs_only_is_none_to_seal_for() {
    let Some(openssl) = OpenSsl::find() else { return };
    let ed25519 = spki(&openssl, "-algorithm ED25519");
    let error = RecipientKey::from_spki(&ed25519).unwrap_err();
    assert_eq!(error.to_string(), "a key for Ed25519 cannot be used for key exchange");
    let small = spki(&openssl, "-algorithm RSA -pkeyopt rsa_keygen_bits:2048");
    assert_eq!(RecipientKey::from_spki(&small).unwrap_err().id(), "key-unsuitable");
}

#[test]
fn an_algorithm_of_another_kind_of_key_is_a_mismatch() {
    let key = VerifyingKey::from_spki(pair(&P256, KeyUse::Sign, 1).spki_der()).unwrap();
    let error = key.verify(SignatureAlgorithm::RsaPkcs1Sha256, b"", b"").unwrap_err();
    assert_eq!(error.to_string(), "sha256WithRSAEncryption does not go with a P-256 key");
}

#[test]
fn points_off_the_curve_and_cut_keys_are_refused() {
    let good = pair(&P256, KeyUse::Sign, 1).spki_der().to_vec();
    for place in 27..good.len() {
        let mut off = good.clone();
        off[place] ^= 1;
        let error = VerifyingKey::from_spki(&off).unwrap_err();
        assert!(matches!(error, CryptoError::KeyMalformed { .. }), "octet {place}");
    }
    for end in 0..good.len() {
        assert!(VerifyingKey::from_spki(&good[..end]).is_err());
    }
    let long = VerifyingKey::from_spki(&[0; 4000]).unwrap_err();
    assert_eq!(long.id(), "limit-exceeded");
}
