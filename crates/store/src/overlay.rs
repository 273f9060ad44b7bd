//! A write buffer: what one input wrote, or what all inputs of a transaction wrote, before anything
//! of it reaches the database.

use std::collections::BTreeMap;
use std::ops::Bound;

use jiff::Timestamp;

use counterfoil_party::records::JournalEntry;

use crate::error::StoreError;
use crate::sqlite::{INPUT_BYTES_MAX, INPUT_WRITES_MAX};

/// Buffered values of one table: `None` is a removal.
type Changes<V> = BTreeMap<Vec<u8>, Option<V>>;

/// Writes, ordered so that applying them is the same work every time.
#[derive(Default)]
pub(crate) struct Overlay {
    records: BTreeMap<&'static str, Changes<Vec<u8>>>,
    alarms: BTreeMap<&'static str, Changes<i64>>,
    journal: Vec<JournalEntry>,
    writes: usize,
    bytes: usize,
}

impl Overlay {
    /// Whether nothing was written.
    pub(crate) fn is_empty(&self) -> bool {
        self.writes == 0
    }

    /// Refuses a buffer that went over a limit.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        if self.is_over_limit() {
            return Err(StoreError::InputTooLarge { writes: self.writes, bytes: self.bytes });
        }
        Ok(())
    }

    /// Octets that are held.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes in what a later input wrote. Of two changes of one key the later counts.
    pub(crate) fn absorb(&mut self, later: Self) {
        for (table, changes) in later.records {
            self.records.entry(table).or_default().extend(changes);
        }
        for (table, changes) in later.alarms {
            self.alarms.entry(table).or_default().extend(changes);
        }
        self.journal.extend(later.journal);
        self.writes += later.writes;
        self.bytes += later.bytes;
    }

    pub(crate) fn put(&mut self, table: &'static str, key: &[u8], value: Option<Vec<u8>>) {
        if self.count(key.len() + value.as_ref().map_or(0, Vec::len)) {
            self.records.entry(table).or_default().insert(key.to_vec(), value);
        }
    }

    pub(crate) fn set_alarm(&mut self, table: &'static str, key: &[u8], at: Option<Timestamp>) {
        if self.count(key.len()) {
            let at = at.map(micros_ceil);
            self.alarms.entry(table).or_default().insert(key.to_vec(), at);
        }
    }

    pub(crate) fn journal(&mut self, entry: JournalEntry) {
        if self.count(entry.body.len()) {
            self.journal.push(entry);
        }
    }

    /// What the buffer says about a record: `None` when it says nothing.
    pub(crate) fn get(&self, table: &str, key: &[u8]) -> Option<Option<&Vec<u8>>> {
        self.records.get(table)?.get(key).map(Option::as_ref)
    }

    /// Buffered changes of a table from `lower` on (inclusive), in key order.
    pub(crate) fn changes_from<'a>(
        &'a self,
        table: &str,
        lower: &[u8],
    ) -> impl Iterator<Item = (&'a Vec<u8>, Option<&'a Vec<u8>>)> + use<'a> {
        let range = (Bound::Included(lower.to_vec()), Bound::Unbounded);
        self.records
            .get(table)
            .into_iter()
            .flat_map(move |changes| changes.range(range.clone()))
            .map(|(key, value)| (key, value.as_ref()))
    }

    /// Whether the buffer sets or clears this alarm.
    pub(crate) fn changes_alarm(&self, table: &str, key: &[u8]) -> bool {
        self.alarms.get(table).is_some_and(|changes| changes.contains_key(key))
    }

    /// Alarms that the buffer sets, as (microseconds, table, key), in no useful order.
    pub(crate) fn alarms_set(&self) -> impl Iterator<Item = (i64, &'static str, &Vec<u8>)> {
        self.alarms.iter().flat_map(|(table, changes)| {
            changes.iter().filter_map(|(key, at)| at.map(|at| (at, *table, key)))
        })
    }

    /// All changes of records, by table and key.
    pub(crate) fn records(&self) -> impl Iterator<Item = (&'static str, &Vec<u8>, Option<&[u8]>)> {
        self.records.iter().flat_map(|(table, changes)| {
            changes.iter().map(|(key, value)| (*table, key, value.as_deref()))
        })
    }

    /// All changes of records, by table and key, handed over.
    pub(crate) fn into_records(
        self,
    ) -> impl Iterator<Item = (&'static str, Vec<u8>, Option<Vec<u8>>)> {
        self.records.into_iter().flat_map(|(table, changes)| {
            changes.into_iter().map(move |(key, value)| (table, key, value))
        })
    }

    /// All changes of alarms, by table and key.
    pub(crate) fn alarms(&self) -> impl Iterator<Item = (&'static str, &Vec<u8>, Option<i64>)> {
        self.alarms
            .iter()
            .flat_map(|(table, changes)| changes.iter().map(|(key, at)| (*table, key, *at)))
    }

    /// Lines for the journal, in the order of writing.
    pub(crate) fn journal_entries(&self) -> &[JournalEntry] {
        &self.journal
    }

    fn is_over_limit(&self) -> bool {
        self.writes > INPUT_WRITES_MAX || self.bytes > INPUT_BYTES_MAX
    }

    /// Counts a write; false when it does not fit any more and must not be held.
    fn count(&mut self, bytes: usize) -> bool {
        self.writes += 1;
        self.bytes = self.bytes.saturating_add(bytes);
        !self.is_over_limit()
    }
}

/// Microseconds since 1970 of an alarm, rounded up: an alarm is never early.
fn micros_ceil(at: Timestamp) -> i64 {
    let nanos = at.as_nanosecond();
    let micros = nanos.div_euclid(1_000) + i128::from(nanos.rem_euclid(1_000) != 0);
    i64::try_from(micros).unwrap_or(i64::MAX)
}

/// The timestamp of stored microseconds; values outside the calendar become its ends.
pub(crate) fn timestamp_of(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(if micros < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alarms_are_never_early() {
        let check = |nanos: i128, expect: i64| {
            let at = Timestamp::from_nanosecond(nanos).unwrap();
            assert_eq!(micros_ceil(at), expect, "{nanos}");
        };
        check(0, 0);
        check(1_000, 1);
        check(1_001, 2);
        check(1_999, 2);
        check(-1, 0);
        check(-1_000, -1);
        check(-1_001, -1);
    }

    #[test]
    fn holds_no_more_than_the_limit() {
        let mut overlay = Overlay::default();
        for n in 0..=INPUT_WRITES_MAX {
            overlay.put("t", &n.to_be_bytes(), Some(vec![0; 8]));
        }
        assert_eq!(overlay.records().count(), INPUT_WRITES_MAX);
        assert!(matches!(overlay.check(), Err(StoreError::InputTooLarge { .. })));
    }
}
