//! [`MemoryRecords`]: records in memory, transactional per input, for tests and the simulator.
//!
//! Everything is ordered, so the same inputs leave the same records. A crash is
//! [`MemoryRecords::rollback`]: what the open input wrote is gone, what was committed stays.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use jiff::Timestamp;
use rand_core::CryptoRng;

use crate::machine::{Env, Input, Output, Party};
use crate::records::{JournalEntry, Records, RecordsError, Rows};

type TableRows = BTreeMap<Vec<u8>, Vec<u8>>;
type AlarmKey = (&'static str, Vec<u8>);

/// How one write is taken back.
#[derive(Debug, Clone)]
enum Undo {
    Row { table: &'static str, key: Vec<u8>, before: Option<Vec<u8>> },
    Alarm { of: AlarmKey, before: Option<Timestamp> },
}

/// Records in memory. Writes belong to the open transaction until [`MemoryRecords::commit`].
#[derive(Debug, Clone, Default)]
pub struct MemoryRecords {
    tables: BTreeMap<&'static str, TableRows>,
    alarms: BTreeMap<AlarmKey, Timestamp>,
    alarms_by_time: BTreeSet<(Timestamp, AlarmKey)>,
    journal: Vec<JournalEntry>,
    journal_committed: usize,
    undo: Vec<Undo>,
}

impl MemoryRecords {
    /// No records at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens a transaction; what an earlier one wrote without committing is taken back.
    pub fn begin(&mut self) {
        self.rollback();
    }

    /// Makes everything durable that was written since the last commit.
    pub fn commit(&mut self) {
        self.undo.clear();
        self.journal_committed = self.journal.len();
    }

    /// Takes back everything that was written since the last commit.
    pub fn rollback(&mut self) {
        while let Some(undo) = self.undo.pop() {
            match undo {
                Undo::Row { table, key, before: Some(value) } => {
                    self.tables.entry(table).or_default().insert(key, value);
                }
                Undo::Row { table, key, before: None } => {
                    self.tables.entry(table).or_default().remove(&key);
                }
                Undo::Alarm { of, before } => {
                    self.place_alarm(of, before);
                }
            }
        }
        self.journal.truncate(self.journal_committed);
    }

    /// Gives a party one input in a transaction of its own: committed when the party handled
    /// it, taken back when it failed. The outputs are the caller's to do.
    ///
    /// # Errors
    /// What the party's `handle` returned.
    pub fn run<P: Party>(
        &mut self,
        party: &mut P,
        input: Input<P::Command>,
        now: Timestamp,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<Output<P::Outcome>>, RecordsError> {
        self.begin();
        let outputs = party.handle(input, &mut Env { now, rng, records: self });
        match outputs {
            Ok(_) => self.commit(),
            Err(_) => self.rollback(),
        }
        outputs
    }

    /// The journal, oldest first, with what the open transaction appended.
    pub fn journal_entries(&self) -> &[JournalEntry] {
        &self.journal
    }

    /// Every record as (table, key, value), in order: for searches through all that is stored.
    pub fn rows(&self) -> impl Iterator<Item = (&'static str, &[u8], &[u8])> {
        self.tables.iter().flat_map(|(table, rows)| {
            rows.iter().map(|(key, value)| (*table, key.as_slice(), value.as_slice()))
        })
    }

    fn write(&mut self, table: &'static str, key: &[u8], value: Option<Vec<u8>>) {
        let rows = self.tables.entry(table).or_default();
        let before = match value {
            Some(value) => rows.insert(key.to_vec(), value),
            None => rows.remove(key),
        };
        self.undo.push(Undo::Row { table, key: key.to_vec(), before });
    }

    fn place_alarm(&mut self, of: AlarmKey, at: Option<Timestamp>) -> Option<Timestamp> {
        let before = match at {
            Some(at) => self.alarms.insert(of.clone(), at),
            None => self.alarms.remove(&of),
        };
        if let Some(before) = before {
            self.alarms_by_time.remove(&(before, of.clone()));
        }
        if let Some(at) = at {
            self.alarms_by_time.insert((at, of));
        }
        before
    }
}

impl Records for MemoryRecords {
    fn get(&self, table: &str, key: &[u8]) -> Result<Option<Vec<u8>>, RecordsError> {
        Ok(self.tables.get(table).and_then(|rows| rows.get(key)).cloned())
    }

    fn put(&mut self, table: &'static str, key: &[u8], value: Vec<u8>) {
        self.write(table, key, Some(value));
    }

    fn remove(&mut self, table: &'static str, key: &[u8]) {
        self.write(table, key, None);
    }

    fn scan(
        &self,
        table: &str,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Rows, RecordsError> {
        let Some(rows) = self.tables.get(table) else { return Ok(Rows::new()) };
        let from = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        Ok(rows
            .range::<[u8], _>((from, Bound::Unbounded))
            .take_while(|(key, _)| key.starts_with(prefix))
            .take(limit)
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect())
    }

    fn set_alarm(&mut self, table: &'static str, key: &[u8], at: Option<Timestamp>) {
        let of = (table, key.to_vec());
        let before = self.place_alarm(of.clone(), at);
        self.undo.push(Undo::Alarm { of, before });
    }

    fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<(String, Vec<u8>)>, RecordsError> {
        Ok(self
            .alarms_by_time
            .iter()
            .take_while(|(at, _)| *at <= now)
            .take(limit)
            .map(|(_, (table, key))| ((*table).to_owned(), key.clone()))
            .collect())
    }

    fn next_alarm(&self) -> Result<Option<Timestamp>, RecordsError> {
        Ok(self.alarms_by_time.first().map(|(at, _)| *at))
    }

    fn journal(&mut self, entry: JournalEntry) {
        self.journal.push(entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::Direction;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn line(message: &str) -> JournalEntry {
        JournalEntry {
            at: at(0),
            direction: Direction::Sent,
            message: message.into(),
            xid: None,
            rrpid: None,
            peer: String::new(),
            body: Vec::new(),
        }
    }

    #[test]
    fn rollback_leaves_exactly_what_was_committed() {
        let mut records = MemoryRecords::new();
        records.put("t", b"kept", b"1".to_vec());
        records.put("t", b"removed", b"2".to_vec());
        records.set_alarm("t", b"kept", Some(at(5)));
        records.journal(line("first"));
        records.commit();

        records.begin();
        records.put("t", b"kept", b"changed".to_vec());
        records.put("t", b"kept", b"changed again".to_vec());
        records.remove("t", b"removed");
        records.put("t", b"new", b"3".to_vec());
        records.set_alarm("t", b"kept", Some(at(9)));
        records.set_alarm("t", b"new", Some(at(1)));
        records.journal(line("second"));
        assert_eq!(records.next_alarm().unwrap(), Some(at(1)));
        records.rollback();

        let rows: Vec<_> = records.rows().collect();
        assert_eq!(rows, [("t", &b"kept"[..], &b"1"[..]), ("t", b"removed", b"2")]);
        assert_eq!(records.next_alarm().unwrap(), Some(at(5)));
        assert_eq!(records.journal_entries(), [line("first")]);
    }

    #[test]
    fn scan_keeps_to_prefix_place_and_limit() {
        let mut records = MemoryRecords::new();
        for key in ["a", "b1", "b2", "b3", "c"] {
            records.put("t", key.as_bytes(), Vec::new());
        }
        let keys = |after: Option<&[u8]>, limit| {
            let rows = records.scan("t", b"b", after, limit).unwrap();
            rows.into_iter().map(|(k, _)| String::from_utf8(k).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(keys(None, 9), ["b1", "b2", "b3"]);
        assert_eq!(keys(Some(b"b1"), 1), ["b2"]);
        assert_eq!(keys(Some(b"a"), 9), ["b1", "b2", "b3"]);
        assert_eq!(keys(Some(b"b3"), 9), Vec::<String>::new());
    }

    #[test]
    fn alarms_are_due_in_order_of_time() {
        let mut records = MemoryRecords::new();
        records.set_alarm("t", b"late", Some(at(20)));
        records.set_alarm("t", b"soon", Some(at(10)));
        records.set_alarm("t", b"moved", Some(at(1)));
        records.set_alarm("t", b"moved", Some(at(15)));
        records.set_alarm("t", b"cleared", Some(at(1)));
        records.set_alarm("t", b"cleared", None);
        let due = |second| {
            let due = records.due(at(second), 9).unwrap();
            due.into_iter().map(|(_, k)| String::from_utf8(k).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(due(9), Vec::<String>::new());
        assert_eq!(due(20), ["soon", "moved", "late"]);
    }
}
