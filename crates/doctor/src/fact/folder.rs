//! A folder of a party: who may write to it, and the room on its disk.

use serde::{Deserialize, Serialize};

use super::Observation;

/// A folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FolderSeen {
    /// Permission bits, for example 0o755.
    pub mode: u32,
    /// Numeric id of its owner.
    pub owner: u32,
    /// Why its owner cannot write to it, in a phrase; absent when it can.
    pub unwritable: Option<String>,
    /// The disk, as far as it is looked at: at the root of a party's folder.
    pub disk: Option<Disk>,
}

/// A file system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disk {
    /// Its number on this machine.
    pub device: u64,
    /// Octets that are free for the party.
    pub free: u64,
    /// Octets in all.
    pub total: u64,
}

impl Observation for FolderSeen {
    const KIND: &'static str = "folder";
}
