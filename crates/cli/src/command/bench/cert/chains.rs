//! Chains to verify: a root, an intermediate CA and many leaves of one suite, in PEM files.

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use counterfoil_crypto::key::{KeyPair, KeyUse};
use counterfoil_crypto::provider::AWS_LC;
use counterfoil_crypto::suite::Suite;
use counterfoil_node::files;
use counterfoil_node::rng::SystemRng;
use counterfoil_pki::crl::Reason;
use counterfoil_pki::issue::{CrlTemplate, Issuer, Revoked, Template, issue_unchecked, self_sign};
use counterfoil_pki::issue::{Profile, profile};
use counterfoil_pki::name::{AttributeKind, DistinguishedName};
use counterfoil_pki::{Certificate, PkiError};

use crate::failure::Failure;

/// How long everything is valid, in hours.
const VALID_HOURS: i64 = 24 * 30;

/// Files of one suite.
pub struct Chains {
    pub folder: PathBuf,
    pub root: PathBuf,
    pub intermediate: PathBuf,
    pub crls: PathBuf,
    /// Names of files in the folder.
    pub leaves: Vec<String>,
}

impl Chains {
    /// Makes and writes them.
    pub fn make(
        suite: &'static Suite,
        folder: &Path,
        count: usize,
        revoked: usize,
    ) -> Result<Self, Failure> {
        files::make_folder(folder, 0o700)?;
        let mut rng = SystemRng::new();
        let key = || KeyPair::generate(&AWS_LC, suite, KeyUse::Sign, &mut SystemRng::new());
        let (root_key, ca_key, leaf_key) = (key()?, key()?, key()?);
        let root_signing = root_key.signing_key()?;
        let ca_signing = ca_key.signing_key()?;
        let root = self_sign(&template("Root", profile::root(None))?, &*root_signing, &mut rng)?;
        let by_root = Issuer { certificate: &root, key: &*root_signing };
        let ca = template("CA", profile::tls_ca())?;
        let ca = issue_unchecked(&ca, &by_root, ca_key.spki_der(), &mut rng)?;
        let by_ca = Issuer { certificate: &ca, key: &*ca_signing };
        let chains = Self {
            folder: folder.to_path_buf(),
            root: folder.join("root.pem"),
            intermediate: folder.join("ca.pem"),
            crls: folder.join("crls.pem"),
            leaves: (0..count).map(|number| format!("{number}.pem")).collect(),
        };
        write(&chains.root, &root.to_pem())?;
        write(&chains.intermediate, &ca.to_pem())?;
        write(&chains.crls, &(crl(&by_root, revoked)? + &crl(&by_ca, revoked)?))?;
        for (number, file) in chains.leaves.iter().enumerate() {
            let leaf = template(&format!("Leaf {number}"), profile::tls_server(Vec::new()))?;
            let leaf: Certificate = issue_unchecked(&leaf, &by_ca, leaf_key.spki_der(), &mut rng)?;
            write(&folder.join(file), &leaf.to_pem())?;
        }
        Ok(chains)
    }
}

fn template(common: &str, profile: Profile) -> Result<Template, PkiError> {
    use AttributeKind::{CommonName, Organization};
    let now = Timestamp::now();
    Ok(Template {
        subject: DistinguishedName::of(&[(Organization, "Bench"), (CommonName, common)])?,
        profile,
        not_before: now - SignedDuration::from_hours(1),
        not_after: now + SignedDuration::from_hours(VALID_HOURS),
        signing_until: None,
    })
}

/// A CRL that lists so many certificates, none of those that are verified.
fn crl(by: &Issuer<'_>, count: usize) -> Result<String, Failure> {
    let now = Timestamp::now();
    let revoked: Vec<Revoked> = (0..count)
        .map(|number| {
            let mut serial = vec![1];
            serial.extend_from_slice(&(number as u64).to_be_bytes());
            Revoked { serial, revoked_at: now, reason: Reason::Superseded }
        })
        .collect();
    let template = CrlTemplate {
        number: 1,
        this_update: now - SignedDuration::from_hours(1),
        next_update: now + SignedDuration::from_hours(VALID_HOURS),
        revoked: &revoked,
    };
    Ok(by.crl(&template, &mut SystemRng::new())?.to_pem())
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| {
        let sentence = format!("{} cannot be written: {error}", path.display());
        Failure::unseen("file-unwritable", sentence, "make room in the temporary folder")
    })
}
