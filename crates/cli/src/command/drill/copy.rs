//! A copy of a deployment with ports of its own, which may be broken.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use counterfoil_secret::Secret;
use counterfoil_store::{Inspector, StoreError};

use crate::failure::Failure;
use crate::stage::{Stage, Up, free_row};

/// Folders that say what was and not what is.
const LEFT: [&str; 3] = ["log", "lab", "doctor"];
/// The settings of a deployment or a party.
const SETTINGS: &str = "config.toml";
/// Depth of folders.
const DEPTH_MAX: usize = 6;

/// A copy. Its folder is removed when it is dropped.
pub struct Copy {
    folder: PathBuf,
    passphrase: Secret<String>,
    ports: BTreeMap<u16, u16>,
    octets: u64,
}

impl Copy {
    /// Copies a deployment, which may run meanwhile: records are copied as they are at one moment.
    pub fn make(data: &Path, passphrase: Secret<String>) -> Result<Self, Failure> {
        let name = format!("counterfoil-drill-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let mut copy = Self { folder, passphrase, ports: BTreeMap::new(), octets: 0 };
        let (from, to) = (data.to_owned(), copy.folder.clone());
        copy.copy_folder(&from, &to, 0)?;
        copy.move_ports()?;
        Ok(copy)
    }

    /// Its folder.
    pub fn data(&self) -> &Path {
        &self.folder
    }

    /// What was copied, in a phrase.
    pub fn said(&self) -> String {
        format!("{} octets, {} ports moved", self.octets, self.ports.len())
    }

    /// Runs commands in it.
    pub fn stage(&self) -> Stage<'_> {
        Stage { data: &self.folder, passphrase: self.passphrase.clone() }
    }

    /// Starts every party.
    pub fn up(&self) -> Result<Up, Failure> {
        let mut up = self.stage().up()?;
        up.ready("deployment")?;
        Ok(up)
    }

    /// One purchase for a small amount.
    pub fn buy(&self) -> Result<String, Failure> {
        let stage = self.stage();
        let order =
            stage.run(&["order", "create", "--description", "drill", "--amount", "0.01 USD"])?;
        let url = order["initiation_url"].as_str().unwrap_or_default().to_owned();
        let paid = stage.run(&["pay", "--url", &url])?;
        Ok(paid["xid"].as_str().unwrap_or_default().to_owned())
    }

    /// A party's records.
    pub fn records(&self, party: &str) -> PathBuf {
        self.folder.join(party).join("state.sqlite")
    }

    fn copy_folder(&mut self, from: &Path, to: &Path, depth: usize) -> Result<(), Failure> {
        let failed = |error: std::io::Error| unusable(from, &error);
        if depth > DEPTH_MAX {
            return Err(unusable(from, &"folders lie too deep"));
        }
        std::fs::create_dir_all(to).map_err(failed)?;
        let modes = std::fs::metadata(from).map_err(failed)?.permissions();
        std::fs::set_permissions(to, modes).map_err(failed)?;
        for entry in std::fs::read_dir(from).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let (source, target) = (entry.path(), to.join(entry.file_name()));
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = entry.file_type().map_err(failed)?;
            if kind.is_dir() && !LEFT.contains(&name.as_str()) {
                self.copy_folder(&source, &target, depth + 1)?;
            } else if kind.is_file() {
                self.copy_file(&name, &source, &target)?;
            }
        }
        Ok(())
    }

    fn copy_file(&mut self, name: &str, source: &Path, target: &Path) -> Result<(), Failure> {
        if name.contains(".sqlite-") || name.ends_with(".lock") {
            return Ok(());
        }
        let records = name.ends_with(".sqlite").then(|| Inspector::open(source));
        match records {
            Some(Ok(records)) => records.copy_to(target)?,
            // Records of an older release are served by nobody of this one: a plain file.
            None | Some(Err(StoreError::Older { .. })) => {
                std::fs::copy(source, target).map_err(|error| unusable(source, &error))?;
            }
            Some(Err(error)) => return Err(error.into()),
        }
        self.octets += std::fs::metadata(target).map_or(0, |metadata| metadata.len());
        Ok(())
    }

    /// Gives every listener a port of its own, and has everybody call those.
    fn move_ports(&mut self) -> Result<(), Failure> {
        let mut files: BTreeMap<PathBuf, toml::Table> = BTreeMap::new();
        for party in
            std::fs::read_dir(&self.folder).map_err(|error| unusable(&self.folder, &error))?
        {
            let file = party.map_err(|error| unusable(&self.folder, &error))?.path().join(SETTINGS);
            let Ok(text) = std::fs::read_to_string(&file) else { continue };
            let table = text.parse::<toml::Table>().map_err(|error| unusable(&file, &error))?;
            files.insert(file, table);
        }
        let listeners: Vec<(u16, Option<u16>)> = files.values().flat_map(listeners).collect();
        let base = free_row(u16::try_from(listeners.len()).unwrap_or(u16::MAX))?;
        for (new, (listens, public)) in (base..).zip(&listeners) {
            self.ports.insert(*listens, new);
            // Nothing stands in front of a copy.
            self.ports.extend(public.map(|public| (public, new)));
        }
        for (file, mut table) in files {
            let mut strange = Vec::new();
            table
                .iter_mut()
                .for_each(|(key, value)| move_value(key, value, &self.ports, &mut strange));
            if let Some(strange) = strange.first() {
                let why = format!("it calls {strange}, which is not of this deployment");
                return Err(unusable(&file, &why));
            }
            let text = toml::to_string(&table).map_err(|error| unusable(&file, &error))?;
            std::fs::write(&file, text).map_err(|error| unusable(&file, &error))?;
        }
        Ok(())
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        // What cannot be removed is only left over.
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// The ports that a party listens at, each with the one that others call where that is another.
fn listeners(settings: &toml::Table) -> Vec<(u16, Option<u16>)> {
    let Some(node) = settings.get("node") else { return Vec::new() };
    let port = |value: Option<&toml::Value>| -> Option<u16> {
        value?.as_str()?.rsplit_once(':')?.1.parse().ok()
    };
    let operations = port(node.get("operations")).map(|port| (port, None));
    let others = ["set", "bank_listener"].iter().filter_map(|name| {
        let listener = node.get(name)?;
        Some((port(listener.get("listen"))?, port(listener.get("public"))))
    });
    operations.into_iter().chain(others).collect()
}

/// Puts new ports in the place of old ones; addresses of this machine that are nobody's are named.
fn move_value(
    key: &str,
    value: &mut toml::Value,
    ports: &BTreeMap<u16, u16>,
    strange: &mut Vec<String>,
) {
    match value {
        toml::Value::Table(table) => {
            table.iter_mut().for_each(|(key, value)| move_value(key, value, ports, strange));
        }
        toml::Value::Array(all) => {
            all.iter_mut().for_each(|value| move_value(key, value, ports, strange));
        }
        toml::Value::Integer(number) if key == "port" => {
            match u16::try_from(*number).ok().and_then(|port| ports.get(&port)) {
                Some(new) => *number = i64::from(*new),
                None => strange.push(format!("port {number}")),
            }
        }
        toml::Value::String(text) => {
            let Some((before, port, after)) = address(text) else { return };
            match ports.get(&port) {
                Some(new) => *text = format!("{before}:{new}{after}"),
                None => strange.push(text.clone()),
            }
        }
        _ => {}
    }
}

/// What stands before the port of an address or URL, the port, and what stands after it.
fn address(text: &str) -> Option<(&str, u16, &str)> {
    let host = text.find("://").map_or(0, |at| at + 3);
    let end = text[host..].find('/').map_or(text.len(), |at| host + at);
    let colon = text[host..end].rfind(':').map(|at| host + at)?;
    Some((&text[..colon], text[colon + 1..end].parse().ok()?, &text[end..]))
}

fn unusable(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    let sentence = format!("{}: {error}", path.display());
    Failure::unseen("copy-not-made", sentence, "a drill needs a deployment on this machine alone")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_of_listeners_urls_and_links_are_moved_and_strangers_named() {
        let text = "[node]\noperations = \"127.0.0.1:11\"\n[node.set]\nlisten = \"127.0.0.1:12\"\n\
                    public = \"127.0.0.1:13\"\n[node.bank_link]\nport = 11\n[node.endpoints.ca]\n\
                    url = \"https://127.0.0.1:13/set\"\n[party]\nmac = \"aes-cmac\"\nurl = \"https://x:99/\"\n";
        let mut table: toml::Table = text.parse().unwrap();
        assert_eq!(listeners(&table), [(11, None), (12, Some(13))]);
        let ports = BTreeMap::from([(11, 51), (12, 52), (13, 52)]);
        let mut strange = Vec::new();
        table.iter_mut().for_each(|(key, value)| move_value(key, value, &ports, &mut strange));
        assert_eq!(strange, ["https://x:99/"]);
        assert_eq!(table["node"]["operations"].as_str(), Some("127.0.0.1:51"));
        assert_eq!(table["node"]["set"]["public"].as_str(), Some("127.0.0.1:52"));
        assert_eq!(table["node"]["bank_link"]["port"].as_integer(), Some(51));
        assert_eq!(
            table["node"]["endpoints"]["ca"]["url"].as_str(),
            Some("https://127.0.0.1:52/set")
        );
        assert_eq!(table["party"]["mac"].as_str(), Some("aes-cmac"));
    }
}
