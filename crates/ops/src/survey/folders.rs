//! Folders of each party: who may write to them, and the room on the disk.

use std::os::unix::fs::MetadataExt as _;

use rustix::fs::{Access, access, statvfs};

use counterfoil_doctor::fact::{Disk, Fact, FolderSeen, Observation as _};

use super::{Gatherer, Place};

pub(super) static GATHERER: Gatherer = Gatherer { name: "folders", run };

/// Folders that are looked at, below a party's; the first is its own.
const FOLDERS: [&str; 6] = ["", "keys", "certs", "trust", "crls", "log"];

fn run(place: &Place) -> Vec<Fact> {
    let own = rustix::process::geteuid();
    let mut facts = Vec::new();
    for (entry, material) in place.materials() {
        for folder in FOLDERS {
            let path = material.folder().root().join(folder);
            let source = place.name_of(&path).trim_end_matches('/').to_owned();
            let metadata = match std::fs::metadata(&path) {
                Ok(metadata) if metadata.is_dir() => metadata,
                Ok(_) => continue,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => {
                    facts.push(place.unseen(&entry.name, &source, FolderSeen::KIND, error));
                    continue;
                }
            };
            // What somebody else may do cannot be asked.
            let may_ask = own.is_root() || own.as_raw() == metadata.uid();
            let refused = access(&path, Access::WRITE_OK).err().filter(|_| may_ask);
            let disk = statvfs(&path).ok().filter(|_| folder.is_empty()).map(|disk| Disk {
                device: metadata.dev(),
                free: disk.f_bavail.saturating_mul(disk.f_frsize),
                total: disk.f_blocks.saturating_mul(disk.f_frsize),
            });
            let seen = FolderSeen {
                mode: metadata.mode() & 0o7777,
                owner: metadata.uid(),
                unwritable: refused.map(|error| std::io::Error::from(error).to_string()),
                disk,
            };
            facts.push(Fact::of(&entry.name, source, place.now, &seen));
        }
    }
    facts
}
