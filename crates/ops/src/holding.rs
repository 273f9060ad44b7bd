//! Certificates as a deployment's files hold them: where one is, who can issue it anew, and putting
//! another one in its place.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use counterfoil_crypto::digest::sha256;
use counterfoil_crypto::key::SigningKey;
use counterfoil_node::deployment::{Material, layout, serve};
use counterfoil_node::files::{self, Folder};
use counterfoil_pki::Certificate;

/// A file that holds certificates.
#[derive(Debug, Clone)]
pub(crate) struct Holding {
    /// The file.
    pub(crate) path: PathBuf,
    /// Its text.
    pub(crate) text: String,
    /// What can be read of it.
    pub(crate) certificates: Vec<Certificate>,
}

/// Every file with certificates of a deployment.
pub(crate) fn all(data: &Path) -> Result<Vec<Holding>, String> {
    let deployment = serve::open(data).map_err(|error| error.to_string())?;
    let mut names: Vec<&str> = deployment.parties.iter().map(|party| &*party.name).collect();
    if !names.contains(&layout::WALLET) {
        names.push(layout::WALLET);
    }
    let mut found = Vec::new();
    for name in names {
        let material = Material::at(data, name).map_err(|error| error.to_string())?;
        for folder in [Folder::Certs, Folder::Trust] {
            let read = material.folder().read_all(folder).map_err(|error| error.to_string())?;
            for file in read {
                let Ok(text) = String::from_utf8(file.value.octets) else { continue };
                let Ok(certificates) = Certificate::from_pem_all(&text) else { continue };
                let path = file.value.path;
                found.push(Holding { path, text, certificates });
            }
        }
    }
    Ok(found)
}

/// A certificate by the SHA-256 of its DER, in hexadecimal.
pub(crate) fn by_digest(holdings: &[Holding], sha256_hex: &str) -> Option<Certificate> {
    let all = holdings.iter().flat_map(|holding| &holding.certificates);
    all.into_iter().find(|one| hex::encode(sha256(one.der())) == sha256_hex).cloned()
}

/// A CA's certificate with its key.
#[derive(Debug, Clone)]
pub(crate) struct Signer {
    pub(crate) certificate: Certificate,
    pub(crate) key: Arc<dyn SigningKey>,
}

/// The CA that issued `certificate`, where its key is in the deployment. Of several certificates
/// of the CA the one that ends last.
pub(crate) fn signer(
    data: &Path,
    holdings: &[Holding],
    certificate: &Certificate,
) -> Option<Signer> {
    let deployment = serve::open(data).ok()?;
    let mut found: Option<Signer> = None;
    for party in &deployment.parties {
        let material = Material::at(data, &party.name).ok()?;
        for name in [layout::ISSUING, layout::TLS_CA] {
            let Ok(key) = material.signing_key(name) else { continue };
            let certificates = holdings.iter().flat_map(|holding| &holding.certificates);
            let of_key = certificates.filter(|one| {
                one.subject() == certificate.issuer() && one.spki_der() == key.spki_der()
            });
            for one in of_key {
                let is_later = found
                    .as_ref()
                    .is_none_or(|known| known.certificate.not_after() < one.not_after());
                if is_later {
                    found = Some(Signer { certificate: one.clone(), key: Arc::clone(&key) });
                }
            }
        }
    }
    found
}

/// The text with `new` in the place of `old`; everything else stays as it is.
pub(crate) fn replaced(text: &str, old: &Certificate, new: &Certificate) -> String {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    const END: &str = "-----END CERTIFICATE-----";
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(BEGIN) {
        let (before, block) = rest.split_at(at);
        let Some(end) = block.find(END).map(|end| end + END.len()) else { break };
        let (block, after) = block.split_at(end);
        out.push_str(before);
        let is_old = Certificate::from_pem_all(block)
            .is_ok_and(|read| read.first().is_some_and(|read| read == old));
        let pem = new.to_pem();
        out.push_str(if is_old { pem.trim_end() } else { block });
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Reads a file of certificates.
pub(crate) fn read(path: &Path) -> Result<Vec<Certificate>, String> {
    let text = files::read_text(path).map_err(|error| error.to_string())?;
    Certificate::from_pem_all(&text).map_err(|error| error.to_string())
}
