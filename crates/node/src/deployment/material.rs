//! What a party has in its folder: keys, certificates, trust, CRLs, each read by its name.
//!
//! Nothing here keeps what it read, so a reload reads everything anew.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use counterfoil_crypto::key::{ExchangeKey, KeyPair, KeyUse, SigningKey};
use counterfoil_crypto::provider;
use counterfoil_crypto::token::TokenKey;
use counterfoil_party::identity::{Exchange, Identity};
use counterfoil_pki::bci::Bci;
use counterfoil_pki::trust::{BciRule, Trust, TrustSettings};
use counterfoil_pki::{Certificate, Crl};
use counterfoil_secret::{Report, Secret, SecretBytes};

use super::error::DeploymentError;
use super::{layout, symmetric_key};
use crate::config::PartyConfig;
use crate::files::{self, FileError, Folder, PartyFolder};

type Read<T> = Result<T, DeploymentError>;

/// Reads what is in the folder of one party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Material {
    folder: PartyFolder,
}

impl Material {
    /// Of this folder.
    pub fn of(folder: PartyFolder) -> Self {
        Self { folder }
    }

    /// Of the party of this name in a data folder.
    ///
    /// # Errors
    /// [`FileError::BadName`].
    pub fn at(data: &Path, name: &str) -> Read<Self> {
        Ok(Self::of(PartyFolder::new(data, name)?))
    }

    /// The folder.
    pub fn folder(&self) -> &PartyFolder {
        &self.folder
    }

    /// Reads `config.toml`.
    ///
    /// # Errors
    /// [`DeploymentError::Config`].
    pub fn config<S: DeserializeOwned>(&self) -> Read<PartyConfig<S>> {
        Ok(PartyConfig::read(&self.folder)?)
    }

    /// `keys/<name>.pem`.
    pub fn key_file(&self, name: &str) -> PathBuf {
        self.folder.keys().join(format!("{name}.pem"))
    }

    /// `<name>.pem` of another folder.
    pub fn file(&self, folder: Folder, name: &str) -> PathBuf {
        self.folder.folder(folder).join(format!("{name}.pem"))
    }

    /// Whether the party has its SET certificates, so that it can be started.
    pub fn is_certified(&self) -> bool {
        self.file(Folder::Certs, layout::SIGNATURE).exists()
    }

    /// Reads a private key that signs.
    ///
    /// # Errors
    /// [`DeploymentError`] naming the file.
    pub fn signing_key(&self, name: &str) -> Read<Arc<dyn SigningKey>> {
        let pair = self.key_pair(name, KeyUse::Sign)?;
        pair.signing_key().map_err(|error| DeploymentError::malformed(&self.key_file(name), &error))
    }

    /// Reads a private key that opens.
    ///
    /// # Errors
    /// [`DeploymentError`] naming the file.
    pub fn exchange_key(&self, name: &str) -> Read<Arc<dyn ExchangeKey>> {
        let pair = self.key_pair(name, KeyUse::Exchange)?;
        pair.exchange_key()
            .map_err(|error| DeploymentError::malformed(&self.key_file(name), &error))
    }

    fn key_pair(&self, name: &str, key_use: KeyUse) -> Read<KeyPair> {
        let file = self.key_file(name);
        KeyPair::from_pkcs8_pem(&provider::AWS_LC, key_use, &secret_text(&file)?)
            .map_err(|error| DeploymentError::malformed(&file, &error))
    }

    /// Reads a symmetric key of [`symmetric_key::KEY_BYTES`] octets.
    ///
    /// # Errors
    /// [`DeploymentError`] naming the file.
    pub fn symmetric_key(&self, name: &str) -> Read<SecretBytes> {
        let file = self.key_file(name);
        symmetric_key::parse(&secret_text(&file)?).map_err(|reason| DeploymentError::Malformed {
            hint: format!("restore {} from a copy; records may depend on it", file.display()),
            file,
            reason: reason.to_owned(),
        })
    }

    /// The same as an array.
    ///
    /// # Errors
    /// [`DeploymentError`] naming the file.
    pub fn symmetric_key_array(&self, name: &str) -> Read<Secret<[u8; symmetric_key::KEY_BYTES]>> {
        let key = self.symmetric_key(name)?;
        let octets = key.expose().as_slice().try_into();
        Ok(Secret::new(octets.expect("invariant: every symmetric key has this length")))
    }

    /// Reads a key of tokens.
    ///
    /// # Errors
    /// [`DeploymentError`] naming the file.
    pub fn token_key(&self, name: &str) -> Read<TokenKey> {
        let file = self.key_file(name);
        TokenKey::from_pem(&secret_text(&file)?)
            .map_err(|error| DeploymentError::malformed(&file, &error))
    }

    /// Reads `certs/<name>.pem`: a certificate, and those of its issuers after it.
    ///
    /// # Errors
    /// [`DeploymentError`] naming the file.
    pub fn certificate(&self, name: &str) -> Read<(Certificate, Vec<Certificate>)> {
        let mut all = certificates(&self.file(Folder::Certs, name))?;
        let own = all.remove(0);
        Ok((own, all))
    }

    /// Reads the keys and certificates `signature` and, where there are, `exchange`.
    ///
    /// # Errors
    /// [`DeploymentError`]; [`DeploymentError::NotRegistered`] when there is no certificate.
    pub fn identity(&self) -> Read<Identity> {
        let file = self.file(Folder::Certs, layout::SIGNATURE);
        if !file.exists() {
            let name = self.folder.name().to_owned();
            return Err(DeploymentError::NotRegistered { name, file });
        }
        let (sign_certificate, chain) = self.certificate(layout::SIGNATURE)?;
        let sign_key = self.signing_key(layout::SIGNATURE)?;
        self.belongs(layout::SIGNATURE, sign_key.spki_der(), &sign_certificate)?;
        let exchange = if self.file(Folder::Certs, layout::EXCHANGE).exists() {
            let (certificate, _) = self.certificate(layout::EXCHANGE)?;
            let key = self.exchange_key(layout::EXCHANGE)?;
            self.belongs(layout::EXCHANGE, key.spki_der(), &certificate)?;
            Some(Exchange { key, certificate })
        } else {
            None
        };
        Ok(Identity { sign_key, sign_certificate, exchange, chain })
    }

    fn belongs(&self, name: &str, spki_der: &[u8], certificate: &Certificate) -> Read<()> {
        if certificate.spki_der() == spki_der {
            return Ok(());
        }
        let file = self.key_file(name);
        let certificate = self.file(Folder::Certs, name);
        Err(DeploymentError::Malformed {
            reason: format!("it does not belong to the certificate in {}", certificate.display()),
            hint: format!("put the key that was certified into {}", file.display()),
            file,
        })
    }

    /// Reads the roots that the party trusts.
    ///
    /// # Errors
    /// [`DeploymentError`] naming the file.
    pub fn roots(&self) -> Read<Vec<Certificate>> {
        certificates(&self.file(Folder::Trust, layout::ROOT))
    }

    /// Reads certificates of CAs that complete paths; none when there is no such file.
    ///
    /// # Errors
    /// [`DeploymentError`] naming the file.
    pub fn authorities(&self) -> Read<Vec<Certificate>> {
        let file = self.file(Folder::Trust, layout::AUTHORITIES);
        if file.exists() { certificates(&file) } else { Ok(Vec::new()) }
    }

    /// Reads the CRLs in `crls/`, in the order of their files' names.
    ///
    /// # Errors
    /// [`DeploymentError`] naming the file.
    pub fn crls(&self) -> Read<Vec<Crl>> {
        let mut crls = Vec::new();
        for file in self.folder.read_all(Folder::Crls)? {
            if file.name == layout::BCI {
                continue;
            }
            let path = file.value.path;
            let text = String::from_utf8(file.value.octets)
                .map_err(|_| FileError::NotText(path.clone()))?;
            let read = Crl::from_pem_all(&text);
            crls.extend(read.map_err(|error| DeploymentError::malformed(&path, &error))?);
        }
        Ok(crls)
    }

    /// Reads the BrandCRLIdentifier, if there is one.
    ///
    /// # Errors
    /// [`DeploymentError`] naming the file.
    pub fn bci(&self) -> Read<Option<Bci>> {
        let file = self.file(Folder::Crls, layout::BCI);
        if !file.exists() {
            return Ok(None);
        }
        let der = bci_der(&files::read_text(&file)?).ok_or_else(|| DeploymentError::Malformed {
            file: file.clone(),
            reason: "it holds no CMS block".into(),
            hint: "take the list of current CRLs anew from the brand CA".into(),
        })?;
        Bci::from_der(&der).map(Some).map_err(|error| DeploymentError::malformed(&file, &error))
    }

    /// What the party trusts at `now`: roots, CAs, and those CRLs and lists that are not over.
    /// What is over is left out, so that the party starts and says what it misses.
    ///
    /// # Errors
    /// [`DeploymentError`] naming the file that does not fit.
    pub fn trust(&self, now: Timestamp) -> Read<Trust> {
        let settings = TrustSettings { bci: BciRule::Required, crl_age_max: None };
        let fits = |file: PathBuf, error: &dyn Report| DeploymentError::malformed(&file, error);
        let mut trust = Trust::new(self.roots()?, settings)
            .map_err(|error| fits(self.file(Folder::Trust, layout::ROOT), &error))?;
        let authorities = self.authorities()?;
        trust.learn(&authorities);
        let crls: Vec<Crl> = self.crls()?.into_iter().filter(|crl| crl.is_fresh(now)).collect();
        trust
            .add_crls(&crls, &authorities, now)
            .map_err(|error| fits(self.folder.folder(Folder::Crls), &error))?;
        if let Some(bci) = self.bci()?.filter(|bci| bci.not_after() > now) {
            trust
                .set_bci(&bci, &authorities, now)
                .map_err(|error| fits(self.file(Folder::Crls, layout::BCI), &error))?;
        }
        Ok(trust)
    }
}

fn certificates(file: &Path) -> Read<Vec<Certificate>> {
    Certificate::from_pem_all(&files::read_text(file)?)
        .map_err(|error| DeploymentError::malformed(file, &error))
}

/// Reads a text that only its owner may read.
pub(super) fn secret_text(file: &Path) -> Read<Secret<String>> {
    let octets = files::read_secret(file)?;
    match std::str::from_utf8(octets.expose()) {
        Ok(text) => Ok(Secret::new(text.to_owned())),
        Err(_) => Err(FileError::NotText(file.to_path_buf()).into()),
    }
}

const CMS_BEGIN: &str = "-----BEGIN CMS-----";
const CMS_END: &str = "-----END CMS-----";
/// Characters of base64 in one line (RFC 7468 section 2).
const LINE_CHARS: usize = 64;

/// A BrandCRLIdentifier as PEM (RFC 7468 section 9), which `openssl cms -inform PEM` reads.
pub fn bci_pem(der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let line = |at: usize| &base64[at..base64.len().min(at + LINE_CHARS)];
    let lines: Vec<&str> = (0..base64.len()).step_by(LINE_CHARS).map(line).collect();
    format!("{CMS_BEGIN}\n{}\n{CMS_END}\n", lines.join("\n"))
}

fn bci_der(text: &str) -> Option<Vec<u8>> {
    let (_, body) = text.split_once(CMS_BEGIN)?;
    let (body, _) = body.split_once(CMS_END)?;
    let base64: String = body.split_whitespace().collect();
    STANDARD.decode(base64).ok()
}
