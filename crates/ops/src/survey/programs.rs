//! The programs that the parties' processes run, beside the one that looks.

use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io::{Read as _, Result};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use counterfoil_crypto::digest::sha256;
use counterfoil_doctor::fact::{Fact, Observation as _, Program};
use counterfoil_node::deployment::running;

use super::{Gatherer, Place};

pub(super) static GATHERER: Gatherer = Gatherer { name: "programs", run };

/// Octets of a program that are read.
const PROGRAM_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// Programs that are known by device, inode, length and time, so that one file is read once.
type Known = BTreeMap<(u64, u64, u64, i64), String>;

fn run(place: &Place) -> Vec<Fact> {
    let mut running_now = Vec::new();
    for (entry, material) in place.materials() {
        if let Some(process) = running::process_of(material.folder()) {
            running_now.push((entry.name, process.as_raw_nonzero()));
        }
    }
    let ours = exe(&"self");
    let key_of = |path: &str| std::fs::metadata(path).map(|metadata| key(&metadata)).ok();
    let our_key = key_of(&ours);
    let is_same_file = |path: &str| our_key.is_some() && key_of(path) == our_key;
    // Nearly always all of them are one file, which then is not read at all.
    let all_same = running_now.iter().all(|(_, process)| is_same_file(&exe(process)));
    let mut known = Known::new();
    let mut digest_of = |path: &str| if all_same { Ok(None) } else { digest(path, &mut known) };
    let our_sha256 = match digest_of(&ours) {
        Ok(digest) => digest,
        Err(error) => return vec![place.unseen("", "program", Program::KIND, error)],
    };
    let mut facts = Vec::new();
    for (party, process) in &running_now {
        let file = exe(process);
        facts.push(match digest_of(&file) {
            Ok(sha256) => {
                let seen = Program {
                    path: path_of(&file),
                    our_path: path_of(&ours),
                    is_same_file: is_same_file(&file),
                    sha256,
                    our_sha256: our_sha256.clone(),
                };
                Fact::of(party, format!("{party} (program)"), place.now, &seen)
            }
            Err(error) => place.unseen(party, "program", Program::KIND, error),
        });
    }
    facts
}

fn exe(process: &dyn std::fmt::Display) -> String {
    format!("/proc/{process}/exe")
}

fn path_of(exe: &str) -> String {
    std::fs::read_link(exe).map_or(exe.to_owned(), |path| path.display().to_string())
}

fn key(metadata: &Metadata) -> (u64, u64, u64, i64) {
    (metadata.dev(), metadata.ino(), metadata.size(), metadata.mtime_nsec() ^ metadata.mtime())
}

fn digest(path: &str, known: &mut Known) -> Result<Option<String>> {
    let file = File::open(Path::new(path))?;
    let key = key(&file.metadata()?);
    if let Some(digest) = known.get(&key) {
        return Ok(Some(digest.clone()));
    }
    let mut octets = Vec::new();
    file.take(PROGRAM_BYTES_MAX).read_to_end(&mut octets)?;
    let digest = hex::encode(sha256(&octets));
    known.insert(key, digest.clone());
    Ok(Some(digest))
}
