//! [`Thumb`]: the SHA-256 thumbprint of a certificate, CRL or BCI.

use std::fmt;

/// SHA-256 over the whole DER of a certificate, CRL or BrandCRLIdentifier.
///
/// SET 1.0 hashed the unsigned part; the whole object is hashed here so that the value is the one
/// that `openssl x509 -fingerprint -sha256` prints.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Thumb(pub [u8; 32]);

impl Thumb {
    /// The thumbprint of the object whose DER is `der`.
    pub fn of(der: &[u8]) -> Self {
        Self(counterfoil_crypto::digest::sha256(der))
    }

    /// The 32 octets.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Thumb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for Thumb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Thumb({self})")
    }
}
