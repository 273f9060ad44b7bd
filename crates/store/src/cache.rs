//! Records that were written lately, in memory: what a payment wrote a moment ago it reads again.
//!
//! A bounded copy of what the file holds, never ahead of it by more than the open transaction, and
//! emptied when that is rolled back. The store is the file's only writer (its lock says so), so a
//! copy cannot grow stale.

use std::collections::BTreeMap;

/// Octets of keys and values that are kept, at most.
pub(crate) const BYTES_MAX: usize = 4 * 1024 * 1024;
/// Octets that one entry costs besides its key and value, about.
const ENTRY_BYTES: usize = 64;

/// Records by table and key in two generations: when the young one has grown to half of
/// [`BYTES_MAX`] it becomes the old one, and what was the old one is forgotten.
#[derive(Default)]
pub(crate) struct Cache {
    young: Generation,
    old: Generation,
}

#[derive(Default)]
struct Generation {
    tables: BTreeMap<&'static str, BTreeMap<Vec<u8>, Vec<u8>>>,
    bytes: usize,
}

impl Cache {
    /// A record that was written lately.
    pub(crate) fn get(&self, table: &str, key: &[u8]) -> Option<&Vec<u8>> {
        self.young.get(table, key).or_else(|| self.old.get(table, key))
    }

    /// Keeps what was written.
    pub(crate) fn put(&mut self, table: &'static str, key: Vec<u8>, value: Vec<u8>) {
        self.remove(table, &key);
        self.young.put(table, key, value);
        if self.young.bytes > BYTES_MAX / 2 {
            self.old = std::mem::take(&mut self.young);
        }
    }

    /// Forgets a record that was removed, or that is not worth keeping.
    pub(crate) fn remove(&mut self, table: &str, key: &[u8]) {
        self.young.remove(table, key);
        self.old.remove(table, key);
    }
}

impl Generation {
    fn get(&self, table: &str, key: &[u8]) -> Option<&Vec<u8>> {
        self.tables.get(table)?.get(key)
    }

    fn put(&mut self, table: &'static str, key: Vec<u8>, value: Vec<u8>) {
        self.bytes += key.len() + value.len() + ENTRY_BYTES;
        self.tables.entry(table).or_default().insert(key, value);
    }

    fn remove(&mut self, table: &str, key: &[u8]) {
        let Some(records) = self.tables.get_mut(table) else { return };
        if let Some(value) = records.remove(key) {
            self.bytes -= key.len() + value.len() + ENTRY_BYTES;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_value_counts_and_a_removed_one_is_gone_from_both_generations() {
        let mut cache = Cache::default();
        cache.put("t", b"k".to_vec(), b"1".to_vec());
        cache.old = std::mem::take(&mut cache.young);
        cache.put("t", b"k".to_vec(), b"2".to_vec());
        assert_eq!(cache.get("t", b"k"), Some(&b"2".to_vec()));
        assert_eq!(cache.old.bytes, 0);
        cache.remove("t", b"k");
        assert_eq!(cache.get("t", b"k"), None);
        assert_eq!(cache.young.bytes, 0);
    }

    #[test]
    fn the_oldest_records_go_when_it_is_full_and_the_newest_stay() {
        let mut cache = Cache::default();
        for n in 0..6_000_u32 {
            cache.put("t", n.to_be_bytes().to_vec(), vec![0; 1_024]);
            assert!(cache.young.bytes + cache.old.bytes <= BYTES_MAX + 2_048);
        }
        assert_eq!(cache.get("t", &0_u32.to_be_bytes()), None);
        assert!(cache.get("t", &5_999_u32.to_be_bytes()).is_some());
    }
}
