//! Signatures that are too weak for a payment and still made by somebody: RSA with 1024 to 2047
//! bits, and RSA with SHA-1. Verified so that a file can be judged, never to accept a message.

use std::fmt;

use aws_lc_rs::signature::{self as aws, RsaParameters, UnparsedPublicKey};
use der::{Decode, asn1::AnyRef};
use spki::SubjectPublicKeyInfoRef;

use super::algorithm::{self, SignatureAlgorithm};
use super::{RSA_BITS_MAX, SPKI_BYTES_MAX, legacy};
use crate::error::CryptoError;
use crate::oid::Oid;

/// Fewest bits of an RSA modulus with which a weak signature is verified at all.
pub const WEAK_RSA_BITS_MIN: u32 = 1024;

const RSA_SHA1: Oid = Oid::from_arcs(&[1, 2, 840, 113549, 1, 1, 5]);

/// What is weak about a signature that verifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weakness {
    /// An RSA modulus of so many bits (NIST SP 800-131A asks for 2048).
    RsaBits(u32),
    /// The digest is SHA-1, for which collisions are made.
    Sha1,
}

impl fmt::Display for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RsaBits(bits) => write!(f, "RSA with {bits} bits"),
            Self::Sha1 => f.write_str("SHA-1"),
        }
    }
}

/// Verifies an RSA signature (PKCS #1 v1.5) that [`super::verify`] refuses as too weak, and says
/// what is weak about it.
///
/// # Errors
/// [`CryptoError::SignatureInvalid`]; [`CryptoError::AlgorithmRefused`] or
/// [`CryptoError::AlgorithmUnknown`] for what is not verified even so.
pub fn verify(
    spki_der: &[u8],
    algorithm_der: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<Weakness, CryptoError> {
    let (oid, parameters) = algorithm::split(algorithm_der)?;
    let sha1 = oid == RSA_SHA1 && parameters.is_none_or(AnyRef::is_null);
    let library = if sha1 {
        &aws::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY
    } else {
        match SignatureAlgorithm::from_der(algorithm_der)? {
            SignatureAlgorithm::RsaPkcs1Sha256 => {
                &aws::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY
            }
            SignatureAlgorithm::RsaPkcs1Sha512 => {
                &aws::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY
            }
            _ => return Err(legacy::refusal(oid)),
        }
    };
    let (bits, octets) = rsa_key(spki_der)?;
    let key = UnparsedPublicKey::new(library, octets);
    key.verify(message, signature).map_err(|_| CryptoError::SignatureInvalid)?;
    Ok(if sha1 { Weakness::Sha1 } else { Weakness::RsaBits(bits) })
}

fn rsa_key(spki_der: &[u8]) -> Result<(u32, &[u8]), CryptoError> {
    let malformed = |detail: String| CryptoError::KeyMalformed { what: "public key", detail };
    if spki_der.len() > SPKI_BYTES_MAX {
        return Err(malformed(format!("more than {SPKI_BYTES_MAX} octets")));
    }
    let spki = SubjectPublicKeyInfoRef::from_der(spki_der)
        .map_err(|error| malformed(error.to_string()))?;
    let key_type = Oid::from_const(spki.algorithm.oid);
    if key_type != algorithm::RSA_ENCRYPTION {
        return Err(legacy::refusal(key_type));
    }
    let octets = spki.subject_public_key.raw_bytes();
    let bits = RsaParameters::public_modulus_len(octets)
        .map_err(|_| malformed("the RSA key is not valid".into()))?;
    if !(WEAK_RSA_BITS_MIN..=RSA_BITS_MAX).contains(&bits) {
        return Err(CryptoError::AlgorithmRefused { algorithm: format!("RSA with {bits} bits") });
    }
    Ok((bits, octets))
}
