//! TLS 1.3 for both sides: settings from PEM, and a server's settings that can be replaced.
//!
//! Cryptography is AWS-LC, with X25519MLKEM768 preferred for the key exchange; no older version
//! of TLS is compiled into the settings.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use thiserror::Error;

use counterfoil_secret::{Fault, Report, SecretBytes};

/// Certificates that a PEM file may hold.
pub const CERTIFICATES_MAX: usize = 64;
/// The only protocol that is negotiated inside (ALPN).
const HTTP_1_1: &[u8] = b"http/1.1";
/// Session tickets sent after a handshake: one resumption each.
const TICKETS_PER_HANDSHAKE: usize = 1;

/// TLS could not be set up from the files given.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TlsError {
    /// A file holds no certificate.
    #[error("{} holds no certificate", file.display())]
    NoCertificate {
        /// The file.
        file: PathBuf,
    },
    /// A file holds too many certificates.
    #[error("{} holds more than {CERTIFICATES_MAX} certificates", file.display())]
    TooManyCertificates {
        /// The file.
        file: PathBuf,
    },
    /// A certificate cannot be used for TLS.
    #[error("a certificate in {} cannot be used: {cause}", file.display())]
    BadCertificate {
        /// The file.
        file: PathBuf,
        /// What the TLS library said.
        cause: String,
    },
    /// A file holds no private key that can be used.
    #[error("{} holds no usable private key: {cause}", file.display())]
    BadKey {
        /// The file.
        file: PathBuf,
        /// What the TLS library said.
        cause: String,
    },
    /// The key does not belong to the certificate.
    #[error(
        "the key in {} does not belong to the certificate in {}",
        key.display(),
        certificate.display()
    )]
    Mismatch {
        /// File of the key.
        key: PathBuf,
        /// File of the certificate.
        certificate: PathBuf,
    },
    /// A host name cannot be one of a certificate.
    #[error("`{host}` is not a host name or address")]
    BadHost {
        /// The name.
        host: String,
    },
}

impl Report for TlsError {
    fn id(&self) -> &'static str {
        match self {
            Self::NoCertificate { .. } => "tls-no-certificate",
            Self::TooManyCertificates { .. } => "tls-too-many-certificates",
            Self::BadCertificate { .. } => "tls-certificate-unusable",
            Self::BadKey { .. } => "tls-key-unusable",
            Self::Mismatch { .. } => "tls-key-mismatch",
            Self::BadHost { .. } => "tls-host-invalid",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NoCertificate { file } | Self::TooManyCertificates { file } => format!(
                "put the PEM certificates that are needed, leaf first, into {}",
                file.display()
            ),
            Self::BadCertificate { file, .. } => {
                format!("look at it with `openssl x509 -text -in {}`", file.display())
            }
            Self::BadKey { file, .. } => {
                format!("put one unencrypted PKCS #8 key in PEM form into {}", file.display())
            }
            Self::Mismatch { certificate, .. } => {
                format!("put the key that {} was issued for in its place", certificate.display())
            }
            Self::BadHost { .. } => "write a DNS name or an IP address".into(),
        }
    }

    fn fault(&self) -> Fault {
        Fault::OurMisuse
    }
}

/// Octets of a PEM file, with its name for messages.
#[derive(Debug, Clone)]
pub struct PemFile {
    /// Where they were read.
    pub path: PathBuf,
    /// The octets.
    pub octets: Vec<u8>,
}

impl PemFile {
    fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        let file = || self.path.clone();
        let mut certificates = Vec::new();
        for certificate in CertificateDer::pem_slice_iter(&self.octets) {
            let certificate = certificate.map_err(|error| TlsError::BadCertificate {
                file: file(),
                cause: error.to_string(),
            })?;
            if certificates.len() == CERTIFICATES_MAX {
                return Err(TlsError::TooManyCertificates { file: file() });
            }
            certificates.push(certificate);
        }
        if certificates.is_empty() {
            return Err(TlsError::NoCertificate { file: file() });
        }
        Ok(certificates)
    }

    fn roots(&self) -> Result<RootCertStore, TlsError> {
        let mut roots = RootCertStore::empty();
        for certificate in self.certificates()? {
            roots.add(certificate).map_err(|error| self.unusable(&error))?;
        }
        Ok(roots)
    }

    fn unusable(&self, error: &dyn fmt::Display) -> TlsError {
        TlsError::BadCertificate { file: self.path.clone(), cause: error.to_string() }
    }
}

/// A certificate chain and its key, by which one side shows who it is.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The chain, leaf first.
    pub chain: PemFile,
    /// Where the key was read.
    pub key_path: PathBuf,
    /// The key, PKCS #8 in PEM.
    pub key: SecretBytes,
}

impl Identity {
    fn key_der(&self) -> Result<PrivateKeyDer<'static>, TlsError> {
        PrivateKeyDer::from_pem_slice(self.key.expose()).map_err(|error| TlsError::BadKey {
            file: self.key_path.clone(),
            cause: error.to_string(),
        })
    }

    fn failure(&self, error: rustls::Error) -> TlsError {
        match error {
            rustls::Error::InconsistentKeys(_) => TlsError::Mismatch {
                key: self.key_path.clone(),
                certificate: self.chain.path.clone(),
            },
            rustls::Error::InvalidCertificate(_) => self.chain.unusable(&error),
            error => TlsError::BadKey { file: self.key_path.clone(), cause: error.to_string() },
        }
    }
}

/// Settings of a server that shows `identity` and, when `clients` is given, accepts only clients
/// with a certificate of one of those issuers.
///
/// # Errors
/// [`TlsError`] naming the file.
pub fn server(identity: &Identity, clients: Option<&PemFile>) -> Result<ServerConfig, TlsError> {
    let builder = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])
        .expect("invariant: the provider has cipher suites of TLS 1.3");
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(issuers) => {
            let roots = Arc::new(issuers.roots()?);
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider())
                .build()
                .map_err(|error| issuers.unusable(&error))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let mut config = builder
        .with_single_cert(identity.chain.certificates()?, identity.key_der()?)
        .map_err(|error| identity.failure(error))?;
    config.alpn_protocols = vec![HTTP_1_1.to_vec()];
    config.send_tls13_tickets = TICKETS_PER_HANDSHAKE;
    Ok(config)
}

/// Settings of a client that accepts servers with a certificate of one of the issuers in `trust`,
/// and shows `identity` to servers that ask.
///
/// # Errors
/// [`TlsError`] naming the file.
pub fn client(trust: &PemFile, identity: Option<&Identity>) -> Result<ClientConfig, TlsError> {
    let builder = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])
        .expect("invariant: the provider has cipher suites of TLS 1.3")
        .with_root_certificates(trust.roots()?);
    match identity {
        None => Ok(builder.with_no_client_auth()),
        Some(identity) => builder
            .with_client_auth_cert(identity.chain.certificates()?, identity.key_der()?)
            .map_err(|error| identity.failure(error)),
    }
}

/// Adds the protocol name of HTTP/1.1 to a client's settings.
#[must_use]
pub fn for_http(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![HTTP_1_1.to_vec()];
    config
}

/// The name that a server's certificate must carry.
///
/// # Errors
/// [`TlsError::BadHost`].
pub fn server_name(host: &str) -> Result<ServerName<'static>, TlsError> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    ServerName::try_from(bare.to_owned()).map_err(|_| TlsError::BadHost { host: host.to_owned() })
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// A server's settings, replaceable while connections come in.
#[derive(Debug, Clone)]
pub struct ServerTls(Arc<RwLock<Arc<ServerConfig>>>);

impl ServerTls {
    /// Starts with these settings.
    pub fn new(config: ServerConfig) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(config))))
    }

    /// Uses other settings for connections from now on.
    pub fn replace(&self, config: ServerConfig) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
    }

    /// The settings for a new connection.
    pub fn current(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A file's octets with its path, as the functions here take it.
///
/// # Errors
/// From the file system.
pub fn read_pem(path: &Path) -> std::io::Result<PemFile> {
    Ok(PemFile { path: path.to_path_buf(), octets: std::fs::read(path)? })
}
