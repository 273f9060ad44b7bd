//! The recorded state of a deployment: what its files were when the product itself last changed
//! them, kept in `DIR/doctor/recorded`.
//!
//! Copies and digests of settings, certificates, trust and lists; of keys nothing but a digest of
//! the public half, or a check value. `init` makes it; commands and repairs that change files as
//! they are meant to renew what they wrote, and `counterfoil doctor --record` takes everything as
//! it is. That a party accepted a file proves nothing about who changed it, so that a reload
//! renews nothing.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use counterfoil_crypto::digest::sha256;
use counterfoil_node::deployment::{DeploymentError, Material, layout};
use counterfoil_node::files::{self, DEPLOYMENT_FILE, FileError};
use counterfoil_secret::{Fault, Report};

use crate::check_value::check_value;
use crate::repair;
use crate::survey::Place;

/// The folder, below the doctor's.
const FOLDER: &str = "recorded";
/// The list of what is recorded.
const INDEX: &str = "index.json";
/// Copies of files, below it.
const COPIES: &str = "files";
/// Keys that are no pairs, hence without a public half.
const SYMMETRIC: [&str; 5] =
    [layout::MARKS, layout::RECORDS, layout::TOKENS, layout::BANK_LINK, layout::STORAGE];
/// Folders of PEM files that are copied.
const PUBLIC: [&str; 3] = ["certs", "trust", "crls"];

/// A record that cannot be read or made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RecordError {
    /// The deployment cannot be used.
    #[error(transparent)]
    Deployment(#[from] DeploymentError),
    /// A file of the record cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The list does not hold what it should.
    #[error("{} is not a record: {cause}", file.display())]
    Malformed {
        /// The list.
        file: PathBuf,
        /// What is wrong.
        cause: String,
    },
    /// A copy is not what the list says.
    #[error("the copy of {0} is not what was recorded")]
    Altered(String),
    /// Nothing was recorded of the file, or of a key only a digest.
    #[error("there is no copy of {0}")]
    NoCopy(String),
}

impl Report for RecordError {
    fn id(&self) -> &'static str {
        match self {
            Self::Deployment(error) => error.id(),
            Self::File(error) => error.id(),
            Self::Malformed { .. } => "record-malformed",
            Self::Altered(_) => "record-altered",
            Self::NoCopy(_) => "record-missing",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Deployment(error) => error.hint(),
            Self::File(error) => error.hint(),
            Self::Malformed { .. } | Self::Altered(_) => {
                "look at the deployment's files yourself, then record them anew with \
                 `counterfoil doctor --record`"
                    .into()
            }
            Self::NoCopy(_) => "take the file from a backup".into(),
        }
    }

    fn fault(&self) -> Fault {
        match self {
            Self::Deployment(error) => error.fault(),
            Self::File(error) => error.fault(),
            Self::Malformed { .. } | Self::Altered(_) => Fault::Malformed,
            Self::NoCopy(_) => Fault::Environment,
        }
    }
}

/// What is recorded of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Digest of its octets, of a key its public half's or its check value.
    pub sha256: String,
    /// When it was recorded with this digest.
    pub when: Timestamp,
    /// Is it a key, of which there is no copy?
    pub is_key: bool,
}

/// The record of a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    folder: PathBuf,
    /// By place, relative to the deployment's folder.
    pub entries: BTreeMap<String, Entry>,
}

impl Record {
    /// The record of the deployment in `data`; an empty one when nothing is recorded yet.
    ///
    /// # Errors
    /// [`RecordError::File`] or [`RecordError::Malformed`].
    pub fn read(data: &Path) -> Result<Self, RecordError> {
        let folder = data.join(repair::FOLDER).join(FOLDER);
        let file = folder.join(INDEX);
        let entries = match files::read(&file) {
            Ok(octets) => serde_json::from_slice(&octets).map_err(|error| {
                RecordError::Malformed { file: file.clone(), cause: error.to_string() }
            })?,
            Err(FileError::Missing(_)) => BTreeMap::new(),
            Err(error) => return Err(error.into()),
        };
        Ok(Self { folder, entries })
    }

    /// The copy of a file, which is what was recorded.
    ///
    /// # Errors
    /// [`RecordError`] when there is none, or it was altered.
    pub fn copy(&self, place: &str) -> Result<Vec<u8>, RecordError> {
        let entry = self.entries.get(place).filter(|entry| !entry.is_key);
        let entry = entry.ok_or_else(|| RecordError::NoCopy(place.to_owned()))?;
        let octets = files::read(&self.copy_file(place))?;
        if hex::encode(sha256(&octets)) == entry.sha256 {
            Ok(octets)
        } else {
            Err(RecordError::Altered(place.to_owned()))
        }
    }

    fn copy_file(&self, place: &str) -> PathBuf {
        self.folder.join(COPIES).join(place)
    }

    /// Takes a file as it is now; one that is gone is forgotten.
    fn take(&mut self, data: &Path, place: &str, now: Timestamp) -> Result<(), RecordError> {
        let Some((digest, octets)) = look(data, place) else {
            self.entries.remove(place);
            return Ok(());
        };
        let is_key = octets.is_none();
        if let Some(octets) = octets {
            let copy = self.copy_file(place);
            files::make_folder(copy.parent().unwrap_or(&self.folder), 0o700)?;
            files::write(&copy, &octets, files::Access::Private)?;
        }
        let same = self.entries.get(place).filter(|entry| entry.sha256 == digest);
        let when = same.map_or(now, |entry| entry.when);
        self.entries.insert(place.to_owned(), Entry { sha256: digest, when, is_key });
        Ok(())
    }

    fn write(&self) -> Result<(), RecordError> {
        let text = serde_json::to_vec_pretty(&self.entries)
            .expect("invariant: entries have text keys and plain values");
        Ok(files::write(&self.folder.join(INDEX), &text, files::Access::Private)?)
    }
}

/// Records a whole deployment as it is now. Returns how many files that is.
///
/// # Errors
/// [`RecordError`].
pub fn all(data: &Path, now: Timestamp) -> Result<usize, RecordError> {
    let place = Place::open(data)?;
    let places = places(&place);
    changed(data, |record| {
        record.entries.retain(|known, _| places.contains(known));
        places.iter().try_for_each(|place| record.take(data, place, now))?;
        Ok(record.entries.len())
    })
}

/// Records these files of a deployment as they are now: the product has just written them.
///
/// # Errors
/// [`RecordError`].
pub fn renew<'a>(
    data: &Path,
    now: Timestamp,
    written: impl IntoIterator<Item = &'a Path>,
) -> Result<(), RecordError> {
    changed(data, |record| {
        for file in written {
            let Some(place) = file.strip_prefix(data).ok().and_then(Path::to_str) else { continue };
            if is_recorded(place) {
                record.take(data, place, now)?;
            }
        }
        Ok(())
    })
}

/// Changes the record while nobody else does.
fn changed<T>(
    data: &Path,
    change: impl FnOnce(&mut Record) -> Result<T, RecordError>,
) -> Result<T, RecordError> {
    let folder = data.join(repair::FOLDER).join(FOLDER);
    files::make_folder(&folder, 0o700)?;
    let unwritable = |error: std::io::Error| FileError::Unwritable {
        path: folder.clone(),
        cause: error.to_string(),
    };
    let lock = File::create(folder.join("lock")).map_err(unwritable)?;
    flock(&lock, FlockOperation::LockExclusive).map_err(|error| unwritable(error.into()))?;
    let mut record = Record::read(data)?;
    let ended = change(&mut record)?;
    record.write()?;
    Ok(ended)
}

/// Is this a file that is recorded?
fn is_recorded(place: &str) -> bool {
    let parts: Vec<&str> = place.split('/').collect();
    let is_pem = place.ends_with(".pem");
    match parts.as_slice() {
        [file] => *file == DEPLOYMENT_FILE,
        [_, file] => *file == "config.toml",
        [_, folder, _] => is_pem && (PUBLIC.contains(folder) || *folder == "keys"),
        _ => false,
    }
}

/// Every file of a deployment that is recorded.
fn places(place: &Place) -> Vec<String> {
    let mut places = vec![DEPLOYMENT_FILE.to_owned()];
    for (entry, material) in place.materials() {
        let root = material.folder().root();
        places.push(format!("{}/config.toml", entry.name));
        for folder in PUBLIC.into_iter().chain(["keys"]) {
            let Ok(entries) = std::fs::read_dir(root.join(folder)) else { continue };
            let paths = entries.take(files::FILES_MAX).filter_map(|entry| Some(entry.ok()?.path()));
            let named = paths.map(|path| place.name_of(&path)).filter(|name| is_recorded(name));
            places.extend(named);
        }
    }
    places.retain(|name| place.data.join(name).is_file());
    places.sort();
    places
}

/// The digest of a file as it is now, and its octets unless it is a key. None when it is gone or
/// cannot be read.
pub(crate) fn look(data: &Path, place: &str) -> Option<(String, Option<Vec<u8>>)> {
    if place.split('/').nth(1) == Some("keys") {
        return Some((key_digest(data, place)?, None));
    }
    let octets = files::read(&data.join(place)).ok()?;
    Some((hex::encode(sha256(&octets)), Some(octets)))
}

fn key_digest(data: &Path, place: &str) -> Option<String> {
    let mut parts = place.split('/');
    let material = Material::at(data, parts.next()?).ok()?;
    let name = parts.nth(1)?.strip_suffix(".pem")?;
    match name {
        layout::TOKENS => {
            // A key of tokens is a text of its own form.
            let text = files::read_secret(&material.key_file(name)).ok()?;
            Some(check_value(&text))
        }
        _ if SYMMETRIC.contains(&name) || name.starts_with(layout::BANK_LINK) => {
            Some(check_value(&material.symmetric_key(name).ok()?))
        }
        _ => Some(hex::encode(sha256(&public_half(data, place)?))),
    }
}

/// The SubjectPublicKeyInfo of the private key at a place, if there is one that can be used.
pub(crate) fn public_half(data: &Path, place: &str) -> Option<Vec<u8>> {
    let mut parts = place.split('/');
    let material = Material::at(data, parts.next()?).ok()?;
    let name = parts.nth(1)?.strip_suffix(".pem")?;
    if name == layout::EXCHANGE {
        return Some(material.exchange_key(name).ok()?.spki_der().to_vec());
    }
    Some(material.signing_key(name).ok()?.spki_der().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_node::deployment::plan::NewDeployment;
    use counterfoil_node::rng::SystemRng;

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }

    #[test]
    fn a_deployment_is_recorded_without_its_keys() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("d");
        NewDeployment::default().make(&data, Timestamp::now(), &mut SystemRng::new()).unwrap();
        let count = all(&data, now()).unwrap();
        let record = Record::read(&data).unwrap();
        assert_eq!(record.entries.len(), count);
        let places = ["counterfoil.toml", "gateway/config.toml", "gateway/certs/signature.pem"];
        for place in places {
            assert_eq!(record.copy(place).unwrap(), std::fs::read(data.join(place)).unwrap());
        }
        for place in ["gateway/keys/signature.pem", "gateway/keys/bank-link.pem"] {
            assert!(record.entries[place].is_key);
            assert_eq!(record.copy(place), Err(RecordError::NoCopy(place.to_owned())));
            assert!(!data.join("doctor/recorded/files").join(place).exists());
        }
        assert!(record.entries.contains_key("gateway/keys/tokens.pem"));
        assert_eq!(
            record.entries["gateway/keys/bank-link.pem"].sha256,
            record.entries["bank/keys/bank-link.pem"].sha256
        );
    }

    #[test]
    fn only_what_was_written_is_renewed_and_an_altered_copy_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("d");
        NewDeployment::default().make(&data, Timestamp::now(), &mut SystemRng::new()).unwrap();
        all(&data, now()).unwrap();
        let (bank, gateway) = ("bank/config.toml", "gateway/config.toml");
        std::fs::write(data.join(bank), "a = 1\n").unwrap();
        std::fs::write(data.join(gateway), "b = 1\n").unwrap();
        let later = Timestamp::from_second(1_900_000_000).unwrap();
        renew(&data, later, [data.join(bank).as_path(), Path::new("/elsewhere")]).unwrap();
        let record = Record::read(&data).unwrap();
        assert_eq!(record.copy(bank).unwrap(), b"a = 1\n");
        assert_eq!((record.entries[bank].when, record.entries[gateway].when), (later, now()));
        assert_ne!(record.copy(gateway).unwrap(), b"b = 1\n");
        let copy = data.join("doctor/recorded/files").join(gateway);
        std::fs::write(copy, "c = 1\n").unwrap();
        assert_eq!(record.copy(gateway), Err(RecordError::Altered(gateway.to_owned())));
        std::fs::write(data.join("doctor/recorded/index.json"), "[").unwrap();
        assert!(matches!(Record::read(&data), Err(RecordError::Malformed { .. })));
    }
}
