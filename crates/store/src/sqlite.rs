//! Records in one SQLite file: write-ahead log, a flush of the disk per commit, group commit.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};

use counterfoil_party::records::{JournalEntry, Records, RecordsError, Rows};

use crate::cache::Cache;
use crate::error::StoreError;
use crate::lock::{self, Lock};
use crate::overlay::{Overlay, timestamp_of};
use crate::retention::Retention;
use crate::schema;
use crate::statement;
use crate::storage::Storage;

/// Entries that one input may write.
pub const INPUT_WRITES_MAX: usize = 10_000;
/// Octets that one input may write.
pub const INPUT_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Octets of a transaction's inputs that are held back to be written together. Beyond them they
/// are written at once, and only made durable together.
const HELD_BYTES_MAX: usize = 512 * 1024;
/// Milliseconds to wait for another program's lock.
pub const BUSY_MS_MAX: u64 = 5_000;
/// Default of [`Settings::cache_kib_max`].
pub const CACHE_KIB_MAX: u32 = 8 * 1024;
/// Default of [`Settings::journal_days_max`].
pub const JOURNAL_DAYS_MAX: u32 = 400;
/// Pages in the write-ahead log after which it is copied into the database.
const WAL_PAGES_MAX: u32 = 4_000;
/// Octets that the file of the write-ahead log keeps after it was copied.
const WAL_BYTES_KEPT_MAX: u32 = 32 * 1024 * 1024;
/// Octets from which on a record that was journaled too points at the journal.
const SHARED_BYTES_MIN: usize = 512;
/// Octets of a record that is kept in memory after it was written. Answers, the largest of
/// records, are nearly never read again.
const CACHED_BYTES_MAX: usize = 4 * 1024;
/// Prepared statements kept.
const STATEMENTS_MAX: usize = 24;
/// Octets of a page. Larger ones cost more processor time and room, measured with messages of 5 kB.
const PAGE_BYTES: u32 = 4_096;

/// How a store is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Memory for pages, in KiB.
    pub cache_kib_max: u32,
    /// Octets that the database file may grow to; `None` leaves it to the disk.
    pub bytes_max: Option<u64>,
    /// Days that lines of the journal are kept, and the records that point at them.
    pub journal_days_max: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { cache_kib_max: CACHE_KIB_MAX, bytes_max: None, journal_days_max: JOURNAL_DAYS_MAX }
    }
}

/// A party's records in one SQLite file, served by this process alone.
pub struct Store {
    connection: Connection,
    path: PathBuf,
    settings: Settings,
    /// What the present input wrote.
    overlay: Overlay,
    /// What the inputs before it wrote that share its transaction, as far as it is not written.
    held: Overlay,
    cache: Cache,
    retention: Retention,
    in_transaction: bool,
    _lock: Lock,
}

/// Says which file, and nothing of what is in it.
impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens or creates the file with [`Settings::default`].
    ///
    /// # Errors
    /// See [`Store::open_with`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, Settings::default())
    }

    /// Opens or creates the file and takes its lock (`<path>.lock`), so that no other process
    /// serves from it.
    ///
    /// # Errors
    /// [`StoreError`]: in use, not openable, damaged, of another program, of a newer release.
    pub fn open_with(path: &Path, settings: Settings) -> Result<Self, StoreError> {
        let lock = lock::take(path)?;
        let mut connection = connect(path, settings)?;
        schema::upgrade(path, &mut connection)?;
        flush_folder(path)?;
        Ok(Self {
            connection,
            path: path.to_path_buf(),
            settings,
            overlay: Overlay::default(),
            held: Overlay::default(),
            cache: Cache::default(),
            retention: Retention::new(settings.journal_days_max),
            in_transaction: false,
            _lock: lock,
        })
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes what is held back. A record that several inputs changed is written once.
    fn write_held(&mut self) -> rusqlite::Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        if !self.in_transaction {
            self.connection.prepare_cached(statement::BEGIN)?.execute([])?;
            self.in_transaction = true;
        }
        let held = std::mem::take(&mut self.held);
        let journaled = self.append_journal(held.journal_entries())?;
        self.write_alarms(&held)?;
        let lines = self.write_records(&held, &journaled)?;
        if let Some(newest) = held.journal_entries().last() {
            let (added, newest) = (journaled.len(), newest.at.as_microsecond());
            self.retention.prune(&self.connection, added, newest)?;
        }
        for ((table, key, value), line) in held.into_records().zip(lines) {
            match value {
                Some(value) if line.is_none() && value.len() <= CACHED_BYTES_MAX => {
                    self.cache.put(table, key, value);
                }
                Some(_) | None => self.cache.remove(table, &key),
            }
        }
        Ok(())
    }

    /// Writes records, and gives for each the line of the journal that it points at, if any.
    fn write_records(
        &self,
        held: &Overlay,
        journaled: &[i64],
    ) -> rusqlite::Result<Vec<Option<i64>>> {
        let mut lines = Vec::new();
        let mut put = self.connection.prepare_cached(statement::RECORD_PUT)?;
        for (table, key, value) in held.records() {
            let line =
                value.and_then(|value| journaled_as(value, held.journal_entries(), journaled));
            match value {
                Some(value) => {
                    let value = if line.is_some() { &[][..] } else { value };
                    put.execute(params![table, key, value, line])?
                }
                None => self
                    .connection
                    .prepare_cached(statement::RECORD_REMOVE)?
                    .execute(params![table, key])?,
            };
            lines.push(line);
        }
        Ok(lines)
    }

    fn write_alarms(&self, held: &Overlay) -> rusqlite::Result<()> {
        for (table, key, at) in held.alarms() {
            match at {
                Some(at) => self
                    .connection
                    .prepare_cached(statement::ALARM_SET)?
                    .execute(params![table, key, at])?,
                None => self
                    .connection
                    .prepare_cached(statement::ALARM_CLEAR)?
                    .execute(params![table, key])?,
            };
        }
        Ok(())
    }

    /// Appends lines to the journal and gives the number of each.
    fn append_journal(&self, entries: &[JournalEntry]) -> rusqlite::Result<Vec<i64>> {
        let mut numbers = Vec::with_capacity(entries.len());
        if entries.is_empty() {
            return Ok(numbers);
        }
        let mut statement = self.connection.prepare_cached(statement::JOURNAL_APPEND)?;
        for entry in entries {
            numbers.push(statement.insert(params![
                entry.at.as_microsecond(),
                entry.direction.name(),
                entry.message,
                entry.xid,
                entry.rrpid,
                entry.peer,
                entry.body,
            ])?);
        }
        Ok(numbers)
    }

    /// Forgets the open transaction. SQLite has done so already after some failures.
    fn roll_back(&mut self) {
        self.overlay = Overlay::default();
        self.held = Overlay::default();
        self.cache = Cache::default();
        self.retention.forget();
        if self.in_transaction && !self.connection.is_autocommit() {
            // A failure here leaves nothing behind either: the log's tail is not committed.
            drop(self.connection.execute_batch("ROLLBACK"));
        }
        self.in_transaction = false;
    }

    fn read_failure(&self, attempt: &str, error: &rusqlite::Error) -> RecordsError {
        StoreError::of(&self.path, attempt, error).into_records_error(attempt)
    }

    fn read_record(&self, table: &str, key: &[u8]) -> rusqlite::Result<Option<Vec<u8>>> {
        self.connection
            .prepare_cached(statement::RECORD_GET)?
            .query_row(params![table, key], |row| row.get(0))
            .optional()
    }

    /// Merges the buffer's changes into the table's rows, reading no further than needed.
    fn read_range(
        &self,
        table: &str,
        prefix: &[u8],
        lower: &[u8],
        limit: usize,
    ) -> rusqlite::Result<Rows> {
        let mut found = Rows::new();
        let mut changes: BTreeMap<_, _> = self.held.changes_from(table, lower).collect();
        changes.extend(self.overlay.changes_from(table, lower));
        let mut changes =
            changes.into_iter().take_while(|(key, _)| key.starts_with(prefix)).peekable();
        let mut statement = self.connection.prepare_cached(statement::RECORD_SCAN)?;
        let mut rows = statement.query(params![table, lower])?;
        while found.len() < limit {
            let row = rows.next()?;
            let stored = match row {
                Some(row) => Some(row.get::<_, Vec<u8>>(0)?).filter(|key| key.starts_with(prefix)),
                None => None,
            };
            // Changes that come before the stored row, or instead of it.
            while let Some((key, value)) =
                changes.next_if(|(key, _)| stored.as_ref().is_none_or(|stored| *key < stored))
            {
                if let Some(value) = value
                    && found.len() < limit
                {
                    found.push((key.clone(), value.clone()));
                }
            }
            let (Some(stored), Some(row)) = (stored, row) else { break };
            match changes.next_if(|(key, _)| **key == stored) {
                Some((_, None)) => {}
                Some((_, Some(value))) => found.push((stored, value.clone())),
                None => found.push((stored, row.get(1)?)),
            }
        }
        found.truncate(limit);
        Ok(found)
    }

    fn read_due(&self, now: i64, limit: usize) -> rusqlite::Result<Vec<(String, Vec<u8>)>> {
        let mut due: Vec<(i64, String, Vec<u8>)> = self
            .alarms_set()
            .filter(|(at, _, _)| *at <= now)
            .map(|(at, table, key)| (at, table.to_owned(), key.clone()))
            .collect();
        let mut statement = self.connection.prepare_cached(statement::ALARM_DUE)?;
        let mut rows = statement.query(params![now])?;
        let mut stored = 0;
        while stored < limit
            && let Some(row) = rows.next()?
        {
            let alarm: (i64, String, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            if !self.changes_alarm(&alarm.1, &alarm.2) {
                due.push(alarm);
                stored += 1;
            }
        }
        due.sort();
        due.truncate(limit);
        Ok(due.into_iter().map(|(_, table, key)| (table, key)).collect())
    }

    /// Alarms that are set and not written yet.
    fn alarms_set(&self) -> impl Iterator<Item = (i64, &'static str, &Vec<u8>)> {
        let held = self.held.alarms_set();
        let held = held.filter(|(_, table, key)| !self.overlay.changes_alarm(table, key));
        self.overlay.alarms_set().chain(held)
    }

    /// Whether an alarm of the file is changed by what is not written yet.
    fn changes_alarm(&self, table: &str, key: &[u8]) -> bool {
        self.overlay.changes_alarm(table, key) || self.held.changes_alarm(table, key)
    }

    fn read_next_alarm(&self) -> rusqlite::Result<Option<i64>> {
        let buffered = self.alarms_set().map(|(at, _, _)| at).min();
        let mut statement = self.connection.prepare_cached(statement::ALARM_DUE)?;
        let mut rows = statement.query(params![i64::MAX])?;
        while let Some(row) = rows.next()? {
            let at: i64 = row.get(0)?;
            let (table, key): (String, Vec<u8>) = (row.get(1)?, row.get(2)?);
            if !self.changes_alarm(&table, &key) {
                return Ok(Some(buffered.map_or(at, |buffered| buffered.min(at))));
            }
        }
        Ok(buffered)
    }
}

impl Storage for Store {
    fn begin_input(&mut self) {
        self.overlay = Overlay::default();
    }

    fn finish_input(&mut self, keep: bool) -> Result<(), StoreError> {
        if !keep || self.overlay.is_empty() {
            self.overlay = Overlay::default();
            return Ok(());
        }
        let finished = self.overlay.check().and_then(|()| {
            self.held.absorb(std::mem::take(&mut self.overlay));
            if self.held.bytes() <= HELD_BYTES_MAX {
                return Ok(());
            }
            self.write_held().map_err(|error| StoreError::of(&self.path, "write", &error))
        });
        if finished.is_err() {
            self.roll_back();
        }
        finished
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        let written =
            self.write_held().map_err(|error| StoreError::of(&self.path, "write", &error));
        let committed = written.and_then(|()| {
            if !self.in_transaction {
                return Ok(());
            }
            self.connection
                .prepare_cached(statement::COMMIT)
                .and_then(|mut commit| commit.execute([]))
                .map(drop)
                .map_err(|error| StoreError::of(&self.path, "commit", &error))
        });
        match &committed {
            Ok(()) => self.in_transaction = false,
            Err(_) => self.roll_back(),
        }
        committed
    }

    fn recover(&mut self) -> Result<(), StoreError> {
        self.roll_back();
        let mut connection = connect(&self.path, self.settings)?;
        schema::upgrade(&self.path, &mut connection)?;
        connection
            .execute(
                "INSERT INTO probe (id, count) VALUES (1, 1)
                 ON CONFLICT (id) DO UPDATE SET count = count + 1",
                [],
            )
            .map_err(|error| StoreError::of(&self.path, "write", &error))?;
        self.connection = connection;
        Ok(())
    }
}

impl Records for Store {
    fn get(&self, table: &str, key: &[u8]) -> Result<Option<Vec<u8>>, RecordsError> {
        let buffered = self.overlay.get(table, key).or_else(|| self.held.get(table, key));
        if let Some(buffered) = buffered {
            return Ok(buffered.cloned());
        }
        if let Some(cached) = self.cache.get(table, key) {
            return Ok(Some(cached.clone()));
        }
        self.read_record(table, key)
            .map_err(|error| self.read_failure(&format!("read {table}"), &error))
    }

    fn put(&mut self, table: &'static str, key: &[u8], value: Vec<u8>) {
        self.overlay.put(table, key, Some(value));
    }

    fn remove(&mut self, table: &'static str, key: &[u8]) {
        self.overlay.put(table, key, None);
    }

    fn scan(
        &self,
        table: &str,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Rows, RecordsError> {
        self.read_range(table, prefix, &scan_start(prefix, after), limit)
            .map_err(|error| self.read_failure(&format!("scan {table}"), &error))
    }

    fn set_alarm(&mut self, table: &'static str, key: &[u8], at: Option<Timestamp>) {
        self.overlay.set_alarm(table, key, at);
    }

    fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<(String, Vec<u8>)>, RecordsError> {
        self.read_due(now.as_microsecond(), limit)
            .map_err(|error| self.read_failure("read alarms", &error))
    }

    fn next_alarm(&self) -> Result<Option<Timestamp>, RecordsError> {
        self.read_next_alarm()
            .map(|micros| micros.map(timestamp_of))
            .map_err(|error| self.read_failure("read alarms", &error))
    }

    fn journal(&mut self, entry: JournalEntry) {
        self.overlay.journal(entry);
    }
}

/// The line of the journal with the same octets as `value`, if it is worth pointing at.
fn journaled_as(value: &[u8], entries: &[JournalEntry], journaled: &[i64]) -> Option<i64> {
    if value.len() < SHARED_BYTES_MIN {
        return None;
    }
    let mut lines = entries.iter().zip(journaled);
    lines.find(|(entry, _)| entry.body == value).map(|(_, seq)| *seq)
}

/// The first key that a scan may return: the prefix itself, or what follows `after`.
pub(crate) fn scan_start(prefix: &[u8], after: Option<&[u8]>) -> Vec<u8> {
    match after {
        Some(after) if after >= prefix => [after, &[0]].concat(),
        _ => prefix.to_vec(),
    }
}

fn connect(path: &Path, settings: Settings) -> Result<Connection, StoreError> {
    // Created here so that nobody else may read it; SQLite's companion files inherit the mode.
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(|error| StoreError::of_io(path, &error))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let failure = |error: rusqlite::Error| StoreError::of(path, "open", &error);
    let connection = Connection::open_with_flags(path, flags).map_err(failure)?;
    connection.busy_timeout(std::time::Duration::from_millis(BUSY_MS_MAX)).map_err(failure)?;
    schema::check(path, &connection)?;
    configure(&connection, settings).map_err(failure)?;
    Ok(connection)
}

fn configure(connection: &Connection, settings: Settings) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    // Without this guarantee SQLite plans a statement anew whenever another value is bound to a
    // parameter that it compared with the condition of a partial index. No plan depends on values
    // here, and planning cost a tenth of the gateway's processor time.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "cache_size", -i64::from(settings.cache_kib_max))?;
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", WAL_PAGES_MAX, |_| Ok(()))?;
    connection
        .pragma_update_and_check(None, "journal_size_limit", WAL_BYTES_KEPT_MAX, |_| Ok(()))?;
    if let Some(bytes_max) = settings.bytes_max {
        let page_bytes: u64 = connection
            .pragma_query_value(None, "page_size", |row| row.get::<_, i64>(0))?
            .unsigned_abs()
            .max(1);
        let pages = i64::try_from(bytes_max / page_bytes).unwrap_or(i64::MAX).max(1);
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
    }
    Ok(())
}

/// Makes the name of a new file durable, so that a crash of the machine cannot lose it.
fn flush_folder(path: &Path) -> Result<(), StoreError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| StoreError::of_io(path, &error))
}
