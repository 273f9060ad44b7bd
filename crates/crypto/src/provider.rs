//! Providers: where the operations come from that may be done in more than one way.
//!
//! A provider is a plain struct of small traits. To replace one operation, write
//! `Provider { ecdsa_p256: &mine, ..provider::AWS_LC }`.
//!
//! Verifying, sealing and opening give the same result however they are done, so they are not
//! here: aws-lc does them.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use p256::ecdsa::signature::Signer;
use rand_core::CryptoRng;

use crate::error::CryptoError;
use crate::key::SigningKey;
use crate::signature::SignatureAlgorithm;

/// The choice of implementations behind keys that are loaded with it.
#[derive(Clone, Copy)]
pub struct Provider {
    /// Name for logs.
    pub name: &'static str,
    /// Makes ECDSA signatures on P-256.
    pub ecdsa_p256: &'static dyn EcdsaP256,
}

/// The fast provider for real use. ECDSA nonces come from the library's own random generator, so
/// `rng` is not used when signing.
pub const AWS_LC: Provider = Provider { name: "aws-lc", ecdsa_p256: &AwsLc };

/// The provider for simulations and golden vectors: ECDSA nonces are derived from key and message
/// (RFC 6979), so the same key and message always give the same signature.
pub const DETERMINISTIC: Provider = Provider { name: "deterministic", ecdsa_p256: &Rfc6979 };

/// Makes signing handles for P-256 keys.
pub trait EcdsaP256: Send + Sync {
    /// A handle for the key with this private scalar (32 octets, big-endian), whose public half
    /// is the uncompressed point at the end of `spki_der`.
    ///
    /// # Errors
    /// [`CryptoError::KeyMalformed`] when the scalar is out of range or does not fit the point.
    fn signing_key(
        &self,
        scalar: &[u8; 32],
        point: &[u8; 65],
        spki_der: Box<[u8]>,
    ) -> Result<Arc<dyn SigningKey>, CryptoError>;
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Provider({})", self.name)
    }
}

struct AwsLc;

struct AwsLcKey {
    key: EcdsaKeyPair,
    spki: Box<[u8]>,
}

impl EcdsaP256 for AwsLc {
    fn signing_key(
        &self,
        scalar: &[u8; 32],
        point: &[u8; 65],
        spki_der: Box<[u8]>,
    ) -> Result<Arc<dyn SigningKey>, CryptoError> {
        let key = EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_ASN1_SIGNING,
            scalar,
            point,
        )
        .map_err(crate::key::malformed)?;
        Ok(Arc::new(AwsLcKey { key, spki: spki_der }))
    }
}

impl SigningKey for AwsLcKey {
    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::EcdsaSha256
    }

    fn sign(&self, message: &[u8], _rng: &mut dyn CryptoRng) -> Result<Vec<u8>, CryptoError> {
        let digest = digest::digest(&digest::SHA256, message);
        let signature =
            self.key.sign_digest(&digest).map_err(|_| CryptoError::failed("ECDSA signing"))?;
        Ok(signature.as_ref().to_vec())
    }

    fn spki_der(&self) -> &[u8] {
        &self.spki
    }
}

impl fmt::Debug for AwsLcKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(P-256, aws-lc, [secret])")
    }
}

struct Rfc6979;

struct Rfc6979Key {
    key: p256::ecdsa::SigningKey,
    spki: Box<[u8]>,
}

impl EcdsaP256 for Rfc6979 {
    fn signing_key(
        &self,
        scalar: &[u8; 32],
        _point: &[u8; 65],
        spki_der: Box<[u8]>,
    ) -> Result<Arc<dyn SigningKey>, CryptoError> {
        let key = p256::ecdsa::SigningKey::from_slice(scalar).map_err(crate::key::malformed)?;
        Ok(Arc::new(Rfc6979Key { key, spki: spki_der }))
    }
}

impl SigningKey for Rfc6979Key {
    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::EcdsaSha256
    }

    fn sign(&self, message: &[u8], _rng: &mut dyn CryptoRng) -> Result<Vec<u8>, CryptoError> {
        let signature: p256::ecdsa::DerSignature =
            self.key.try_sign(message).map_err(|_| CryptoError::failed("ECDSA signing"))?;
        Ok(signature.as_bytes().to_vec())
    }

    fn spki_der(&self) -> &[u8] {
        &self.spki
    }
}

impl fmt::Debug for Rfc6979Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(P-256, RFC 6979, [secret])")
    }
}
