//! The wallet's vault: cards, their keys and certificates, in one file under a passphrase.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use counterfoil_crypto::key::{KeyPair, KeyUse};
use counterfoil_crypto::{provider, vault};
use counterfoil_message::primitive::{CardExpiry, CardSecret, PanSecret};
use counterfoil_party::applicant::Registered;
use counterfoil_party::identity::Identity;
use counterfoil_party::wallet::Card;
use counterfoil_pki::Certificate;
use counterfoil_secret::{Pan, Report, Secret};
use rand_core::CryptoRng;

use super::error::DeploymentError;
use super::layout;
use super::material::{Material, secret_text};
use crate::files::{self, Access};

/// Most cards of one wallet.
pub const CARDS_MAX: usize = 32;

/// The cards of a wallet, open.
#[derive(Debug, Default)]
pub struct Vault {
    cards: Vec<Entry>,
}

/// One card, as it is written into the vault.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    number: String,
    expiry: String,
    card_secret: String,
    pan_secret: String,
    key: String,
    certificates: String,
}

/// Shows the name and nothing else.
impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Entry({})", self.name)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        // Taken over by types that wipe themselves.
        for text in [&mut self.number, &mut self.card_secret, &mut self.pan_secret, &mut self.key] {
            drop(Secret::new(std::mem::take(text)));
        }
    }
}

/// Where the vault of a wallet is.
pub fn file(material: &Material) -> PathBuf {
    material.folder().root().join(layout::VAULT)
}

impl Vault {
    /// Opens the vault of a wallet; an empty one when there is no file yet.
    ///
    /// # Errors
    /// [`DeploymentError`]: another passphrase and a changed file cannot be told apart.
    pub fn open(material: &Material, passphrase: &Secret<String>) -> Result<Self, DeploymentError> {
        let file = file(material);
        if !file.exists() {
            return Ok(Self::default());
        }
        let text = secret_text(&file)?;
        let opened = vault::open(passphrase, text.expose())
            .map_err(|error| DeploymentError::malformed(&file, &error))?;
        let cards = serde_json::from_slice(opened.expose())
            .map_err(|_| malformed(&file, "it holds something else than cards"))?;
        Ok(Self { cards })
    }

    /// Names of the cards.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.cards.iter().map(|card| card.name.as_str())
    }

    /// Puts a registered card in; one of the same name makes room for it.
    ///
    /// # Errors
    /// [`DeploymentError::Plan`] when there are too many cards, or something of it is missing.
    pub fn put(
        &mut self,
        name: &str,
        pan: &Pan,
        expiry: &CardExpiry,
        registered: &Registered,
    ) -> Result<(), DeploymentError> {
        self.cards.retain(|card| card.name != name);
        if self.cards.len() == CARDS_MAX {
            return Err(DeploymentError::Plan {
                reason: format!("a wallet holds {CARDS_MAX} cards at most"),
                hint: "use another data folder for further cards".into(),
            });
        }
        let missing = || DeploymentError::Plan {
            reason: "the CA's answer lacks a certificate".into(),
            hint: "look at the CA's log".into(),
        };
        let own = registered.sign_certificate.as_ref().ok_or_else(missing)?;
        self.cards.push(Entry {
            name: name.to_owned(),
            number: pan.expose().to_owned(),
            expiry: expiry.expose().to_owned(),
            card_secret: hex::encode(registered.card_secret.as_ref().ok_or_else(missing)?.expose()),
            pan_secret: hex::encode(registered.pan_secret.as_ref().ok_or_else(missing)?.expose()),
            key: registered.sign_key.as_ref().ok_or_else(missing)?.expose().clone(),
            certificates: format!("{own}{}", registered.chain.concat()),
        });
        Ok(())
    }

    /// Writes the vault, encrypted.
    ///
    /// # Errors
    /// [`DeploymentError`] for an unusable passphrase, or the disk's.
    pub fn write(
        &self,
        material: &Material,
        passphrase: &Secret<String>,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), DeploymentError> {
        let plain = serde_json::to_vec(&self.cards).expect("invariant: cards are text");
        let plain = Secret::new(plain);
        let sealed = vault::seal(passphrase, plain.expose(), rng)
            .map_err(|error| DeploymentError::plan(&error))?;
        Ok(files::write(&file(material), sealed.as_bytes(), Access::Private)?)
    }

    /// The cards, ready to pay with.
    ///
    /// # Errors
    /// [`DeploymentError::Malformed`] when the vault holds something that does not fit.
    pub fn cards(&self, material: &Material) -> Result<Vec<Card>, DeploymentError> {
        let file = file(material);
        self.cards
            .iter()
            .map(|entry| entry.card().map_err(|reason| malformed(&file, &reason)))
            .collect()
    }
}

impl Entry {
    fn card(&self) -> Result<Card, String> {
        let said = |error: &dyn Report| error.to_string();
        let key = Secret::new(self.key.clone());
        let pair = KeyPair::from_pkcs8_pem(&provider::AWS_LC, KeyUse::Sign, &key);
        let sign_key = pair.and_then(|pair| pair.signing_key()).map_err(|error| said(&error))?;
        let mut chain =
            Certificate::from_pem_all(&self.certificates).map_err(|error| said(&error))?;
        let sign_certificate = chain.remove(0);
        let expiry = CardExpiry::new(&self.expiry).map_err(|error| error.to_string())?;
        Ok(Card {
            name: self.name.clone(),
            pan: Pan::parse(&self.number).map_err(|error| said(&error))?,
            expiry,
            card_secret: CardSecret::new(secret(&self.card_secret)?),
            pan_secret: PanSecret::new(secret(&self.pan_secret)?),
            identity: Identity { sign_key, sign_certificate, exchange: None, chain },
        })
    }
}

fn secret(text: &str) -> Result<[u8; 32], String> {
    let mut octets = [0; 32];
    hex::decode_to_slice(text, &mut octets).map_err(|_| "a secret has another length")?;
    Ok(octets)
}

fn malformed(file: &std::path::Path, reason: &str) -> DeploymentError {
    DeploymentError::Malformed {
        file: file.to_path_buf(),
        reason: reason.to_owned(),
        hint: "restore the vault from a copy, or register the cards again".into(),
    }
}
