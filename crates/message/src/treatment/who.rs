//! Who signs, for whom it is sealed, and who opens.

use std::fmt;

use counterfoil_crypto::CryptoError;
use counterfoil_crypto::cms::enveloped;
use counterfoil_crypto::cms::recipient::IssuerAndSerial;
use counterfoil_crypto::cms::signed::{Signer, SignerId};
use counterfoil_crypto::key::{ExchangeKey, RecipientKey, SigningKey};
use counterfoil_crypto::suite::Suite;
use counterfoil_pki::{Certificate, Crl};

/// A party that signs, and what it sends along so that others can verify.
#[derive(Debug, Clone, Copy)]
pub struct Sender<'a> {
    /// The key of `certificate`.
    pub key: &'a dyn SigningKey,
    /// The signature certificate; it always goes along.
    pub certificate: &'a Certificate,
    /// Other certificates to send along: the issuers, and whatever the content names by thumb.
    pub chain: &'a [Certificate],
    /// CRLs to send along.
    pub crls: &'a [Crl],
}

impl<'a> Sender<'a> {
    pub(super) fn signer(&self) -> Signer<'a> {
        Signer { key: self.key, id: signer_id(self.certificate) }
    }

    pub(super) fn certificates(&self) -> Vec<&'a [u8]> {
        std::iter::once(self.certificate).chain(self.chain).map(Certificate::der).collect()
    }

    pub(super) fn crls(&self) -> Vec<&'a [u8]> {
        self.crls.iter().map(Crl::der).collect()
    }
}

/// A signer that is named by its certificate.
pub(super) fn signer_id(certificate: &Certificate) -> SignerId<'_> {
    SignerId::Certificate { name: name_of(certificate), thumb: *certificate.thumb().as_bytes() }
}

fn name_of(certificate: &Certificate) -> IssuerAndSerial<'_> {
    IssuerAndSerial { issuer_der: certificate.issuer_der(), serial_der: certificate.serial_der() }
}

/// A party to seal for: its key-exchange certificate, with the key in it read once. Cheap to
/// clone; keep it as long as the certificate.
#[derive(Clone)]
pub struct Recipient {
    certificate: Certificate,
    key: RecipientKey,
}

impl Recipient {
    /// Reads the key of a key-exchange certificate, which the caller has verified.
    ///
    /// # Errors
    /// [`CryptoError`] when no suite seals for such a key.
    pub fn new(certificate: &Certificate) -> Result<Self, CryptoError> {
        let key = certificate.recipient_key()?.clone();
        Ok(Self { certificate: certificate.clone(), key })
    }

    /// The certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The suite that seals for this certificate.
    pub fn suite(&self) -> &'static Suite {
        self.key.suite()
    }

    /// Thumb of the certificate.
    pub(crate) fn thumb(&self) -> [u8; 32] {
        *self.certificate.thumb().as_bytes()
    }

    pub(crate) fn envelope(&self) -> enveloped::Recipient<'_> {
        enveloped::Recipient { name: name_of(&self.certificate), key: &self.key }
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recipient({}, {:?})", self.certificate.thumb(), self.key)
    }
}

/// A party that opens what was sealed for its key-exchange certificate.
#[derive(Debug, Clone, Copy)]
pub struct Opener<'a> {
    /// The key of `certificate`.
    pub key: &'a dyn ExchangeKey,
    /// The key-exchange certificate.
    pub certificate: &'a Certificate,
}

impl Opener<'_> {
    /// Thumb of the certificate.
    pub(crate) fn thumb(&self) -> [u8; 32] {
        *self.certificate.thumb().as_bytes()
    }
}
