//! The folder of one party: settings, keys, certificates, trust, CRLs, each read by its name.
//!
//! Nothing here keeps what it read, so a reload reads everything anew.

use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
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
use crate::tls::{self, PemFile};

/// Octets of one file of settings, keys or certificates.
pub const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// CRLs that a folder may hold.
pub const CRL_FILES_MAX: usize = 64;
/// Permissions that nobody but the owner may have on a private file.
const FOR_OTHERS: u32 = 0o077;

/// One party's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    name: String,
    path: PathBuf,
}

type Read<T> = Result<T, DeploymentError>;

impl Folder {
    /// The folder of the party `name` in the folder of a deployment.
    pub fn new(deployment: &Path, name: &str) -> Self {
        Self { name: name.to_owned(), path: deployment.join(name) }
    }

    /// The party's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the folder is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file of the party's records.
    pub fn state(&self) -> PathBuf {
        self.path.join(layout::STATE)
    }

    /// The folder of its logs.
    pub fn log(&self) -> PathBuf {
        self.path.join(layout::LOG)
    }

    /// Where the key of this name is.
    pub fn key_file(&self, name: &str) -> PathBuf {
        self.path.join(layout::KEYS).join(format!("{name}.pem"))
    }

    /// Where the certificate of this name is.
    pub fn certificate_file(&self, name: &str) -> PathBuf {
        self.path.join(layout::CERTS).join(format!("{name}.pem"))
    }

    /// Where something trusted is.
    pub fn trust_file(&self, name: &str) -> PathBuf {
        self.path.join(layout::TRUST).join(format!("{name}.pem"))
    }

    /// Reads `config.toml`.
    ///
    /// # Errors
    /// [`DeploymentError`], with the line and column of what does not fit.
    pub fn settings<T: DeserializeOwned>(&self) -> Read<T> {
        settings(&self.path.join(layout::CONFIG))
    }

    /// Reads a private key that signs.
    ///
    /// # Errors
    /// [`DeploymentError`] naming the file.
    pub fn signing_key(&self, name: &str) -> Read<std::sync::Arc<dyn SigningKey>> {
        let pair = self.key_pair(name, KeyUse::Sign)?;
        pair.signing_key().map_err(|error| DeploymentError::malformed(&self.key_file(name), &error))
    }

    /// Reads a private key that opens.
    ///
    /// # Errors
    /// [`DeploymentError`] naming the file.
    pub fn exchange_key(&self, name: &str) -> Read<std::sync::Arc<dyn ExchangeKey>> {
        let pair = self.key_pair(name, KeyUse::Exchange)?;
        pair.exchange_key()
            .map_err(|error| DeploymentError::malformed(&self.key_file(name), &error))
    }

    fn key_pair(&self, name: &str, key_use: KeyUse) -> Read<KeyPair> {
        let file = self.key_file(name);
        let pem = private_text(&file)?;
        KeyPair::from_pkcs8_pem(&provider::AWS_LC, key_use, &pem)
            .map_err(|error| DeploymentError::malformed(&file, &error))
    }

    /// Reads a symmetric key of [`symmetric_key::KEY_BYTES`] octets.
    ///
    /// # Errors
    /// [`DeploymentError`] naming the file.
    pub fn symmetric_key(&self, name: &str) -> Read<SecretBytes> {
        let file = self.key_file(name);
        symmetric_key::parse(&private_text(&file)?).map_err(|reason| DeploymentError::Malformed {
            hint: format!("restore {} from a copy; records may depend on it", file.display()),
            file,
            reason: reason.to_owned(),
        })
    }

    /// The same as an array.
    ///
    /// # Errors
    /// [`DeploymentError`] naming the file.
    pub fn symmetric_key_array(
        &self,
        name: &str,
    ) -> Read<Secret<[u8; symmetric_key::KEY_BYTES]>> {
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
        TokenKey::from_pem(&private_text(&file)?)
            .map_err(|error| DeploymentError::malformed(&file, &error))
    }

    /// Reads a certificate with those of its issuers, its own first.
    ///
    /// # Errors
    /// [`DeploymentError`] naming the file.
    pub fn certificate(&self, name: &str) -> Read<(Certificate, Vec<Certificate>)> {
        let file = self.certificate_file(name);
        let mut all = certificates(&file)?;
        let own = all.remove(0);
        Ok((own, all))
    }

    /// Reads the keys and certificates `signature` and, where there are, `exchange`.
    ///
    /// # Errors
    /// [`DeploymentError`]; [`DeploymentError::NotRegistered`] when there is no certificate.
    pub fn identity(&self) -> Read<Identity> {
        let file = self.certificate_file(layout::SIGNATURE);
        if !file.exists() {
            return Err(DeploymentError::NotRegistered { name: self.name.clone(), file });
        }
        let (sign_certificate, chain) = self.certificate(layout::SIGNATURE)?;
        let sign_key = self.signing_key(layout::SIGNATURE)?;
        self.belongs(layout::SIGNATURE, sign_key.spki_der(), &sign_certificate)?;
        let exchange = if self.certificate_file(layout::EXCHANGE).exists() {
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
        Err(DeploymentError::Malformed {
            reason: format!(
                "it does not belong to the certificate in {}",
                self.certificate_file(name).display()
            ),
            hint: format!("put the key that was certified into {}", file.display()),
            file,
        })
    }

    /// Reads the roots that the party trusts.
    ///
    /// # Errors
    /// [`DeploymentError`] naming the file.
    pub fn roots(&self) -> Read<Vec<Certificate>> {
        certificates(&self.trust_file(layout::ROOT))
    }

    /// Reads certificates of CAs that complete paths; none when there is no such file.
    ///
    /// # Errors
    /// [`DeploymentError`] naming the file.
    pub fn authorities(&self) -> Read<Vec<Certificate>> {
        let file = self.trust_file(layout::AUTHORITIES);
        if file.exists() { certificates(&file) } else { Ok(Vec::new()) }
    }

    /// Reads the CRLs in `crls/`, in the order of their files' names.
    ///
    /// # Errors
    /// [`DeploymentError`] naming the file.
    pub fn crls(&self) -> Read<Vec<Crl>> {
        let folder = self.path.join(layout::CRLS);
        let mut files = Vec::new();
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(DeploymentError::unreadable(&folder, &error)),
        };
        for entry in entries {
            let path = entry.map_err(|error| DeploymentError::unreadable(&folder, &error))?.path();
            let is_pem = path.extension().is_some_and(|extension| extension == "pem");
            if is_pem && path.file_stem().is_some_and(|stem| stem != layout::BCI) {
                files.push(path);
            }
        }
        files.sort();
        if files.len() > CRL_FILES_MAX {
            return Err(DeploymentError::Malformed {
                file: folder,
                reason: format!("it holds more than {CRL_FILES_MAX} files"),
                hint: "remove the CRLs that are over".into(),
            });
        }
        let mut crls = Vec::new();
        for file in files {
            let read = Crl::from_pem_all(&text(&file)?)
                .map_err(|error| DeploymentError::malformed(&file, &error))?;
            crls.extend(read);
        }
        Ok(crls)
    }

    /// Reads the BrandCRLIdentifier, if there is one.
    ///
    /// # Errors
    /// [`DeploymentError`] naming the file.
    pub fn bci(&self) -> Read<Option<Bci>> {
        let file = self.path.join(layout::CRLS).join(format!("{}.pem", layout::BCI));
        if !file.exists() {
            return Ok(None);
        }
        let text = text(&file)?;
        let der = bci_der(&text).ok_or_else(|| DeploymentError::Malformed {
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
            .map_err(|error| fits(self.trust_file(layout::ROOT), &error))?;
        let authorities = self.authorities()?;
        trust.learn(&authorities);
        let crls: Vec<Crl> = self.crls()?.into_iter().filter(|crl| crl.is_fresh(now)).collect();
        let folder = self.path.join(layout::CRLS);
        trust.add_crls(&crls, &authorities, now).map_err(|error| fits(folder.clone(), &error))?;
        if let Some(bci) = self.bci()?.filter(|bci| bci.not_after() > now) {
            trust
                .set_bci(&bci, &authorities, now)
                .map_err(|error| fits(folder.join(format!("{}.pem", layout::BCI)), &error))?;
        }
        Ok(trust)
    }

    /// Reads the certificate and key that the party's TLS server shows.
    ///
    /// # Errors
    /// [`DeploymentError`] naming the file.
    pub fn tls_identity(&self) -> Read<tls::Identity> {
        let key_path = self.key_file(layout::TLS);
        let key = Secret::new(private_text(&key_path)?.expose().as_bytes().to_vec());
        let chain = pem(&self.certificate_file(layout::TLS))?;
        Ok(tls::Identity { chain, key_path, key })
    }

    /// Reads the issuers of TLS certificates that the party trusts.
    ///
    /// # Errors
    /// [`DeploymentError`] naming the file.
    pub fn tls_trust(&self) -> Read<PemFile> {
        pem(&self.trust_file(layout::TLS_CA))
    }
}

/// Reads a TOML file.
pub(super) fn settings<T: DeserializeOwned>(file: &Path) -> Read<T> {
    toml::from_str(&text(file)?).map_err(|error| DeploymentError::Malformed {
        file: file.to_path_buf(),
        reason: one_line(&error),
        hint: format!("correct the line in {}", file.display()),
    })
}

/// What the TOML reader says, in one line: where, then what.
fn one_line(error: &toml::de::Error) -> String {
    error.to_string().lines().filter(|line| !line.contains('|')).map(str::trim).fold(
        String::new(),
        |mut all, line| {
            if !line.is_empty() {
                all.push_str(if all.is_empty() { "" } else { ": " });
                all.push_str(line);
            }
            all
        },
    )
}

/// Reads certificates, at least one.
pub(super) fn certificates(file: &Path) -> Read<Vec<Certificate>> {
    Certificate::from_pem_all(&text(file)?)
        .map_err(|error| DeploymentError::malformed(file, &error))
}

fn pem(file: &Path) -> Read<PemFile> {
    Ok(PemFile { path: file.to_path_buf(), octets: text(file)?.into_bytes() })
}

/// Reads a text of at most [`FILE_BYTES_MAX`].
pub(super) fn text(file: &Path) -> Read<String> {
    let opened = std::fs::File::open(file);
    let opened = opened.map_err(|error| DeploymentError::unreadable(file, &error))?;
    let mut text = String::new();
    let mut bounded = opened.take(FILE_BYTES_MAX + 1);
    bounded.read_to_string(&mut text).map_err(|error| DeploymentError::unreadable(file, &error))?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(DeploymentError::Malformed {
            file: file.to_path_buf(),
            reason: format!("it is larger than {FILE_BYTES_MAX} octets"),
            hint: "put the right file in its place".into(),
        });
    }
    Ok(text)
}

/// Reads a text that only its owner may read.
pub(super) fn private_text(file: &Path) -> Read<Secret<String>> {
    let metadata = std::fs::metadata(file);
    let metadata = metadata.map_err(|error| DeploymentError::unreadable(file, &error))?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & FOR_OTHERS != 0 {
        return Err(DeploymentError::Exposed { file: file.to_path_buf(), mode });
    }
    text(file).map(Secret::new)
}

const CMS_BEGIN: &str = "-----BEGIN CMS-----";
const CMS_END: &str = "-----END CMS-----";

/// A BrandCRLIdentifier as PEM (RFC 7468 section 9), which `openssl cms -inform PEM` reads.
pub fn bci_pem(der: &[u8]) -> String {
    let base64 = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> =
        (0..base64.len()).step_by(64).map(|at| &base64[at..base64.len().min(at + 64)]).collect();
    format!("{CMS_BEGIN}\n{}\n{CMS_END}\n", lines.join("\n"))
}

fn bci_der(text: &str) -> Option<Vec<u8>> {
    let (_, body) = text.split_once(CMS_BEGIN)?;
    let (body, _) = body.split_once(CMS_END)?;
    let base64: String = body.split_whitespace().collect();
    base64::engine::general_purpose::STANDARD.decode(base64).ok()
}
