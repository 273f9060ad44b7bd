//! Certificates, the public halves of keys, and lists, from each party's folder.

use counterfoil_crypto::digest::sha256;
use counterfoil_doctor::fact::{Chain, Fact, KeySeen, List, ListForm, Observation as _};
use counterfoil_node::deployment::{Material, layout};
use counterfoil_node::files::{self, Folder};
use counterfoil_pki::Certificate;

use super::{Gatherer, Place};

pub(super) static GATHERER: Gatherer = Gatherer { name: "certificates", run };

/// Keys that are no pairs, hence without a public half.
const SYMMETRIC: [&str; 5] =
    [layout::MARKS, layout::RECORDS, layout::TOKENS, layout::BANK_LINK, layout::STORAGE];

fn run(place: &Place) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (entry, material) in place.materials() {
        let one = Party { place, name: &entry.name, material: &material };
        one.chains(Folder::Certs, "own", &mut facts);
        one.chains(Folder::Trust, "trust", &mut facts);
        one.keys(&mut facts);
        one.lists(&mut facts);
    }
    facts
}

struct Party<'a> {
    place: &'a Place,
    name: &'a str,
    material: &'a Material,
}

impl Party<'_> {
    fn chains(&self, folder: Folder, used_as: &str, facts: &mut Vec<Fact>) {
        for path in self.files(folder.name(), Chain::KIND, facts) {
            let source = self.place.name_of(&path);
            let read =
                files::read_text(&path).map_err(|error| error.to_string()).and_then(|text| {
                    Certificate::from_pem_all(&text).map_err(|error| error.to_string())
                });
            let chain = match read {
                Ok(certificates) => Chain::of(used_as, &certificates),
                Err(problem) => {
                    let problem = self.without_folder(&problem);
                    Chain { problem: Some(problem), ..Chain::of(used_as, &[]) }
                }
            };
            facts.push(Fact::of(self.name, source, self.place.now, &chain));
        }
    }

    fn keys(&self, facts: &mut Vec<Fact>) {
        for path in self.files("keys", KeySeen::KIND, facts) {
            let Some(name) = path.file_stem().and_then(|name| name.to_str()) else { continue };
            let read = match name {
                _ if SYMMETRIC.contains(&name) => self.material.symmetric_key(name).map(|_| None),
                layout::EXCHANGE => {
                    self.material.exchange_key(name).map(|key| Some(key.spki_der().to_vec()))
                }
                _ => self.material.signing_key(name).map(|key| Some(key.spki_der().to_vec())),
            };
            let seen = match read {
                Ok(spki) => KeySeen {
                    spki_sha256: spki.map(|spki| hex::encode(sha256(&spki))),
                    problem: None,
                },
                Err(error) => KeySeen {
                    spki_sha256: None,
                    problem: Some(self.without_folder(&error.to_string())),
                },
            };
            facts.push(Fact::of(self.name, self.place.name_of(&path), self.place.now, &seen));
        }
    }

    fn lists(&self, facts: &mut Vec<Fact>) {
        if !self.material.folder().folder(Folder::Crls).is_dir() {
            return;
        }
        let crls = self.place.name_of(&self.material.folder().folder(Folder::Crls));
        match self.material.crls() {
            Ok(all) => facts.extend(all.iter().map(|crl| {
                let list = List::of(ListForm::Crl, crl.der());
                Fact::of(self.name, format!("{crls} ({})", crl.issuer()), self.place.now, &list)
            })),
            Err(error) => facts.push(self.place.unseen(self.name, &crls, List::KIND, error)),
        }
        let bci = self.place.name_of(&self.material.file(Folder::Crls, layout::BCI));
        match self.material.bci() {
            Ok(None) => {}
            Ok(Some(list)) => {
                let list = List::of(ListForm::Bci, list.der());
                facts.push(Fact::of(self.name, bci, self.place.now, &list));
            }
            Err(error) => facts.push(self.place.unseen(self.name, &bci, List::KIND, error)),
        }
    }

    /// PEM files of a folder, in order of their names.
    fn files(&self, folder: &str, kind: &str, facts: &mut Vec<Fact>) -> Vec<std::path::PathBuf> {
        let path = self.material.folder().root().join(folder);
        let entries = match std::fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
            Err(error) => {
                let source = self.place.name_of(&path);
                facts.push(self.place.unseen(self.name, &source, kind, error));
                return Vec::new();
            }
        };
        let paths = entries.take(files::FILES_MAX).filter_map(|entry| Some(entry.ok()?.path()));
        let mut paths: Vec<_> =
            paths.filter(|path| path.extension().is_some_and(|ext| ext == "pem")).collect();
        paths.sort();
        paths
    }

    fn without_folder(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.place.data.display()), "")
    }
}
