//! The process of a party that runs, as the kernel tells it.

use serde::{Deserialize, Serialize};

use super::Observation;

/// A process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcessSeen {
    /// Its number.
    pub process: i32,
    /// Files and sockets that it has open.
    pub open_files: u64,
    /// Files and sockets that it may have open.
    pub open_files_max: u64,
    /// What it may raise that to.
    pub open_files_limit: u64,
}

impl Observation for ProcessSeen {
    const KIND: &'static str = "process";
}
