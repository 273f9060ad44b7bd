//! What a certificate is wanted for, and the proof that it was found fit.

use std::sync::Arc;

use jiff::Timestamp;

use super::error::TrustError;
use crate::{
    certificate::Certificate,
    extension::{KeyUsage, Roles},
    hierarchy,
};

/// What the key of a certificate is to be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Usage {
    /// Verifying signatures on messages.
    Sign,
    /// Sealing something for the holder.
    Exchange,
    /// Verifying signatures on certificates.
    Issue,
    /// Verifying signatures on CRLs and BCIs.
    Revoke,
}

impl Usage {
    /// The uses of which keyUsage has to have one.
    fn key_usage(self) -> KeyUsage {
        match self {
            Self::Sign => KeyUsage::DIGITAL_SIGNATURE,
            Self::Exchange => KeyUsage::KEY_AGREEMENT | KeyUsage::KEY_ENCIPHERMENT,
            Self::Issue => KeyUsage::KEY_CERT_SIGN,
            Self::Revoke => KeyUsage::CRL_SIGN,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Sign => "signatures on messages",
            Self::Exchange => "key exchange",
            Self::Issue => "signatures on certificates",
            Self::Revoke => "signatures on CRLs",
        }
    }
}

/// What a certificate has to be.
#[derive(Debug, Clone, Copy)]
pub struct Need<'a> {
    /// The roles of which one is needed.
    pub roles: Roles,
    /// What its key is for.
    pub usage: Usage,
    /// The brand, when it matters.
    pub brand: Option<&'a str>,
}

impl<'a> Need<'a> {
    /// A signature certificate of one of `roles`.
    pub fn sign(roles: Roles) -> Self {
        Self { roles, usage: Usage::Sign, brand: None }
    }

    /// A key-exchange certificate of one of `roles`.
    pub fn exchange(roles: Roles) -> Self {
        Self { roles, usage: Usage::Exchange, brand: None }
    }

    /// Of this brand.
    pub fn of_brand(self, brand: &'a str) -> Self {
        Self { brand: Some(brand), ..self }
    }

    /// Role, use and brand, of a certificate whose path is valid.
    pub(super) fn check(&self, certificate: &Certificate) -> Result<(), TrustError> {
        let subject = || certificate.subject().to_string();
        let roles = certificate.roles();
        if !roles.intersects(self.roles) {
            return Err(TrustError::WrongRole { subject: subject(), roles, needed: self.roles });
        }
        let usage = certificate.key_usage().unwrap_or_default();
        if !usage.intersects(self.usage.key_usage()) {
            let needed = self.usage.name();
            return Err(TrustError::WrongUsage { subject: subject(), usage, needed });
        }
        match (self.brand, certificate.brand()) {
            (Some(needed), brand) if !brand.is_some_and(|b| hierarchy::same_brand(b, needed)) => {
                Err(TrustError::WrongBrand { subject: subject(), needed: needed.to_owned() })
            }
            _ => Ok(()),
        }
    }
}

/// A certificate that was found fit for a [`Need`]. Only [`super::Trust::verify`] makes one.
#[derive(Debug, Clone)]
pub struct Verified {
    path: Arc<VerifiedPath>,
    usage: Usage,
}

/// A path that keeps every rule, whatever the need.
#[derive(Debug)]
pub(super) struct VerifiedPath {
    /// The leaf first, the root last.
    pub(super) chain: Vec<Certificate>,
    pub(super) valid_from: Timestamp,
    pub(super) valid_until: Timestamp,
    /// The brand as BCIs are kept by.
    pub(super) brand_key: String,
}

impl Verified {
    pub(super) fn new(path: Arc<VerifiedPath>, usage: Usage) -> Self {
        Self { path, usage }
    }

    /// The certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.path.chain[0]
    }

    /// The certificate first, its root last.
    pub fn chain(&self) -> &[Certificate] {
        &self.path.chain
    }

    /// What it was verified for.
    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// Until when the verification can be relied on: the first end of a certificate or CRL.
    pub fn valid_until(&self) -> Timestamp {
        self.path.valid_until
    }
}
