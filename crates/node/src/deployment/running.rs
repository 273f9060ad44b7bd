//! Which process serves from a party's folder, as the lock of its records says.

use std::io::Read as _;

use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, Signal, kill_process};

use crate::files::PartyFolder;

/// Octets of a lock file that are read.
const HOLDER_BYTES_MAX: u64 = 64;

/// The process that serves from this folder, if one does.
pub fn process_of(folder: &PartyFolder) -> Option<Pid> {
    let mut path = folder.state().into_os_string();
    path.push(".lock");
    let file = std::fs::File::open(path).ok()?;
    if flock(&file, FlockOperation::NonBlockingLockShared).is_ok() {
        // Nobody holds it: what stands in the file is of a process that has ended.
        return None;
    }
    let mut text = String::new();
    file.take(HOLDER_BYTES_MAX).read_to_string(&mut text).ok()?;
    Pid::from_raw(text.trim().strip_prefix("process ")?.parse().ok()?)
}

/// Has a process read its files anew; false when it is gone.
pub fn reload(process: Pid) -> bool {
    kill_process(process, Signal::HUP).is_ok()
}
