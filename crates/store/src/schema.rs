//! The tables, their version, and the settings of a connection.

use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::error::StoreError;

/// Marks the file as a party's (`CtfS`), so that no other database is taken for one.
const APPLICATION_ID: i64 = 0x4374_6653;

/// Newest schema version that this release reads and writes.
pub(crate) const VERSION: i64 = 3;

/// Steps from each version to the next; the file's `user_version` says how many were done.
const STEPS: [&str; VERSION as usize] = [V1, V2, V3];

/// Version 1.
///
/// `record` keeps rowids, so that the large values lie in the order of writing and only the small
/// index is visited at random: the cost of a payment stays flat as the file grows. Times are
/// microseconds since 1970-01-01 UTC.
const V1: &str = "
    CREATE TABLE record (
        id    INTEGER PRIMARY KEY,
        tbl   TEXT NOT NULL,
        key   BLOB NOT NULL,
        value BLOB NOT NULL,
        UNIQUE (tbl, key)
    ) STRICT;
    CREATE TABLE alarm (
        tbl TEXT NOT NULL,
        key BLOB NOT NULL,
        at  INTEGER NOT NULL,
        PRIMARY KEY (tbl, key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX alarm_at ON alarm (at, tbl, key);
    CREATE TABLE journal (
        seq       INTEGER PRIMARY KEY,
        at        INTEGER NOT NULL,
        direction TEXT NOT NULL,
        message   TEXT NOT NULL,
        xid       TEXT,
        rrpid     TEXT,
        peer      TEXT NOT NULL,
        body      BLOB NOT NULL
    ) STRICT;
    CREATE INDEX journal_xid ON journal (xid) WHERE xid IS NOT NULL;
    CREATE INDEX journal_rrpid ON journal (rrpid) WHERE rrpid IS NOT NULL;
    CREATE TABLE probe (
        id    INTEGER PRIMARY KEY,
        count INTEGER NOT NULL
    ) STRICT;
";

/// Version 2.
///
/// An answer is kept as a record and journaled as sent: `seq` lets the record point at that line of
/// the journal instead of holding the same octets again. RRPIDs are random, so an index over them
/// costs a page for each message; those of a purchase are found by its XID.
const V2: &str = "
    ALTER TABLE record ADD COLUMN seq INTEGER;
    DROP INDEX journal_rrpid;
    CREATE INDEX journal_rrpid ON journal (rrpid) WHERE xid IS NULL AND rrpid IS NOT NULL;
";

/// Version 3.
///
/// Old lines of the journal are removed, and with each the records that only point at it; they are
/// found by this index. Lines are numbered in their order, so that it grows at its end.
const V3: &str = "
    CREATE INDEX record_seq ON record (seq) WHERE seq IS NOT NULL;
";

/// Refuses files of other programs and of newer releases. An empty file passes as version 0.
pub(crate) fn check(path: &Path, connection: &Connection) -> Result<i64, StoreError> {
    let read = |pragma: &str| -> Result<i64, StoreError> {
        connection
            .pragma_query_value(None, pragma, |row| row.get(0))
            .map_err(|error| StoreError::of(path, "read the schema version", &error))
    };
    let application = read("application_id")?;
    let version = read("user_version")?;
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(|error| StoreError::of(path, "read the schema", &error))?;
    if application != APPLICATION_ID && (tables > 0 || application != 0 || version != 0) {
        return Err(StoreError::Foreign { path: path.to_path_buf() });
    }
    if version > VERSION {
        return Err(StoreError::Newer { path: path.to_path_buf(), found: version, known: VERSION });
    }
    Ok(version)
}

/// Brings the file to [`VERSION`], in one transaction.
pub(crate) fn upgrade(path: &Path, connection: &mut Connection) -> Result<(), StoreError> {
    let from = check(path, connection)?;
    let done =
        usize::try_from(from).map_err(|_| StoreError::Foreign { path: path.to_path_buf() })?;
    if done == STEPS.len() {
        return Ok(());
    }
    let run = |connection: &mut Connection| -> rusqlite::Result<()> {
        let transaction = Transaction::new(connection, TransactionBehavior::Immediate)?;
        for step in STEPS.iter().skip(done) {
            transaction.execute_batch(step)?;
        }
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
        transaction.commit()
    };
    run(connection).map_err(|error| StoreError::of(path, "create the tables", &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_version_1_keeps_its_records_and_becomes_version_3() {
        let path = Path::new("memory");
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(V1).unwrap();
        connection.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
        connection.pragma_update(None, "user_version", 1).unwrap();
        let insert = "INSERT INTO record (tbl, key, value) VALUES ('answer', x'01', x'cafe')";
        connection.execute(insert, []).unwrap();
        upgrade(path, &mut connection).unwrap();
        assert_eq!(check(path, &connection).unwrap(), 3);
        let value: Vec<u8> = connection
            .query_row(crate::statement::RECORD_GET, ("answer", [1_u8]), |row| row.get(0))
            .unwrap();
        assert_eq!(value, [0xca, 0xfe]);
    }
}
