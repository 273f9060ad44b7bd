//! Parties from their folders, as they are at the start and on every reload.

use std::collections::BTreeMap;

use jiff::Timestamp;

use counterfoil_party::bank::{Bank, BankConfig, BankKeys};
use counterfoil_party::bank_link::BankLink;
use counterfoil_party::ca::{CaConfig, CaIdentity, CertificateAuthority, MarkKey, Published};
use counterfoil_party::gateway::{Gateway, GatewaySettings};
use counterfoil_party::merchant::{BrandSetup, Merchant, MerchantSettings};
use counterfoil_party::wallet::{Wallet, WalletSettings};
use counterfoil_pki::Certificate;
use counterfoil_pki::name::DistinguishedName;
use counterfoil_secret::Report;

use super::error::DeploymentError;
use super::layout;
use super::material::Material;
use super::vault::Vault;
use crate::config::PartyConfig;
use crate::files::Folder;

type Loaded<T> = Result<T, DeploymentError>;

/// The certificate authority in this folder.
///
/// # Errors
/// [`DeploymentError`] naming the file that does not fit.
pub fn authority(material: &Material) -> Loaded<CertificateAuthority> {
    let config: PartyConfig<CaConfig> = material.config()?;
    let (issuing_certificate, _) = material.certificate(layout::ISSUING)?;
    let messages = config.party.kind.registers().then(|| material.identity()).transpose()?;
    let identity = CaIdentity {
        issuing_key: material.signing_key(layout::ISSUING)?,
        issuing_certificate,
        messages,
        marks: MarkKey::new(material.symmetric_key_array(layout::MARKS)?),
        record_key: material.symmetric_key_array(layout::RECORDS)?,
    };
    let certificates = material.authorities()?;
    let mut crls = material.crls()?;
    // From the root downwards: each CRL is accepted with the help of those above it.
    crls.sort_by_key(|crl| depth(crl.issuer(), &certificates));
    let published = Published { crls, certificates, bci: material.bci()? };
    CertificateAuthority::new(config.party, identity, material.roots()?, published)
        .map_err(|error| in_settings(material, &error))
}

/// How many CAs stand above the one of this name, as far as `authorities` tell.
fn depth(name: &DistinguishedName, authorities: &[Certificate]) -> usize {
    let mut name = name;
    (0..authorities.len())
        .take_while(|_| {
            let found = authorities.iter().find(|certificate| certificate.subject() == name);
            name = found.map_or(name, Certificate::issuer);
            found.is_some_and(|certificate| !certificate.is_self_issued())
        })
        .count()
}

/// The bank in this folder.
///
/// # Errors
/// [`DeploymentError`] naming the file that does not fit.
pub fn bank(material: &Material) -> Loaded<Bank> {
    let config: PartyConfig<BankConfig> = material.config()?;
    let storage = material.symmetric_key(layout::STORAGE)?;
    let mut links = BTreeMap::new();
    for link in &config.party.links {
        // One link has the usual name; further ones name their acquirer.
        let own = format!("{}-{}", layout::BANK_LINK, link.acquirer);
        let name = if material.key_file(&own).exists() { own.as_str() } else { layout::BANK_LINK };
        links.insert(link.acquirer.clone(), material.symmetric_key(name)?);
    }
    Bank::new(&config.party, BankKeys { storage, links })
        .map_err(|error| in_settings(material, &error))
}

/// The payment gateway in this folder.
///
/// # Errors
/// [`DeploymentError`] naming the file that does not fit.
pub fn gateway(material: &Material, now: Timestamp) -> Loaded<Gateway> {
    let config: PartyConfig<GatewaySettings> = material.config()?;
    let identity = material.identity()?;
    let exchange = identity.exchange.clone().ok_or_else(|| DeploymentError::NotRegistered {
        name: material.folder().name().to_owned(),
        file: material.file(Folder::Certs, layout::EXCHANGE),
    })?;
    let link = BankLink::new(&config.party.bank, &material.symmetric_key(layout::BANK_LINK)?)
        .map_err(|error| in_settings(material, &error))?;
    let tokens = material.token_key(layout::TOKENS)?;
    Ok(Gateway::new(config.party, identity, exchange, material.trust(now)?, link, tokens))
}

/// The merchant in this folder; it has to be registered.
///
/// # Errors
/// [`DeploymentError`] naming the file that does not fit, [`DeploymentError::NotRegistered`].
pub fn merchant(material: &Material, now: Timestamp) -> Loaded<Merchant> {
    let config: PartyConfig<MerchantSettings> = material.config()?;
    let setup = BrandSetup { identity: material.identity()?, gateway_certificates: Vec::new() };
    Merchant::new(config.party, vec![setup], material.trust(now)?)
        .map_err(|error| in_settings(material, &error))
}

/// The wallet in this folder, with the cards of its open vault.
///
/// # Errors
/// [`DeploymentError`] naming the file that does not fit.
pub fn wallet(material: &Material, vault: &Vault, now: Timestamp) -> Loaded<Wallet> {
    let config: PartyConfig<WalletSettings> = material.config()?;
    Wallet::new(config.party, vault.cards(material)?, material.trust(now)?)
        .map_err(|error| in_settings(material, &error))
}

fn in_settings(material: &Material, error: &dyn Report) -> DeploymentError {
    DeploymentError::malformed(&material.folder().config(), error)
}
