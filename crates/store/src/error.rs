//! What can go wrong with storage, each with an id and a hint.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use thiserror::Error;

use counterfoil_party::records::RecordsError;
use counterfoil_secret::{Fault, Report};

/// Storage failed or was used wrongly.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StoreError {
    /// Another process serves from this file.
    #[error("{} is in use by {holder}", path.display())]
    Locked {
        /// The database file.
        path: PathBuf,
        /// Who holds it, for example `process 4711`.
        holder: String,
    },
    /// Another program kept a lock on the database for longer than
    /// [`BUSY_MS_MAX`](crate::sqlite::BUSY_MS_MAX).
    #[error("another program keeps {} locked", path.display())]
    Busy {
        /// The database file.
        path: PathBuf,
    },
    /// No room on the disk, or the configured limit of the file's size is reached.
    #[error("no room is left for {}", path.display())]
    Full {
        /// The database file.
        path: PathBuf,
    },
    /// The file, its folder or the file system cannot be written.
    #[error("{} cannot be written", path.display())]
    ReadOnly {
        /// The database file.
        path: PathBuf,
    },
    /// The file is damaged or is no database.
    #[error("{} is damaged: {cause}", path.display())]
    Corrupt {
        /// The database file.
        path: PathBuf,
        /// What the database said.
        cause: String,
    },
    /// The file was written by a newer release.
    #[error(
        "{} has schema version {found}, and this release knows up to {known}", path.display()
    )]
    Newer {
        /// The database file.
        path: PathBuf,
        /// Version found in the file.
        found: i64,
        /// Newest version that this release knows.
        known: i64,
    },
    /// The file has an older schema, which only the party itself brings up to date.
    #[error("{} has schema version {found}, and this release reads {known}", path.display())]
    Older {
        /// The database file.
        path: PathBuf,
        /// Version found in the file.
        found: i64,
        /// The version that this release reads.
        known: i64,
    },
    /// The file is a database of another program.
    #[error("{} is a database, but not one of a party", path.display())]
    Foreign {
        /// The database file.
        path: PathBuf,
    },
    /// The file cannot be opened.
    #[error("{} cannot be opened: {cause}", path.display())]
    CannotOpen {
        /// The database file.
        path: PathBuf,
        /// What the system said.
        cause: String,
    },
    /// One input wrote more than [`INPUT_WRITES_MAX`](crate::sqlite::INPUT_WRITES_MAX) entries or
    /// [`INPUT_BYTES_MAX`](crate::sqlite::INPUT_BYTES_MAX) octets.
    #[error("one input wrote {writes} entries of {bytes} octets, above the limit")]
    InputTooLarge {
        /// Entries written.
        writes: usize,
        /// Octets written.
        bytes: usize,
    },
    /// Anything else that the database or the disk reports.
    #[error("storage failed to {attempt}: {cause}")]
    Failed {
        /// What was attempted, for example `commit`.
        attempt: String,
        /// What the database said.
        cause: String,
    },
}

impl StoreError {
    /// Sorts what SQLite reports by what can be done about it.
    pub(crate) fn of(path: &Path, attempt: &str, error: &rusqlite::Error) -> Self {
        let path = path.to_path_buf();
        let cause = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full { path },
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { path },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Corrupt { path, cause }
            }
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::CannotOpen { path, cause }
            }
            _ => Self::Failed { attempt: attempt.to_owned(), cause },
        }
    }

    /// Sorts what the file system reports while `path` is opened.
    pub(crate) fn of_io(path: &Path, error: &std::io::Error) -> Self {
        let path = path.to_path_buf();
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                Self::Full { path }
            }
            std::io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path },
            _ => Self::CannotOpen { path, cause: error.to_string() },
        }
    }

    /// The same, as a party sees it.
    pub(crate) fn into_records_error(self, attempt: &str) -> RecordsError {
        RecordsError { attempt: attempt.to_owned(), cause: self.to_string() }
    }
}

impl Report for StoreError {
    fn id(&self) -> &'static str {
        match self {
            Self::Locked { .. } => "store-locked",
            Self::Busy { .. } => "store-busy",
            Self::Full { .. } => "store-full",
            Self::ReadOnly { .. } => "store-read-only",
            Self::Corrupt { .. } => "store-corrupt",
            Self::Newer { .. } => "store-newer",
            Self::Older { .. } => "store-older",
            Self::Foreign { .. } => "store-foreign",
            Self::CannotOpen { .. } => "store-cannot-open",
            Self::InputTooLarge { .. } => "store-input-too-large",
            Self::Failed { .. } => "storage-failed",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Locked { holder, .. } => format!(
                "stop {holder} first, or give this party a data folder of its own; two processes \
                 never serve one folder"
            ),
            Self::Busy { .. } => {
                "close the program that has the database open for writing, for example a `sqlite3` \
                 shell inside a transaction"
                    .into()
            }
            Self::Full { .. } => {
                "free room on the file system of the data folder (see `df`), or raise \
                 `store.bytes_max`; the party resumes by itself"
                    .into()
            }
            Self::ReadOnly { path } => format!(
                "make {} and its folder writable for the user that runs the party, and check that \
                 the file system is not mounted read-only",
                path.display()
            ),
            Self::Corrupt { path, .. } => format!(
                "stop the party, keep a copy of {0} with its -wal file, and restore a backup or \
                 try `sqlite3 {0} .recover`",
                path.display()
            ),
            Self::Newer { .. } => {
                "run the release that wrote this folder, or restore a backup from before the \
                 upgrade"
                    .into()
            }
            Self::Older { .. } => {
                "start the party once with this release, which brings the file up to date".into()
            }
            Self::Foreign { path } => {
                format!("move {} away; a party creates its own", path.display())
            }
            Self::CannotOpen { path, .. } => format!(
                "check that the folder of {} exists and that the user may read and write it",
                path.display()
            ),
            Self::InputTooLarge { .. } => {
                "report this: no message should make a party write so much at once".into()
            }
            Self::Failed { .. } => {
                "check that the disk of the data folder has room, is writable and is healthy".into()
            }
        }
    }

    fn fault(&self) -> Fault {
        match self {
            Self::Corrupt { .. } => Fault::Malformed,
            Self::Locked { .. }
            | Self::Older { .. }
            | Self::Foreign { .. }
            | Self::InputTooLarge { .. } => Fault::OurMisuse,
            Self::Newer { .. } => Fault::PeerIncompatible,
            Self::Busy { .. }
            | Self::Full { .. }
            | Self::ReadOnly { .. }
            | Self::CannotOpen { .. }
            | Self::Failed { .. } => Fault::Environment,
        }
    }
}
