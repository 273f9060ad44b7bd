//! Reassembly of IP fragments (RFC 791 section 3.2, RFC 8200 section 4.5), bounded.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::limit::{FRAGMENT_WAIT_NS_MAX, FRAGMENTED_BYTES_MAX, FRAGMENTED_PACKETS_MAX};
use crate::message::Moment;

use super::ip::{Fragment, Packet};

/// Octets of the longest IP payload.
const PAYLOAD_BYTES_MAX: usize = 65_535;

/// Fragments that wait for the rest of their packet.
#[derive(Debug, Default)]
pub struct Fragments {
    waiting: BTreeMap<Key, Partial>,
    held_bytes: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    source: IpAddr,
    destination: IpAddr,
    id: u32,
    protocol: u8,
}

#[derive(Debug)]
struct Partial {
    since: Moment,
    /// Pieces by their offset; they do not overlap.
    pieces: BTreeMap<usize, Vec<u8>>,
    /// Octets of the whole, once the last fragment was seen.
    len: Option<usize>,
}

/// What became of a fragment.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The whole payload is there.
    Whole(Vec<u8>),
    /// Others are still missing.
    Waits,
    /// It says something else than an earlier one of the same octets.
    Conflicts,
    /// It cannot belong to any packet.
    Malformed,
}

impl Fragments {
    /// Takes a fragment.
    pub fn take(&mut self, packet: &Packet<'_>, fragment: Fragment, time: Moment) -> Outcome {
        let end = fragment.offset + packet.payload.len();
        let is_cut = packet.payload.len() < packet.payload_len;
        if end > PAYLOAD_BYTES_MAX || is_cut || packet.payload.is_empty() {
            return Outcome::Malformed;
        }
        let Packet { source, destination, protocol, .. } = *packet;
        let key = Key { source, destination, id: packet.id.unwrap_or_default(), protocol };
        if self.waiting.get(&key).is_some_and(|old| time.since(old.since) > FRAGMENT_WAIT_NS_MAX) {
            self.forget(&key);
        }
        if !self.waiting.contains_key(&key) {
            self.make_room();
        }
        let new = || Partial { since: time, pieces: BTreeMap::new(), len: None };
        let partial = self.waiting.entry(key).or_insert_with(new);
        if !fragment.more {
            partial.len = Some(end);
        }
        let before = partial.held_bytes();
        let agrees = partial.add(fragment.offset, packet.payload);
        self.held_bytes += partial.held_bytes() - before;
        if !agrees {
            return Outcome::Conflicts;
        }
        let Some(whole) = partial.whole() else { return Outcome::Waits };
        self.forget(&key);
        Outcome::Whole(whole)
    }

    /// Packets that are not whole.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    fn forget(&mut self, key: &Key) {
        if let Some(partial) = self.waiting.remove(key) {
            self.held_bytes -= partial.held_bytes();
        }
    }

    /// Forgets the oldest until there is room for one more.
    fn make_room(&mut self) {
        while self.waiting.len() >= FRAGMENTED_PACKETS_MAX
            || self.held_bytes >= FRAGMENTED_BYTES_MAX
        {
            let oldest = self.waiting.iter().min_by_key(|(_, partial)| partial.since);
            let Some(key) = oldest.map(|(key, _)| *key) else { return };
            self.forget(&key);
        }
    }
}

impl Partial {
    fn held_bytes(&self) -> usize {
        self.pieces.values().map(Vec::len).sum()
    }

    /// Keeps the octets that are new. False when octets that were there already differ.
    fn add(&mut self, offset: usize, bytes: &[u8]) -> bool {
        let end = offset + bytes.len();
        let (mut at, mut agrees, mut new) = (offset, true, Vec::new());
        for (&start, piece) in self.pieces.range(..end) {
            let piece_end = start + piece.len();
            if piece_end <= at {
                continue;
            }
            if start > at {
                new.push((at, bytes[at - offset..start - offset].to_vec()));
                at = start;
            }
            let shared = at..piece_end.min(end);
            agrees &= bytes[shared.start - offset..shared.end - offset]
                == piece[shared.start - start..shared.end - start];
            at = shared.end;
        }
        if at < end {
            new.push((at, bytes[at - offset..].to_vec()));
        }
        self.pieces.extend(new);
        agrees
    }

    fn whole(&self) -> Option<Vec<u8>> {
        let len = self.len?;
        if self.held_bytes() < len {
            return None;
        }
        let mut whole = Vec::with_capacity(len);
        for (start, piece) in &self.pieces {
            if *start != whole.len() {
                return None;
            }
            whole.extend_from_slice(piece);
        }
        whole.truncate(len);
        Some(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(
        fragments: &mut Fragments,
        id: u32,
        offset: usize,
        more: bool,
        bytes: &[u8],
    ) -> Outcome {
        let fragment = Fragment { offset, more };
        let packet = Packet {
            source: IpAddr::from([10, 0, 0, 1]),
            destination: IpAddr::from([10, 0, 0, 2]),
            protocol: 6,
            ttl: 64,
            id: Some(id),
            fragment: Some(fragment),
            payload: bytes,
            payload_len: bytes.len(),
        };
        fragments.take(&packet, fragment, Moment(i64::from(id)))
    }

    #[test]
    fn whole_in_any_order_and_with_overlaps_that_agree() {
        let mut fragments = Fragments::default();
        assert_eq!(take(&mut fragments, 1, 16, false, b"XYZ"), Outcome::Waits);
        assert_eq!(take(&mut fragments, 1, 0, true, b"abcdefgh"), Outcome::Waits);
        assert_eq!(take(&mut fragments, 2, 8, true, b"________"), Outcome::Waits);
        assert_eq!(
            take(&mut fragments, 1, 0, true, b"abcdefghijklmnop"),
            Outcome::Whole(b"abcdefghijklmnopXYZ".to_vec())
        );
        assert_eq!((fragments.waiting(), fragments.held_bytes), (1, 8));
    }

    #[test]
    fn tells_overlaps_that_differ_and_what_cannot_be() {
        let mut fragments = Fragments::default();
        assert_eq!(take(&mut fragments, 1, 0, true, b"abcdefgh"), Outcome::Waits);
        assert_eq!(take(&mut fragments, 1, 0, true, b"abcdefgX"), Outcome::Conflicts);
        assert_eq!(take(&mut fragments, 1, 65_528, false, b"12345678"), Outcome::Malformed);
        assert_eq!(take(&mut fragments, 1, 8, false, b""), Outcome::Malformed);
    }

    #[test]
    fn holds_no_more_than_its_limits() {
        let mut fragments = Fragments::default();
        for id in 0..FRAGMENTED_PACKETS_MAX as u32 + 10 {
            take(&mut fragments, id, 8, true, b"12345678");
        }
        assert_eq!(fragments.waiting(), FRAGMENTED_PACKETS_MAX);
        assert_eq!(fragments.held_bytes, FRAGMENTED_PACKETS_MAX * 8);
    }
}
