//! The keys and certificates of a CA.

use std::sync::Arc;

use counterfoil_crypto::key::SigningKey;
use counterfoil_pki::issue::Issuer;
use counterfoil_pki::{Certificate, KeyUsage, Roles};
use counterfoil_secret::Secret;

use super::config::{CaConfig, CaConfigError, CaKind};
use super::mark::MarkKey;
use crate::identity::Identity;

/// What a CA signs certificates and messages with, and what it keeps records under.
#[derive(Debug, Clone)]
pub struct CaIdentity {
    /// Signs certificates, CRLs and the BCI.
    pub issuing_key: Arc<dyn SigningKey>,
    /// Certificate of `issuing_key`.
    pub issuing_certificate: Certificate,
    /// Signs and opens messages: CCA, MCA and PCA have one, with a key-exchange key. Its chain
    /// holds the issuers of all three certificates up to but without the root, and need not name
    /// `issuing_certificate`.
    pub messages: Option<Identity>,
    /// Makes the marks on the banks' lists.
    pub marks: MarkKey,
    /// Seals what records hold of pending requests.
    pub record_key: Secret<[u8; 32]>,
}

impl CaKind {
    /// The role in its certificates (SET 1.0 Book 3, certificateType).
    pub fn role(self) -> Roles {
        match self {
            Self::Root => Roles::RCA,
            Self::Brand => Roles::BCA,
            Self::Geo => Roles::GCA,
            Self::Cca => Roles::CCA,
            Self::Mca => Roles::MCA,
            Self::Pca => Roles::PCA,
        }
    }
}

impl CaIdentity {
    /// Checks that keys, certificates and settings belong together.
    ///
    /// # Errors
    /// [`CaConfigError`] names what does not fit.
    pub fn check(&self, config: &CaConfig) -> Result<(), CaConfigError> {
        let role = config.kind.role();
        let certificate = &self.issuing_certificate;
        let fits = certificate.roles().contains(role)
            && certificate.spki_der() == self.issuing_key.spki_der();
        demand(fits, "issuing certificate", "it is not of this kind of CA, or not of the key")?;
        demand(
            config.kind == CaKind::Root || same_brand(certificate, &config.brand),
            "brand",
            "the issuing certificate is of another brand",
        )?;
        let Some(messages) = &self.messages else {
            let reason = "a CA that registers has a signature certificate";
            return demand(!config.kind.registers(), "signature certificate", reason);
        };
        let fits = messages.sign_certificate.roles().contains(role)
            && messages.sign_certificate.spki_der() == messages.sign_key.spki_der();
        demand(fits, "signature certificate", "it is not of this kind of CA, or not of the key")?;
        let fits = messages.exchange.as_ref().is_some_and(|exchange| {
            exchange.certificate.roles().contains(role)
                && exchange.certificate.spki_der() == exchange.key.spki_der()
        });
        demand(
            fits,
            "key-exchange certificate",
            "it is missing, of another kind, or not of the key",
        )
    }

    /// Does this CA publish CRLs? Its certificate says so (RFC 5280 4.2.1.3, cRLSign).
    pub fn publishes_crl(&self) -> bool {
        let usage = self.issuing_certificate.key_usage();
        usage.is_some_and(|usage| usage.contains(KeyUsage::CRL_SIGN))
    }

    /// Every certificate that somebody needs to trust this CA, its own first, the root left out.
    pub fn certificates(&self) -> Vec<Certificate> {
        let own = self.messages.iter().flat_map(|messages| {
            let exchange = messages.exchange.as_ref().map(|exchange| exchange.certificate.clone());
            [Some(messages.sign_certificate.clone()), exchange].into_iter().flatten()
        });
        let issuing = std::iter::once(self.issuing_certificate.clone());
        let chain = self.messages.iter().flat_map(|messages| messages.chain.iter().cloned());
        let mut all: Vec<Certificate> = Vec::new();
        for certificate in own.chain(issuing).chain(chain) {
            let self_signed = certificate.subject() == certificate.issuer();
            if !self_signed && !all.contains(&certificate) {
                all.push(certificate);
            }
        }
        all
    }

    pub(super) fn issuer(&self) -> Issuer<'_> {
        Issuer { certificate: &self.issuing_certificate, key: self.issuing_key.as_ref() }
    }
}

fn same_brand(certificate: &Certificate, brand: &str) -> bool {
    certificate.brand().is_some_and(|own| counterfoil_pki::hierarchy::same_brand(own, brand))
}

fn demand(holds: bool, setting: &str, reason: &str) -> Result<(), CaConfigError> {
    if holds {
        return Ok(());
    }
    Err(CaConfigError { setting: setting.to_owned(), reason: reason.to_owned() })
}
