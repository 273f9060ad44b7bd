//! Files of each party's folder: permission bits, owner, length, and a digest of what is not secret
//! and does not change by itself.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use counterfoil_crypto::digest::sha256;
use counterfoil_doctor::fact::{Fact, FileSeen, Observation as _};
use counterfoil_node::deployment::layout;
use counterfoil_node::files::{FILE_BYTES_MAX, FILES_MAX};

use super::{Gatherer, Place};

pub(super) static GATHERER: Gatherer = Gatherer { name: "files", run };

/// Folders below a party's that are looked into.
const FOLDERS: [&str; 4] = ["keys", "certs", "trust", "crls"];
/// Files with secrets beside those in `keys/`.
const SECRETS: [&str; 4] = [layout::API_TOKEN, layout::REGISTRATION, layout::CARDS, layout::VAULT];

fn run(place: &Place) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (entry, material) in place.materials() {
        let root = material.folder().root().to_path_buf();
        let folders = FOLDERS.iter().map(|folder| root.join(folder));
        for folder in std::iter::once(root.clone()).chain(folders) {
            match list(&folder) {
                Ok(files) => {
                    facts.extend(files.iter().filter_map(|file| look(place, &entry.name, file)));
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => {
                    let source = place.name_of(&folder);
                    facts.push(place.unseen(&entry.name, &source, FileSeen::KIND, error));
                }
            }
        }
    }
    facts
}

fn list(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder)?.take(FILES_MAX);
    entries.map(|entry| entry.map(|entry| entry.path())).collect()
}

fn look(place: &Place, party: &str, file: &Path) -> Option<Fact> {
    let source = place.name_of(file);
    let metadata = match std::fs::metadata(file) {
        Ok(metadata) => metadata,
        // Files beside a database come and go.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => return Some(place.unseen(party, &source, FileSeen::KIND, error)),
    };
    if !metadata.is_file() {
        return None;
    }
    let name = file.file_name()?.to_str()?;
    let secret = file.parent()?.ends_with("keys") || SECRETS.contains(&name);
    let is_fixed = !secret && !name.contains(".sqlite");
    let sha256 = is_fixed.then(|| digest(file, metadata.len())).flatten();
    let seen = FileSeen {
        mode: metadata.mode() & 0o7777,
        owner: metadata.uid(),
        octets: metadata.len(),
        secret,
        sha256,
    };
    Some(Fact::of(party, source, place.now, &seen))
}

fn digest(file: &Path, octets: u64) -> Option<String> {
    let octets = (octets <= FILE_BYTES_MAX).then(|| std::fs::read(file).ok()).flatten()?;
    Some(hex::encode(sha256(&octets)))
}
