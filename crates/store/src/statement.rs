//! The SQL of every statement. Each finds its rows by an index, whatever the file's size: a test
//! here looks at the plans.

pub(crate) const BEGIN: &str = "BEGIN IMMEDIATE";

pub(crate) const COMMIT: &str = "COMMIT";

pub(crate) const RECORD_PUT: &str =
    "INSERT INTO record (tbl, key, value, seq) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (tbl, key) DO UPDATE SET value = excluded.value, seq = excluded.seq";

pub(crate) const RECORD_REMOVE: &str = "DELETE FROM record WHERE tbl = ?1 AND key = ?2";

pub(crate) const RECORD_GET: &str =
    "SELECT iif(record.seq IS NULL, value, body) FROM record LEFT JOIN journal USING (seq)
    WHERE tbl = ?1 AND key = ?2";

pub(crate) const RECORD_SCAN: &str =
    "SELECT key, iif(record.seq IS NULL, value, body) FROM record LEFT JOIN journal USING (seq)
    WHERE tbl = ?1 AND key >= ?2 ORDER BY key";

pub(crate) const ALARM_SET: &str = "INSERT INTO alarm (tbl, key, at) VALUES (?1, ?2, ?3)
    ON CONFLICT (tbl, key) DO UPDATE SET at = excluded.at";

pub(crate) const ALARM_CLEAR: &str = "DELETE FROM alarm WHERE tbl = ?1 AND key = ?2";

pub(crate) const ALARM_DUE: &str =
    "SELECT at, tbl, key FROM alarm WHERE at <= ?1 ORDER BY at, tbl, key";

pub(crate) const JOURNAL_APPEND: &str =
    "INSERT INTO journal (at, direction, message, xid, rrpid, peer, body)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

pub(crate) const JOURNAL_OLDEST: &str =
    "SELECT seq, at FROM journal WHERE seq > 0 ORDER BY seq LIMIT ?1";

pub(crate) const JOURNAL_REMOVE: &str = "DELETE FROM journal WHERE seq = ?1";

pub(crate) const RECORDS_OF_LINE_REMOVE: &str = "DELETE FROM record WHERE seq = ?1";

pub(crate) const JOURNAL_OF_PURCHASE: &str =
    "SELECT seq, at, direction, message, xid, rrpid, peer, body FROM journal
    WHERE xid = ?1 ORDER BY seq LIMIT ?2";

pub(crate) const JOURNAL_OF_EXCHANGE: &str =
    "SELECT seq, at, direction, message, xid, rrpid, peer, body FROM journal
    WHERE rrpid = ?1 AND xid IS NULL ORDER BY seq LIMIT ?2";

pub(crate) const JOURNAL_AFTER: &str =
    "SELECT seq, at, direction, message, xid, rrpid, peer, body FROM journal
    WHERE seq > ?1 ORDER BY seq LIMIT ?2";

pub(crate) const JOURNAL_BEFORE: &str =
    "SELECT seq, at, direction, message, xid, rrpid, peer FROM journal
    WHERE seq < ?1 ORDER BY seq DESC LIMIT ?2";

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn every_statement_finds_its_rows_by_an_index() {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::schema::upgrade(std::path::Path::new("memory"), &mut connection).unwrap();
        for sql in [
            RECORD_PUT,
            RECORD_REMOVE,
            RECORD_GET,
            RECORD_SCAN,
            ALARM_SET,
            ALARM_CLEAR,
            ALARM_DUE,
            JOURNAL_APPEND,
            JOURNAL_OLDEST,
            JOURNAL_REMOVE,
            RECORDS_OF_LINE_REMOVE,
            JOURNAL_OF_PURCHASE,
            JOURNAL_OF_EXCHANGE,
            JOURNAL_AFTER,
            JOURNAL_BEFORE,
        ] {
            let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let parameters = vec![rusqlite::types::Null; explain.parameter_count()];
            let plan: Vec<String> = explain
                .query_map(rusqlite::params_from_iter(parameters), |row| row.get(3))
                .unwrap()
                .collect::<Result<_, _>>()
                .unwrap();
            for step in plan {
                assert!(step.starts_with("SEARCH "), "{sql}\n{step}");
                assert!(!step.contains("TEMP B-TREE"), "{sql}\n{step}");
            }
        }
    }
}
