//! Hashes and tables that are the same on every machine.

use std::hash::{BuildHasherDefault, Hasher};

use indexmap::IndexMap;
use twox_hash::XxHash3_64;

/// A table by hash that is iterated in the order of insertion.
pub type Table<V> = IndexMap<u64, V, BuildHasherDefault<Identity>>;

/// XXH3 of a text; never 0.
pub fn of(text: &[u8]) -> u64 {
    XxHash3_64::oneshot(text).max(1)
}

/// Mixes one more word into a hash (the finalizer of splitmix64).
pub fn mix(hash: u64, word: u64) -> u64 {
    let mut z = hash.rotate_left(23) ^ word.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z ^ (z >> 27)
}

/// Takes a hash as it is.
#[derive(Debug, Default, Clone)]
pub struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = of(bytes);
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}
