//! cardCertRequired (2.23.42.7.3): in a gateway's key-exchange certificate.

use der::{Decode, Encode};

/// TRUE means that the gateway refuses a payment instruction that no cardholder certificate signed
/// (SET 1.0 Book 3, SetCertificateExtensions).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CardCertRequired(pub bool);

impl CardCertRequired {
    pub(crate) fn from_der(der: &[u8]) -> der::Result<Self> {
        bool::from_der(der).map(Self)
    }

    pub(crate) fn to_der(self) -> der::Result<Vec<u8>> {
        self.0.to_der()
    }
}
