//! Reading a party's file without serving from it: for evidence, for operators, for tests.

use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Params, Row, params};

use counterfoil_party::records::{Direction, JournalEntry, Rows};

use crate::error::StoreError;
use crate::overlay::timestamp_of;
use crate::schema;
use crate::sqlite::{BUSY_MS_MAX, scan_start};
use crate::statement;

/// Lines or records that one call returns at most; ask again after the last one for more.
pub const PAGE_ROWS_MAX: usize = 1_000;
/// Findings of [`Inspector::check`] at most.
const CHECK_FINDINGS_MAX: u32 = 100;
/// Column of a message's octets, where they are asked for.
const BODY: usize = 7;
/// Memory for pages, in KiB.
const CACHE_KIB_MAX: i64 = 4 * 1024;

/// A reader of a party's file. It takes no lock and may run beside the party that serves from it;
/// each call sees the committed state of its moment.
#[derive(Debug)]
pub struct Inspector {
    connection: Connection,
    path: PathBuf,
}

/// Something that a party means to do at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// When.
    pub at: Timestamp,
    /// The table of the record that it is about.
    pub table: String,
    /// The record's key.
    pub key: Vec<u8>,
}

/// One line of the journal with its place in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalLine {
    /// Place in the journal: rises with every line, without a promise of being dense.
    pub seq: i64,
    /// The line. Its time has a resolution of one microsecond.
    pub entry: JournalEntry,
}

impl Inspector {
    /// Opens an existing file for reading only.
    ///
    /// # Errors
    /// [`StoreError`]: not there, not readable, damaged, of another program, of a newer or older
    /// release.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let failure = |error: rusqlite::Error| StoreError::of(path, "open", &error);
        std::fs::metadata(path).map_err(|error| StoreError::of_io(path, &error))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(failure)?;
        connection.busy_timeout(std::time::Duration::from_millis(BUSY_MS_MAX)).map_err(failure)?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB_MAX).map_err(failure)?;
        let path = path.to_path_buf();
        match schema::check(&path, &connection)? {
            0 => Err(StoreError::Foreign { path }),
            schema::VERSION => Ok(Self { connection, path }),
            found => Err(StoreError::Older { path, found, known: schema::VERSION }),
        }
    }

    /// Messages of one purchase (hexadecimal XID), oldest first, at most [`PAGE_ROWS_MAX`].
    ///
    /// # Errors
    /// [`StoreError`] from the file.
    pub fn journal_of_purchase(&self, xid: &str) -> Result<Vec<JournalLine>, StoreError> {
        self.lines(statement::JOURNAL_OF_PURCHASE, params![xid, PAGE_ROWS_MAX as i64])
    }

    /// Messages of one request/response pair (hexadecimal RRPID) that belongs to no purchase, such
    /// as a registration, oldest first, at most [`PAGE_ROWS_MAX`]. Those of a purchase are found
    /// by its XID.
    ///
    /// # Errors
    /// [`StoreError`] from the file.
    pub fn journal_of_exchange(&self, rrpid: &str) -> Result<Vec<JournalLine>, StoreError> {
        self.lines(statement::JOURNAL_OF_EXCHANGE, params![rrpid, PAGE_ROWS_MAX as i64])
    }

    /// The journal after line `seq` (0 for the whole), oldest first, at most `limit` lines and
    /// never more than [`PAGE_ROWS_MAX`].
    ///
    /// # Errors
    /// [`StoreError`] from the file.
    pub fn journal_after(&self, seq: i64, limit: usize) -> Result<Vec<JournalLine>, StoreError> {
        self.lines(statement::JOURNAL_AFTER, params![seq, limit.min(PAGE_ROWS_MAX) as i64])
    }

    /// The latest lines of the journal before line `seq` (`None` for the very latest), newest
    /// first, at most `limit`, without the messages themselves: their octets are not read, so that
    /// thousands cost little.
    ///
    /// # Errors
    /// [`StoreError`] from the file.
    pub fn journal_heads(
        &self,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<JournalLine>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.lines(statement::JOURNAL_BEFORE, params![before.unwrap_or(i64::MAX), limit])
    }

    /// Alarms that are due at `until`, earliest first, at most `limit`: when, and of which key of
    /// which table.
    ///
    /// # Errors
    /// [`StoreError`] from the file.
    pub fn alarms(&self, until: Timestamp, limit: usize) -> Result<Vec<Alarm>, StoreError> {
        let read = || -> rusqlite::Result<Vec<Alarm>> {
            let mut statement = self.connection.prepare_cached(statement::ALARM_DUE)?;
            let rows = statement.query_map(params![until.as_microsecond()], |row| {
                Ok(Alarm { at: timestamp_of(row.get(0)?), table: row.get(1)?, key: row.get(2)? })
            })?;
            rows.take(limit).collect()
        };
        read().map_err(|error| self.failure("read the alarms", &error))
    }

    /// One record.
    ///
    /// # Errors
    /// [`StoreError`] from the file.
    pub fn record(&self, table: &str, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let read = || {
            self.connection
                .prepare_cached(statement::RECORD_GET)?
                .query_row(params![table, key], |row| row.get(0))
                .optional()
        };
        read().map_err(|error| self.failure("read a record", &error))
    }

    /// Up to `limit` records (never more than [`PAGE_ROWS_MAX`]) of a table with keys that start
    /// with `prefix` and lie after `after`, in key order.
    ///
    /// # Errors
    /// [`StoreError`] from the file.
    pub fn records(
        &self,
        table: &str,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Rows, StoreError> {
        let read = || -> rusqlite::Result<Rows> {
            let mut found = Rows::new();
            let mut statement = self.connection.prepare_cached(statement::RECORD_SCAN)?;
            let mut rows = statement.query(params![table, scan_start(prefix, after)])?;
            while found.len() < limit.min(PAGE_ROWS_MAX)
                && let Some(row) = rows.next()?
            {
                let key: Vec<u8> = row.get(0)?;
                if !key.starts_with(prefix) {
                    break;
                }
                found.push((key, row.get(1)?));
            }
            Ok(found)
        };
        read().map_err(|error| self.failure("scan records", &error))
    }

    /// Names of the tables that hold records, with their number of records, in order of name.
    ///
    /// # Errors
    /// [`StoreError`] from the file.
    pub fn tables(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let read = || -> rusqlite::Result<Vec<(String, u64)>> {
            self.connection
                .prepare_cached("SELECT tbl, count(*) FROM record GROUP BY tbl ORDER BY tbl")?
                .query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())))?
                .collect()
        };
        read().map_err(|error| self.failure("count records", &error))
    }

    /// Reads every page and says what is damaged; empty when nothing is. The work grows with the
    /// size of the file.
    ///
    /// # Errors
    /// [`StoreError`] when even that cannot be read.
    pub fn check(&self) -> Result<Vec<String>, StoreError> {
        let read = || -> rusqlite::Result<Vec<String>> {
            let sql = format!("PRAGMA integrity_check({CHECK_FINDINGS_MAX})");
            self.connection.prepare(&sql)?.query_map([], |row| row.get(0))?.collect()
        };
        let mut findings = match read().map_err(|error| self.failure("check", &error)) {
            Err(StoreError::Corrupt { cause, .. }) => vec![cause],
            read => read?,
        };
        findings.retain(|finding| finding != "ok");
        Ok(findings)
    }

    /// Copies everything, as it is at one moment, into a new file: a backup that may be taken while
    /// the party serves.
    ///
    /// # Errors
    /// [`StoreError`] when the file is there already, or cannot be written.
    pub fn copy_to(&self, target: &Path) -> Result<(), StoreError> {
        let failed = |error: std::io::Error| StoreError::of_io(target, &error);
        if target.exists() {
            return Err(failed(std::io::ErrorKind::AlreadyExists.into()));
        }
        let mut file = std::fs::OpenOptions::new();
        let file = file.write(true).create_new(true).mode(0o600).open(target).map_err(failed)?;
        // SQLite fills an empty file; that it is there already keeps others from reading it.
        let name = target.to_string_lossy();
        self.connection
            .execute("VACUUM INTO ?1", params![name])
            .map_err(|error| StoreError::of(target, "copy", &error))?;
        file.sync_all().map_err(failed)
    }

    fn lines(&self, sql: &str, params: impl Params) -> Result<Vec<JournalLine>, StoreError> {
        let read = || -> rusqlite::Result<Vec<JournalLine>> {
            self.connection.prepare_cached(sql)?.query_map(params, line_of)?.collect()
        };
        read().map_err(|error| self.failure("read the journal", &error))
    }

    fn failure(&self, attempt: &str, error: &rusqlite::Error) -> StoreError {
        StoreError::of(&self.path, attempt, error)
    }
}

fn line_of(row: &Row<'_>) -> rusqlite::Result<JournalLine> {
    let at: Timestamp = timestamp_of(row.get(1)?);
    let direction = match row.get_ref(2)?.as_str()? {
        name if name == Direction::Received.name() => Direction::Received,
        _ => Direction::Sent,
    };
    Ok(JournalLine {
        seq: row.get(0)?,
        entry: JournalEntry {
            at,
            direction,
            message: row.get(3)?,
            xid: row.get(4)?,
            rrpid: row.get(5)?,
            peer: row.get(6)?,
            // Lines that are read without their octets have no such column.
            body: row.get(BODY).or_else(|error| match error {
                rusqlite::Error::InvalidColumnIndex(_) => Ok(Vec::new()),
                error => Err(error),
            })?,
        },
    })
}
