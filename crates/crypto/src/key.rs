//! Key handles: things that sign, things that open, and the pairs they come from.
//!
//! A handle is parsed once and shared by `Arc`; no operation parses a key again. The traits are
//! what a key in a hardware module would implement, too.

use std::fmt;
use std::sync::Arc;

use counterfoil_secret::{Secret, SecretBytes};
use der::SecretDocument;
use der::pem::LineEnding;
use rand_core::CryptoRng;

use crate::cms::recipient::IssuerAndSerial;
use crate::digest::Digest;
use crate::error::{CryptoError, Unopened};
use crate::provider::Provider;
use crate::signature::{self, KeyId, SignatureAlgorithm};
use crate::suite::Suite;
use crate::symmetric::Cek;

/// Most octets of a private key file, in DER or PEM.
pub const PRIVATE_KEY_BYTES_MAX: usize = 16 * 1024;

const PEM_LABEL: &str = "PRIVATE KEY";

/// A private key that signs.
pub trait SigningKey: Send + Sync + fmt::Debug {
    /// The algorithm of the signatures that it makes.
    fn algorithm(&self) -> SignatureAlgorithm;

    /// Signs `message`. Whether `rng` is used depends on the provider; see
    /// [`crate::provider`].
    ///
    /// # Errors
    /// [`CryptoError::OperationFailed`] when the key or its module fails.
    fn sign(&self, message: &[u8], rng: &mut dyn CryptoRng) -> Result<Vec<u8>, CryptoError>;

    /// DER of the SubjectPublicKeyInfo of the public half.
    fn spki_der(&self) -> &[u8];
}

/// A private key that opens what was sealed for it.
pub trait ExchangeKey: Send + Sync + fmt::Debug {
    /// The suite that the key belongs to.
    fn suite(&self) -> &'static Suite;

    /// DER of the SubjectPublicKeyInfo of the public half.
    fn spki_der(&self) -> &[u8];

    /// Recovers the content-encryption key from one RecipientInfo (RFC 5652 section 6.2), which
    /// was made for `context`.
    ///
    /// # Errors
    /// [`Unopened`], whatever the reason.
    fn open_cek(&self, recipient_info: &[u8], context: &Digest) -> Result<Cek, Unopened>;
}

/// The public half of an [`ExchangeKey`], ready to seal for.
pub(crate) trait SealingKey: Send + Sync {
    /// Makes the RecipientInfo that carries `cek` to `recipient`.
    fn seal_cek(
        &self,
        cek: &Cek,
        recipient: &IssuerAndSerial<'_>,
        context: &Digest,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, CryptoError>;
}

/// A recipient's public key, parsed and checked once. Cheap to clone; keep it next to the
/// certificate that it came from.
#[derive(Clone)]
pub struct RecipientKey {
    suite: &'static Suite,
    sealing: Arc<dyn SealingKey>,
}

impl RecipientKey {
    /// Reads a DER SubjectPublicKeyInfo and finds the suite that seals for such keys.
    ///
    /// # Errors
    /// Those of [`crate::signature::VerifyingKey::from_spki`], and [`CryptoError::KeyUnsuitable`]
    /// for a key that no suite seals for.
    pub fn from_spki(spki_der: &[u8]) -> Result<Self, CryptoError> {
        let (kind, octets) = signature::read_spki(spki_der)?;
        let suite = Suite::for_key(kind).ok_or_else(|| CryptoError::KeyUnsuitable {
            found: kind.to_string(),
            wanted: "key exchange".into(),
        })?;
        let sealing = suite.keys.sealing_key(spki_der, octets)?;
        Ok(Self { suite, sealing })
    }

    /// The suite that seals for this key.
    pub fn suite(&self) -> &'static Suite {
        self.suite
    }

    pub(crate) fn sealing(&self) -> &dyn SealingKey {
        self.sealing.as_ref()
    }
}

impl fmt::Debug for RecipientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecipientKey({})", self.suite.name)
    }
}

/// What a key pair is for. SET keeps signature and key-exchange keys apart (SET 1.0 Book 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyUse {
    /// Making signatures.
    Sign,
    /// Opening what others seal for it.
    Exchange,
}

/// The working half of a [`KeyPair`].
#[derive(Clone)]
pub(crate) enum Handle {
    Sign(Arc<dyn SigningKey>),
    Exchange(Arc<dyn ExchangeKey>),
}

/// A key pair of one suite and for one use. Cheap to clone.
#[derive(Clone)]
pub struct KeyPair {
    suite: &'static Suite,
    handle: Handle,
    pkcs8: Arc<SecretBytes>,
}

impl KeyPair {
    /// Makes a new key pair. For suite `p256` all randomness comes from `rng`; RSA keys are made
    /// by the library with randomness of its own.
    ///
    /// # Errors
    /// [`CryptoError::OperationFailed`] when the library fails.
    pub fn generate(
        provider: &Provider,
        suite: &'static Suite,
        key_use: KeyUse,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, CryptoError> {
        let pkcs8 = suite.keys.generate(rng)?;
        Self::load(provider, suite, key_use, pkcs8)
    }

    /// Reads an unencrypted PKCS#8 PrivateKeyInfo (RFC 5958).
    ///
    /// # Errors
    /// [`CryptoError::KeyMalformed`] when it is not one, [`CryptoError::KeyUnsuitable`] when no
    /// suite has such keys.
    pub fn from_pkcs8_der(
        provider: &Provider,
        key_use: KeyUse,
        der: SecretBytes,
    ) -> Result<Self, CryptoError> {
        limit(der.expose().len())?;
        let suite = Suite::for_private_key(der.expose())?;
        Self::load(provider, suite, key_use, der)
    }

    /// Reads an unencrypted PKCS#8 PEM file (RFC 7468 section 10), as [`KeyPair::to_pkcs8_pem`]
    /// and `openssl genpkey` write it.
    ///
    /// # Errors
    /// Those of [`KeyPair::from_pkcs8_der`].
    pub fn from_pkcs8_pem(
        provider: &Provider,
        key_use: KeyUse,
        pem: &Secret<String>,
    ) -> Result<Self, CryptoError> {
        limit(pem.expose().len())?;
        let (label, document) = SecretDocument::from_pem(pem.expose().trim()).map_err(malformed)?;
        match label {
            PEM_LABEL => {
                let der = Secret::new(document.as_bytes().to_vec());
                Self::from_pkcs8_der(provider, key_use, der)
            }
            "ENCRYPTED PRIVATE KEY" => Err(malformed("it is encrypted")),
            other => Err(malformed(format_args!("it is marked {other}, not {PEM_LABEL}"))),
        }
    }

    fn load(
        provider: &Provider,
        suite: &'static Suite,
        key_use: KeyUse,
        pkcs8: SecretBytes,
    ) -> Result<Self, CryptoError> {
        let handle = match key_use {
            KeyUse::Sign => Handle::Sign(suite.keys.signing_key(provider, pkcs8.expose())?),
            KeyUse::Exchange => Handle::Exchange(suite.keys.exchange_key(pkcs8.expose())?),
        };
        Ok(Self { suite, handle, pkcs8: Arc::new(pkcs8) })
    }

    /// The private key as PKCS#8 PEM, which `openssl pkey` reads.
    pub fn to_pkcs8_pem(&self) -> Secret<String> {
        let document = SecretDocument::try_from(self.pkcs8.expose().as_slice())
            .expect("invariant: the key was parsed from these octets");
        let mut pem = document
            .to_pem(PEM_LABEL, LineEnding::LF)
            .expect("invariant: a key is short enough for PEM");
        Secret::new(std::mem::take(&mut *pem))
    }

    /// The private key as PKCS#8 DER.
    pub fn to_pkcs8_der(&self) -> &SecretBytes {
        &self.pkcs8
    }

    /// The suite that the key belongs to.
    pub fn suite(&self) -> &'static Suite {
        self.suite
    }

    /// What the key is for.
    pub fn key_use(&self) -> KeyUse {
        match self.handle {
            Handle::Sign(_) => KeyUse::Sign,
            Handle::Exchange(_) => KeyUse::Exchange,
        }
    }

    /// DER of the SubjectPublicKeyInfo of the public half.
    pub fn spki_der(&self) -> &[u8] {
        match &self.handle {
            Handle::Sign(key) => key.spki_der(),
            Handle::Exchange(key) => key.spki_der(),
        }
    }

    /// The identifier that names the key where there is no certificate.
    pub fn key_id(&self) -> KeyId {
        signature::key_id(self.spki_der()).expect("invariant: our own public key is well formed")
    }

    /// The handle that signs.
    ///
    /// # Errors
    /// [`CryptoError::KeyUnsuitable`] when the pair is for key exchange.
    pub fn signing_key(&self) -> Result<Arc<dyn SigningKey>, CryptoError> {
        match &self.handle {
            Handle::Sign(key) => Ok(Arc::clone(key)),
            Handle::Exchange(_) => Err(unsuitable("key exchange", "signing")),
        }
    }

    /// The handle that opens.
    ///
    /// # Errors
    /// [`CryptoError::KeyUnsuitable`] when the pair is for signing.
    pub fn exchange_key(&self) -> Result<Arc<dyn ExchangeKey>, CryptoError> {
        match &self.handle {
            Handle::Exchange(key) => Ok(Arc::clone(key)),
            Handle::Sign(_) => Err(unsuitable("signing", "key exchange")),
        }
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyPair({}, {:?}, [secret])", self.suite.name, self.key_use())
    }
}

fn limit(octets: usize) -> Result<(), CryptoError> {
    if octets > PRIVATE_KEY_BYTES_MAX {
        return Err(CryptoError::LimitExceeded {
            structure: "private key",
            limit: PRIVATE_KEY_BYTES_MAX,
            unit: "octets",
        });
    }
    Ok(())
}

pub(crate) fn malformed(detail: impl fmt::Display) -> CryptoError {
    CryptoError::KeyMalformed { what: "private key", detail: detail.to_string() }
}

fn unsuitable(found: &str, wanted: &str) -> CryptoError {
    CryptoError::KeyUnsuitable { found: found.into(), wanted: wanted.into() }
}
