//! The lock that keeps a second process from serving the same file.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::error::StoreError;

/// Octets of the lock file that are read to name its holder.
const HOLDER_BYTES_MAX: u64 = 64;

/// Held as long as the value lives; the kernel releases it when the process ends, however.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

/// Takes the exclusive lock of a database file, in a file beside it that names the holder.
///
/// # Errors
/// [`StoreError::Locked`] when another process, or another store of this one, holds it.
pub(crate) fn take(database: &Path) -> Result<Lock, StoreError> {
    let path = lock_path(database);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(|error| StoreError::of_io(database, &error))?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(Errno::WOULDBLOCK) => {
            let holder = holder(&mut file);
            return Err(StoreError::Locked { path: database.to_path_buf(), holder });
        }
        Err(errno) => return Err(StoreError::of_io(database, &errno.into())),
    }
    let write = file
        .set_len(0)
        .and_then(|()| file.seek(SeekFrom::Start(0)))
        .and_then(|_| writeln!(file, "process {}", std::process::id()));
    // The name is for people; a full disk must not keep a party from reading what it has.
    drop(write);
    Ok(Lock { _file: file })
}

fn lock_path(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = Read::take(file, HOLDER_BYTES_MAX).read_to_string(&mut text);
    match (read, text.trim()) {
        (Ok(_), name) if name.starts_with("process ") => name.to_owned(),
        _ => "another process".to_owned(),
    }
}
