//! Signatures beside files that leave a deployment: detached SignedData (RFC 5652) by the key of a
//! party, in PEM, which `openssl cms -verify` reads as well.
//!
//! Whoever gets such a file learns which certificate signed it. Whether that certificate is to be
//! trusted is theirs to say: its chain comes along, up to but without the root.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use thiserror::Error;

use counterfoil_crypto::cms::ContentInfo;
use counterfoil_crypto::cms::recipient::IssuerAndSerial;
use counterfoil_crypto::cms::signed::{Expected, SignRequest, SignedData, Signer, SignerId, sign};
use counterfoil_crypto::oid::{Oid, ROOT};
use counterfoil_node::deployment::{Material, layout};
use counterfoil_node::rng::SystemRng;
use counterfoil_pki::Certificate;
use counterfoil_secret::{Fault, Report};

/// Content type of what is signed: a file as it is.
const FILE: Oid = ROOT.child(4).child(1);
/// What is appended to a file's name for that of its signature.
pub const EXTENSION: &str = ".p7s";
/// Octets of a signature that is read.
const SIGNATURE_BYTES_MAX: u64 = 256 * 1024;
/// Certificates and keys that can sign, the most particular first.
const NAMES: [&str; 3] = [layout::SIGNATURE, layout::ISSUING, layout::TLS];
const BEGIN: &str = "-----BEGIN CMS-----";
const END: &str = "-----END CMS-----";
/// Characters of base64 in one line (RFC 7468 section 2).
const LINE_CHARS: usize = 64;

/// Who signed a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signed {
    /// Subject of the certificate.
    pub subject: String,
    /// Its issuer.
    pub issuer: String,
    /// SHA-256 over the certificate, hexadecimal.
    pub sha256: String,
}

/// A signature that cannot be made, or does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SealError {
    /// The party has no key that can sign.
    #[error("{party} has no certificate and key that it could sign with")]
    NoKey {
        /// The party.
        party: String,
    },
    /// The signature does not belong to the file, or is none.
    #[error("the signature {} does not hold: {cause}", .file.display())]
    Broken {
        /// The file with the signature.
        file: PathBuf,
        /// Why.
        cause: String,
    },
    /// Signing failed.
    #[error("{party} cannot sign: {cause}")]
    Unable {
        /// The party.
        party: String,
        /// Why.
        cause: String,
    },
}

impl Report for SealError {
    fn id(&self) -> &'static str {
        match self {
            Self::NoKey { .. } => "no-signing-key",
            Self::Broken { .. } => "signature-broken",
            Self::Unable { .. } => "not-signed",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NoKey { .. } => "name another party with --party".into(),
            Self::Broken { file, .. } => format!(
                "get the file and its signature again, or remove {} to read it unsigned",
                file.display()
            ),
            Self::Unable { .. } => {
                "check the party's keys: counterfoil cert watch --data DIR".into()
            }
        }
    }

    fn fault(&self) -> Fault {
        match self {
            Self::Broken { .. } => Fault::Malformed,
            Self::NoKey { .. } | Self::Unable { .. } => Fault::Environment,
        }
    }
}

/// Where the signature of a file lies.
pub fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(EXTENSION);
    PathBuf::from(name)
}

/// Signs octets by a party's key: PEM, and whose it is.
///
/// # Errors
/// [`SealError`] when the party has no key for it.
pub fn seal(octets: &[u8], material: &Material) -> Result<(String, Signed), SealError> {
    let party = material.folder().name().to_owned();
    let both = NAMES.iter().find_map(|name| {
        let (certificate, chain) = material.certificate(name).ok()?;
        Some((certificate, chain, material.signing_key(name).ok()?))
    });
    let (certificate, chain, key) = both.ok_or(SealError::NoKey { party: party.clone() })?;
    let name = IssuerAndSerial {
        issuer_der: certificate.issuer_der(),
        serial_der: certificate.serial_der(),
    };
    let id = SignerId::Certificate { name, thumb: *certificate.thumb().as_bytes() };
    let signers = [Signer { key: &*key, id }];
    let certificates: Vec<&[u8]> =
        std::iter::once(&certificate).chain(&chain).map(Certificate::der).collect();
    let request = SignRequest {
        content_type: FILE,
        content: octets,
        detached: true,
        signers: &signers,
        recipient: None,
        certificates: &certificates,
        crls: &[],
    };
    let made = sign(&request, &mut SystemRng::new())
        .map_err(|error| SealError::Unable { party, cause: error.to_string() })?;
    Ok((pem(made.as_der()), signed(&certificate)))
}

/// Who signed a file, when there is a signature beside it.
///
/// # Errors
/// [`SealError::Broken`] when there is one that does not hold.
pub fn signer_of(file: &Path, octets: &[u8]) -> Result<Option<Signed>, SealError> {
    let signature = beside(file);
    let broken = |cause: String| SealError::Broken { file: signature.clone(), cause };
    match std::fs::metadata(&signature) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(broken(error.to_string())),
        Ok(metadata) if !metadata.is_file() || metadata.len() > SIGNATURE_BYTES_MAX => {
            return Err(broken("it is no file of a signature".into()));
        }
        Ok(_) => {}
    }
    let text = std::fs::read_to_string(&signature).map_err(|error| broken(error.to_string()))?;
    verify(octets, &text).map(Some).map_err(broken)
}

/// Verifies a signature with the certificate that it names and brings along.
fn verify(octets: &[u8], text: &str) -> Result<Signed, String> {
    let der = unpem(text).ok_or("it is not PEM of CMS")?;
    let said = |error: counterfoil_crypto::CryptoError| error.to_string();
    let info = ContentInfo::from_der(der).map_err(said)?;
    let data = SignedData::parse(&info).map_err(said)?;
    let [signer] = data.signers.as_slice() else { return Err("it has several signers".into()) };
    let certificates = data.certificates.iter();
    let certificate = certificates
        .filter_map(|der| Certificate::from_der(der).ok())
        .find(|one| signer.certificate_thumb == Some(*one.thumb().as_bytes()))
        .ok_or("the signer's certificate did not come along")?;
    let name = IssuerAndSerial {
        issuer_der: certificate.issuer_der(),
        serial_der: certificate.serial_der(),
    };
    let expected = Expected {
        content_type: FILE,
        content: Some(octets),
        signer: SignerId::Certificate { name, thumb: *certificate.thumb().as_bytes() },
        recipient: None,
    };
    data.verify(0, certificate.verifying_key().map_err(said)?, &expected).map_err(said)?;
    Ok(signed(&certificate))
}

fn signed(certificate: &Certificate) -> Signed {
    let octets = certificate.thumb();
    Signed {
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        sha256: octets.as_bytes().iter().map(|octet| format!("{octet:02x}")).collect(),
    }
}

fn pem(der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let line = |at: usize| &base64[at..base64.len().min(at + LINE_CHARS)];
    let lines: Vec<&str> = (0..base64.len()).step_by(LINE_CHARS).map(line).collect();
    format!("{BEGIN}\n{}\n{END}\n", lines.join("\n"))
}

fn unpem(text: &str) -> Option<Vec<u8>> {
    let (_, body) = text.split_once(BEGIN)?;
    let (body, _) = body.split_once(END)?;
    let base64: String = body.split_whitespace().collect();
    STANDARD.decode(base64).ok()
}
