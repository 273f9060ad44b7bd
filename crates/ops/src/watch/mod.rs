//! Gathers what `cert watch` judges: certificates, keys and lists of a deployment's folder, of
//! files and of TLS servers, and the CRLs and OCSP responses that certificates point at.
//!
//! What cannot be read becomes an [`Unseen`] fact and stops nothing else.

mod deployment;
mod file;
mod host;
mod online;

use std::path::PathBuf;

use counterfoil_pki::watch::Facts;
use counterfoil_pki::{Certificate, Crl};

pub use self::host::{Server, UnknownTarget};

/// Files and servers that one call may watch.
pub const TARGETS_MAX: usize = 256;

/// What is to be watched.
#[derive(Debug, Default)]
pub struct Targets {
    /// A deployment's folder.
    pub data: Option<PathBuf>,
    /// Files with certificates.
    pub files: Vec<PathBuf>,
    /// TLS servers.
    pub servers: Vec<Server>,
    /// What clients of the servers, and users of the files, trust.
    pub anchors: Vec<Certificate>,
    /// Whether CRLs and OCSP responses are fetched from where certificates point.
    pub online: bool,
}

/// Looks at everything.
pub fn gather(targets: &Targets) -> Facts {
    let mut facts = Facts::default();
    if let Some(data) = &targets.data {
        deployment::gather(data, &mut facts);
    }
    for path in &targets.files {
        file::gather(path, &targets.anchors, &mut facts);
    }
    host::gather(&targets.servers, &targets.anchors, &mut facts);
    if targets.online {
        online::complete(&mut facts);
    }
    facts
}

/// The newest CRL of each issuer.
fn newest(crls: &[Crl]) -> Vec<Crl> {
    let mut kept: Vec<Crl> = Vec::new();
    for crl in crls {
        match kept.iter_mut().find(|other| other.issuer() == crl.issuer()) {
            Some(other) if other.this_update() < crl.this_update() => *other = crl.clone(),
            Some(_) => {}
            None => kept.push(crl.clone()),
        }
    }
    kept
}
