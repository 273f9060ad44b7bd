//! Reading a party's files anew while it runs.
//!
//! All of them are read before any is used: what cannot be used is told, and what there was stays.
//! What only a start can change is told too, so that nobody believes it to be in force.

use std::path::PathBuf;
use std::sync::Arc;

use serde::de::IgnoredAny;

use counterfoil_crypto::digest::sha256;
use counterfoil_party::event::Event;
use counterfoil_party::machine::Party;

use super::carrier::{Carrier, Plan};
use super::listen::{Certificates, Reloadable};
use super::{ReadDialect, boxed};
use crate::actor::{AnyReport, Handle, Reason};
use crate::config::{NodeConfig, PartyConfig};
use crate::files::PartyFolder;
use crate::telemetry::Telemetry;

/// Names of the events in which a reload ends, for whoever asked for it.
pub mod told {
    /// The files around the party are in use.
    pub const FILES: &str = "files.reloaded";
    /// They cannot be used.
    pub const FILES_REFUSED: &str = "files.reload_refused";
    /// Some settings wait for a start; field `settings` names them.
    pub const RESTART_NEEDED: &str = "files.restart_needed";
    /// The party's own files are in use.
    pub const PARTY: &str = "party.reloaded";
    /// They cannot be used.
    pub const PARTY_REFUSED: &str = "party.reload_refused";
}

/// What a reload exchanges.
pub(super) struct Reloading {
    pub(super) folder: PartyFolder,
    pub(super) dialect: Option<ReadDialect>,
    pub(super) tls: Reloadable,
    pub(super) carrier: Arc<Carrier>,
    pub(super) read_once: Vec<FileDigest>,
    pub(super) telemetry: Telemetry,
}

/// A file that is read only at the start, and what was in it then. Some are secret, so that only
/// the digest is kept.
pub(super) struct FileDigest {
    name: &'static str,
    path: PathBuf,
    digest: Option<[u8; 32]>,
}

/// What is in these files now.
pub(super) fn digests(files: Vec<(&'static str, PathBuf)>) -> Vec<FileDigest> {
    let digest = |(name, path): (_, PathBuf)| FileDigest { name, digest: digest_of(&path), path };
    files.into_iter().map(digest).collect()
}

fn digest_of(path: &std::path::Path) -> Option<[u8; 32]> {
    std::fs::read(path).ok().map(|octets| sha256(&octets))
}

impl Reloading {
    /// Reads everything anew; `started` are the settings that the party was started with.
    pub(super) fn reload<P: Party + 'static>(&self, started: &NodeConfig, party: &Handle<P>) {
        match self.read() {
            Ok((node, calls, certificates)) => {
                self.tls.replace(certificates);
                self.telemetry.visitors().deny(&node.deny);
                self.carrier.replace(calls, &self.telemetry);
                self.telemetry.tell(&Event::info(told::FILES));
                let waiting = self.waiting(started, &node);
                if !waiting.is_empty() {
                    let event = Event::warning(told::RESTART_NEEDED);
                    self.telemetry.tell(&event.with("settings", waiting.join(", ")));
                }
            }
            Err(error) => {
                let event = Event::error(told::FILES_REFUSED);
                self.telemetry.tell(&Reason::of(&*error).onto(event));
            }
        }
        party.reload();
    }

    fn read(&self) -> Result<(NodeConfig, Plan, Certificates), AnyReport> {
        let folder = &self.folder;
        let node = PartyConfig::<IgnoredAny>::read(folder).map_err(boxed)?.node;
        let calls = Plan::read(folder, &node, self.dialect.as_ref())?;
        let certificates = Certificates::read(folder, &node)?;
        Ok((node, calls, certificates))
    }

    fn waiting(&self, started: &NodeConfig, node: &NodeConfig) -> Vec<&'static str> {
        let mut waiting = started.fixed_until_restart(node);
        let changed = self.read_once.iter().filter(|file| digest_of(&file.path) != file.digest);
        waiting.extend(changed.map(|file| file.name));
        waiting
    }
}
