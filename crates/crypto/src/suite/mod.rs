//! Suites: sets of algorithms that are used together, each in one file.
//!
//! A suite is named in PInitReq and PInitRes, and its identifier is signed in the dual signature,
//! so that nobody between the parties can talk them down to another one. To add a suite, write its
//! file and name it in [`SUITES`].

mod p256;
mod rsa3072;

use std::fmt;
use std::sync::Arc;

use ::p256::pkcs8::PrivateKeyInfoRef;
use counterfoil_secret::SecretBytes;
use der::Decode;
use rand_core::CryptoRng;

pub use self::p256::P256;
pub use self::rsa3072::RSA3072;
use crate::error::CryptoError;
use crate::key::{ExchangeKey, SealingKey, SigningKey, malformed};
use crate::oid::Oid;
use crate::provider::Provider;
use crate::signature::{KeyKind, SignatureAlgorithm};

/// Every suite that this product speaks, the default first.
pub static SUITES: &[&Suite] = &[&P256, &RSA3072];

/// A set of algorithms that are used together.
pub struct Suite {
    /// Name in settings and on the command line.
    pub name: &'static str,
    /// Identifier on the wire.
    pub oid: Oid,
    /// One line for people: what signs, what carries keys.
    pub description: &'static str,
    /// What signatures of this suite are made with. The digest is SHA-256 in all of them.
    pub signature: SignatureAlgorithm,
    pub(crate) keys: &'static dyn SuiteKeys,
}

/// How the keys of a suite are made and used.
pub(crate) trait SuiteKeys: Send + Sync {
    /// Are private keys with this algorithm and these parameters keys of this suite?
    fn owns_private(&self, algorithm: Oid, curve: Option<Oid>) -> bool;
    /// Are such public keys keys of this suite?
    fn owns_public(&self, kind: KeyKind) -> bool;
    /// Makes a private key, as PKCS#8 DER.
    fn generate(&self, rng: &mut dyn CryptoRng) -> Result<SecretBytes, CryptoError>;
    /// The handle that signs with a private key, given as PKCS#8 DER.
    fn signing_key(
        &self,
        provider: &Provider,
        pkcs8: &[u8],
    ) -> Result<Arc<dyn SigningKey>, CryptoError>;
    /// The handle that opens with a private key, given as PKCS#8 DER.
    fn exchange_key(&self, pkcs8: &[u8]) -> Result<Arc<dyn ExchangeKey>, CryptoError>;
    /// The handle that seals for a public key, given as SubjectPublicKeyInfo and as the octets
    /// inside it.
    fn sealing_key(
        &self,
        spki_der: &[u8],
        octets: &[u8],
    ) -> Result<Arc<dyn SealingKey>, CryptoError>;
}

impl Suite {
    /// The suite with this name.
    ///
    /// # Errors
    /// [`CryptoError::SuiteUnknown`].
    pub fn by_name(name: &str) -> Result<&'static Self, CryptoError> {
        Self::find(|suite| suite.name == name)
            .ok_or_else(|| CryptoError::SuiteUnknown { name: name.chars().take(64).collect() })
    }

    /// The suite with this identifier.
    ///
    /// # Errors
    /// [`CryptoError::SuiteUnknown`].
    pub fn by_oid(oid: Oid) -> Result<&'static Self, CryptoError> {
        Self::find(|suite| suite.oid == oid)
            .ok_or_else(|| CryptoError::SuiteUnknown { name: oid.to_string() })
    }

    /// The suite that has public keys of this kind, if any.
    pub fn for_key(kind: KeyKind) -> Option<&'static Self> {
        Self::find(|suite| suite.keys.owns_public(kind))
    }

    pub(crate) fn for_private_key(pkcs8: &[u8]) -> Result<&'static Self, CryptoError> {
        let info = PrivateKeyInfoRef::from_der(pkcs8).map_err(malformed)?;
        let algorithm = Oid::from_const(info.algorithm.oid);
        let curve = info
            .algorithm
            .parameters
            .and_then(|parameters| parameters.decode_as::<const_oid::ObjectIdentifier>().ok())
            .map(Oid::from_const);
        Self::find(|suite| suite.keys.owns_private(algorithm, curve)).ok_or_else(|| {
            CryptoError::KeyUnsuitable {
                found: curve.unwrap_or(algorithm).to_string(),
                wanted: "any suite".into(),
            }
        })
    }

    fn find(wanted: impl Fn(&Self) -> bool) -> Option<&'static Self> {
        SUITES.iter().copied().find(|suite| wanted(suite))
    }
}

impl PartialEq for Suite {
    fn eq(&self, other: &Self) -> bool {
        self.oid == other.oid
    }
}

impl Eq for Suite {}

impl fmt::Debug for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Suite({})", self.name)
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
