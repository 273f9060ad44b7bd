//! Records of payments that are under way, as values: what was written a moment ago need not be
//! decoded again when the bank answers.
//!
//! Everything is in the records first; what is held here is a bounded copy that may vanish at any
//! time, and is dropped when an input fails, since nothing of that input becomes durable.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::records::{Records, RecordsError, Table};

/// Values that are held, at most.
pub(super) const VALUES_MAX: usize = 1_024;

/// A table with the values that were written last, in two generations.
pub(super) struct AtHand<V> {
    table: Table<V>,
    young: BTreeMap<Vec<u8>, V>,
    old: BTreeMap<Vec<u8>, V>,
}

/// Says how many, and nothing of what they are.
impl<V> fmt::Debug for AtHand<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AtHand({}, {} values)", self.table.name, self.young.len() + self.old.len())
    }
}

impl<V: Clone + Serialize + DeserializeOwned> AtHand<V> {
    pub(super) fn new(table: Table<V>) -> Self {
        Self { table, young: BTreeMap::new(), old: BTreeMap::new() }
    }

    /// The record of a key.
    ///
    /// # Errors
    /// As [`Table::get`].
    pub(super) fn get(&self, records: &dyn Records, key: &[u8]) -> Result<Option<V>, RecordsError> {
        match self.young.get(key).or_else(|| self.old.get(key)) {
            Some(held) => Ok(Some(held.clone())),
            None => self.table.get(records, key),
        }
    }

    /// Writes a record, and holds it.
    pub(super) fn put(&mut self, records: &mut dyn Records, key: &[u8], value: &V) {
        self.table.put(records, key, value);
        self.old.remove(key);
        self.young.insert(key.to_vec(), value.clone());
        if self.young.len() >= VALUES_MAX / 2 {
            self.old = std::mem::take(&mut self.young);
        }
    }

    /// Holds nothing any more.
    pub(super) fn forget_all(&mut self) {
        self.young.clear();
        self.old.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::MemoryRecords;

    const NUMBERS: Table<u32> = Table::new("number");

    #[test]
    fn what_was_written_is_found_also_after_it_is_not_held_any_more() {
        let mut records = MemoryRecords::default();
        let mut at_hand = AtHand::new(NUMBERS);
        for n in 0..2_000_u32 {
            at_hand.put(&mut records, &n.to_be_bytes(), &n);
            assert!(at_hand.young.len() + at_hand.old.len() <= VALUES_MAX);
        }
        at_hand.put(&mut records, &1_u32.to_be_bytes(), &7);
        for (key, value) in [(0_u32, 0), (1, 7), (1_999, 1_999)] {
            assert_eq!(at_hand.get(&records, &key.to_be_bytes()).unwrap(), Some(value));
        }
        at_hand.forget_all();
        assert_eq!(at_hand.get(&records, &1_u32.to_be_bytes()).unwrap(), Some(7));
        assert_eq!(at_hand.get(&records, b"none").unwrap(), None);
    }
}
