//! Verifying signatures: of SET 2's own suites, and of the certificates around them.
//!
//! Certificates may be signed with more than what the suites use; [`algorithm`] lists it all.
//! What 1997 used (MD5, SHA-1, DSA, RSA below 2048 bits) is recognised, refused and named.

pub mod algorithm;
mod legacy;
pub mod weak;

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::signature::{
    self as aws, ParsedPublicKey, RsaParameters, UnparsedPublicKey, VerificationAlgorithm,
};
use der::Decode;
use spki::SubjectPublicKeyInfoRef;

pub use self::algorithm::SignatureAlgorithm;
use crate::digest::sha256;
use crate::error::CryptoError;
use crate::oid::Oid;

/// Fewest bits of an RSA modulus that is accepted (NIST SP 800-131A).
pub const RSA_BITS_MIN: u32 = 2048;
/// Most bits of an RSA modulus; larger ones cost more time than they are worth.
pub const RSA_BITS_MAX: u32 = 8192;
/// Most octets of a SubjectPublicKeyInfo.
pub const SPKI_BYTES_MAX: usize = 2048;
/// Length of a key identifier.
pub const KEY_ID_BYTES: usize = 20;

/// The first 20 octets of SHA-256 over the octets of the subjectPublicKey (RFC 7093 section 2,
/// method 1). Names a key that has no certificate yet.
pub type KeyId = [u8; KEY_ID_BYTES];

/// What kind of public key a SubjectPublicKeyInfo holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyKind {
    /// Elliptic curve P-256 (FIPS 186-5), for ECDSA or ECDH.
    P256,
    /// Elliptic curve P-384 (FIPS 186-5).
    P384,
    /// RSA with a modulus of so many bits.
    Rsa {
        /// Length of the modulus.
        bits: u32,
    },
    /// Ed25519 (RFC 8032).
    Ed25519,
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::P256 => f.write_str("P-256"),
            Self::P384 => f.write_str("P-384"),
            Self::Rsa { bits } => write!(f, "RSA-{bits}"),
            Self::Ed25519 => f.write_str("Ed25519"),
        }
    }
}

/// A public key, parsed and checked once. Cheap to clone; keep it next to the certificate.
#[derive(Clone)]
pub struct VerifyingKey(Arc<Inner>);

struct Inner {
    kind: KeyKind,
    spki: Box<[u8]>,
    key_id: KeyId,
    /// Point, RSAPublicKey or raw key: what the library wants for algorithms without a parsed key.
    octets: Box<[u8]>,
    /// Parsed for the algorithm that the kind is nearly always used with.
    usual: (SignatureAlgorithm, ParsedPublicKey),
}

impl VerifyingKey {
    /// Reads a DER SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7) and checks the key in it.
    ///
    /// # Errors
    /// [`CryptoError::KeyMalformed`] when it is not one, [`CryptoError::AlgorithmRefused`] for
    /// keys that are too weak, [`CryptoError::AlgorithmUnknown`] for other kinds.
    pub fn from_spki(spki_der: &[u8]) -> Result<Self, CryptoError> {
        let (kind, octets) = read_spki(spki_der)?;
        let usual = match kind {
            KeyKind::P256 => SignatureAlgorithm::EcdsaSha256,
            KeyKind::P384 => SignatureAlgorithm::EcdsaSha384,
            KeyKind::Rsa { .. } => SignatureAlgorithm::RsaPkcs1Sha256,
            KeyKind::Ed25519 => SignatureAlgorithm::Ed25519,
        };
        let parsed = ParsedPublicKey::new(library_algorithm(kind, usual)?, octets)
            .map_err(|_| malformed("the key is not valid for its algorithm"))?;
        let key_id = key_id_of(octets);
        Ok(Self(Arc::new(Inner {
            kind,
            spki: spki_der.into(),
            key_id,
            octets: octets.into(),
            usual: (usual, parsed),
        })))
    }

    /// Verifies `signature` over `message`.
    ///
    /// # Errors
    /// [`CryptoError::SignatureInvalid`], or [`CryptoError::AlgorithmMismatch`] when `algorithm`
    /// does not go with this kind of key.
    pub fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        let (usual, parsed) = &self.0.usual;
        let verdict = if algorithm == *usual {
            parsed.verify_sig(message, signature)
        } else {
            let library = library_algorithm(self.0.kind, algorithm)?;
            UnparsedPublicKey::new(library, &self.0.octets).verify(message, signature)
        };
        verdict.map_err(|_| CryptoError::SignatureInvalid)
    }

    /// The kind of the key.
    pub fn kind(&self) -> KeyKind {
        self.0.kind
    }

    /// The SubjectPublicKeyInfo as it was given.
    pub fn spki_der(&self) -> &[u8] {
        &self.0.spki
    }

    /// The identifier that names this key where there is no certificate.
    pub fn key_id(&self) -> KeyId {
        self.0.key_id
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", self.0.kind)
    }
}

/// Verifies one signature with a key that is used only this once; see [`VerifyingKey::verify`].
///
/// # Errors
/// Those of [`VerifyingKey::from_spki`] and [`VerifyingKey::verify`].
pub fn verify(
    spki_der: &[u8],
    algorithm: SignatureAlgorithm,
    message: &[u8],
    signature: &[u8],
) -> Result<(), CryptoError> {
    VerifyingKey::from_spki(spki_der)?.verify(algorithm, message, signature)
}

/// The [`KeyId`] of the key in a DER SubjectPublicKeyInfo.
///
/// # Errors
/// [`CryptoError::KeyMalformed`] when it is not one.
pub fn key_id(spki_der: &[u8]) -> Result<KeyId, CryptoError> {
    let spki = parse_spki(spki_der)?;
    Ok(key_id_of(key_octets(&spki)?))
}

/// Kind and key octets of a DER SubjectPublicKeyInfo, refusing what is weak or unknown.
pub(crate) fn read_spki(spki_der: &[u8]) -> Result<(KeyKind, &[u8]), CryptoError> {
    let spki = parse_spki(spki_der)?;
    let octets = key_octets(&spki)?;
    let algorithm = Oid::from_const(spki.algorithm.oid);
    let kind = match algorithm {
        algorithm::EC_PUBLIC_KEY => curve_of(&spki)?,
        algorithm::RSA_ENCRYPTION => rsa_kind(octets)?,
        algorithm::ED25519 => KeyKind::Ed25519,
        other => return Err(legacy::refusal(other)),
    };
    let uncompressed = match kind {
        KeyKind::P256 => octets.len() == 65 && octets[0] == 4,
        KeyKind::P384 => octets.len() == 97 && octets[0] == 4,
        KeyKind::Rsa { .. } | KeyKind::Ed25519 => true,
    };
    if !uncompressed {
        return Err(malformed("the point is not in uncompressed form"));
    }
    Ok((kind, octets))
}

/// The error for a digest algorithm other than SHA-256, given as AlgorithmIdentifier.
pub(crate) fn digest_refusal(identifier: &[u8]) -> CryptoError {
    match algorithm::split(identifier) {
        Ok((oid, _)) => legacy::refusal(oid),
        Err(error) => error,
    }
}

fn parse_spki(spki_der: &[u8]) -> Result<SubjectPublicKeyInfoRef<'_>, CryptoError> {
    if spki_der.len() > SPKI_BYTES_MAX {
        return Err(CryptoError::LimitExceeded {
            structure: "SubjectPublicKeyInfo",
            limit: SPKI_BYTES_MAX,
            unit: "octets",
        });
    }
    SubjectPublicKeyInfoRef::from_der(spki_der).map_err(malformed)
}

fn key_octets<'a>(spki: &SubjectPublicKeyInfoRef<'a>) -> Result<&'a [u8], CryptoError> {
    spki.subject_public_key
        .as_bytes()
        .ok_or_else(|| malformed("the key is not a whole number of octets"))
}

fn curve_of(spki: &SubjectPublicKeyInfoRef<'_>) -> Result<KeyKind, CryptoError> {
    let Some(parameters) = spki.algorithm.parameters else {
        return Err(malformed("the elliptic curve is not named"));
    };
    let curve = parameters
        .decode_as::<const_oid::ObjectIdentifier>()
        .map_err(|_| malformed("the elliptic curve is not a named one"))?;
    match Oid::from_const(curve) {
        algorithm::CURVE_P256 => Ok(KeyKind::P256),
        algorithm::CURVE_P384 => Ok(KeyKind::P384),
        other => Err(CryptoError::AlgorithmUnknown { oid: other }),
    }
}

fn rsa_kind(rsa_public_key: &[u8]) -> Result<KeyKind, CryptoError> {
    let bits = RsaParameters::public_modulus_len(rsa_public_key)
        .map_err(|_| malformed("the RSA key is not valid"))?;
    if !(RSA_BITS_MIN..=RSA_BITS_MAX).contains(&bits) {
        return Err(CryptoError::AlgorithmRefused { algorithm: format!("RSA with {bits} bits") });
    }
    Ok(KeyKind::Rsa { bits })
}

fn key_id_of(key_octets: &[u8]) -> KeyId {
    let digest = sha256(key_octets);
    *digest.first_chunk().expect("invariant: a digest is longer than a key id")
}

fn malformed(detail: impl fmt::Display) -> CryptoError {
    CryptoError::KeyMalformed { what: "public key", detail: detail.to_string() }
}

fn library_algorithm(
    kind: KeyKind,
    algorithm: SignatureAlgorithm,
) -> Result<&'static dyn VerificationAlgorithm, CryptoError> {
    use SignatureAlgorithm as S;
    Ok(match (kind, algorithm) {
        (KeyKind::P256, S::EcdsaSha256) => &aws::ECDSA_P256_SHA256_ASN1,
        (KeyKind::P256, S::EcdsaSha384) => &aws::ECDSA_P256_SHA384_ASN1,
        (KeyKind::P256, S::EcdsaSha512) => &aws::ECDSA_P256_SHA512_ASN1,
        (KeyKind::P384, S::EcdsaSha256) => &aws::ECDSA_P384_SHA256_ASN1,
        (KeyKind::P384, S::EcdsaSha384) => &aws::ECDSA_P384_SHA384_ASN1,
        (KeyKind::P384, S::EcdsaSha512) => &aws::ECDSA_P384_SHA512_ASN1,
        (KeyKind::Rsa { .. }, S::RsaPkcs1Sha256) => &aws::RSA_PKCS1_2048_8192_SHA256,
        (KeyKind::Rsa { .. }, S::RsaPkcs1Sha384) => &aws::RSA_PKCS1_2048_8192_SHA384,
        (KeyKind::Rsa { .. }, S::RsaPkcs1Sha512) => &aws::RSA_PKCS1_2048_8192_SHA512,
        (KeyKind::Rsa { .. }, S::RsaPssSha256) => &aws::RSA_PSS_2048_8192_SHA256,
        (KeyKind::Rsa { .. }, S::RsaPssSha384) => &aws::RSA_PSS_2048_8192_SHA384,
        (KeyKind::Rsa { .. }, S::RsaPssSha512) => &aws::RSA_PSS_2048_8192_SHA512,
        (KeyKind::Ed25519, S::Ed25519) => &aws::ED25519,
        _ => {
            return Err(CryptoError::AlgorithmMismatch { algorithm: algorithm.name(), key: kind });
        }
    })
}
