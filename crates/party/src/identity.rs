//! Who a party is: its keys and certificates, ready to sign and to open.

use std::sync::Arc;

use counterfoil_crypto::key::{ExchangeKey, SigningKey};
use counterfoil_pki::Certificate;

/// The keys and certificates of a party. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Signs the party's messages.
    pub sign_key: Arc<dyn SigningKey>,
    /// Certificate of `sign_key`.
    pub sign_certificate: Certificate,
    /// Opens what is sealed for the party; cardholders have none.
    pub exchange: Option<Exchange>,
    /// The issuers of the certificates, up to but without the root.
    pub chain: Vec<Certificate>,
}

/// A key-exchange key and its certificate.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// Opens what is sealed for the party.
    pub key: Arc<dyn ExchangeKey>,
    /// Certificate of `key`.
    pub certificate: Certificate,
}
