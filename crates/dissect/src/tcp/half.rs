//! One direction of a connection: segments in any order become octets in order.
//!
//! Octets are counted from 0, the first after the SYN, or the first that was seen when the
//! capture began in the middle. What came is compared with what is known of the same octets, as
//! far back as [`HISTORY_BYTES_MAX`].

use std::collections::BTreeMap;
use std::ops::Range;

use crate::limit::{
    GAP_WAIT_NS_MAX, GAP_WAIT_SEGMENTS_MAX, HELD_BYTES_MAX, HELD_SEGMENTS_MAX,
    HELD_TOTAL_BYTES_MAX, HISTORY_BYTES_MAX, HISTORY_TOTAL_BYTES_MAX,
};
use crate::message::Moment;

/// Octets held for all connections together.
#[derive(Debug, Default)]
pub struct Budget {
    history_bytes: usize,
    held_bytes: usize,
}

/// One direction.
#[derive(Debug, Default)]
pub struct Half {
    /// Sequence number of octet 0.
    base: Option<u32>,
    /// The next octet to be delivered.
    next: i64,
    /// The end of what was seen, SYN and FIN counted as an octet each.
    highest: i64,
    /// When `highest` last grew.
    highest_time: Moment,
    /// Octets that wait for others before them; they do not overlap.
    held: BTreeMap<i64, Held>,
    held_bytes: usize,
    /// The last octets that were delivered, up to `next`.
    history: Vec<u8>,
    /// What the other side acknowledged.
    acked: i64,
    /// Since when a hole is acknowledged that the capture does not have.
    hole: Option<(Moment, u32)>,
    fin: Option<i64>,
    /// Segments with data, or SYN or FIN.
    pub segments: u64,
    /// Octets of data that were delivered.
    pub delivered: u64,
}

#[derive(Debug)]
struct Held {
    bytes: Vec<u8>,
    /// Octets on the wire; more than were captured when the packet was cut.
    len: i64,
    time: Moment,
    frame: u64,
}

/// A segment as one direction takes it.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// Sequence number of its first octet of data (after a SYN, the next).
    pub seq: u32,
    /// What was captured of its data.
    pub bytes: &'a [u8],
    /// Octets of data on the wire.
    pub len: usize,
    /// Whether it opens the direction.
    pub syn: bool,
    /// Whether it closes the direction after its data.
    pub fin: bool,
    /// When it was captured.
    pub time: Moment,
    /// Its frame.
    pub frame: u64,
    /// Until how long after the highest segment a late one counts as reordered, in nanoseconds.
    pub reordering_ns: i64,
}

/// What a segment is, beside what came before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// It has neither data nor SYN nor FIN.
    Empty,
    /// It goes on where the highest ended, or beyond.
    New,
    /// It brings nothing new, or what was lost on the way and was sent again.
    Retransmitted,
    /// It fills a hole so soon that it was overtaken, not sent again.
    OutOfOrder,
    /// It asks whether the other side is still there.
    KeepAlive,
}

/// What a segment did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// What it is.
    pub class: Class,
    /// Its first octet.
    pub offset: i64,
    /// Octets that differ from what came before in the same place.
    pub conflict: Option<Range<i64>>,
    /// Whether it left a hole before it.
    pub leaves_hole: bool,
}

/// What comes out, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery<'a> {
    /// Octets from `offset` on.
    Bytes {
        /// Place of the first.
        offset: i64,
        /// The octets.
        bytes: &'a [u8],
        /// When they were captured.
        time: Moment,
        /// Their frame.
        frame: u64,
    },
    /// Octets that the capture does not have.
    Lost {
        /// Place of the first.
        offset: i64,
        /// How many.
        len: i64,
    },
    /// The end, after everything before it.
    Fin,
}

/// Takes what comes out.
pub type Deliver<'a> = dyn FnMut(Delivery<'_>) + 'a;

impl Half {
    /// Whether anything of this direction was seen.
    pub fn is_known(&self) -> bool {
        self.base.is_some()
    }

    /// The next octet to be delivered.
    pub fn next(&self) -> i64 {
        self.next
    }

    /// The end of what was seen.
    pub fn highest(&self) -> i64 {
        self.highest
    }

    /// What the other side acknowledged.
    pub fn acked(&self) -> i64 {
        self.acked
    }

    /// Whether its sender has closed it.
    pub fn has_fin(&self) -> bool {
        self.fin.is_some()
    }

    /// Octets that wait for others before them.
    pub fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    /// The place of a sequence number: the one nearest to what is expected next.
    pub fn place(&self, seq: u32) -> i64 {
        let expected = self.base.unwrap_or(seq).wrapping_add(self.next as u32);
        self.next + i64::from(seq.wrapping_sub(expected) as i32)
    }

    /// The first sequence number of the direction.
    pub fn first_seq(&self) -> Option<u32> {
        self.base
    }

    /// Takes a segment.
    pub fn take(
        &mut self,
        arrival: &Arrival<'_>,
        budget: &mut Budget,
        deliver: &mut Deliver<'_>,
    ) -> Taken {
        if self.base.is_none() {
            self.base = Some(arrival.seq);
            self.highest_time = arrival.time;
            self.highest = -i64::from(arrival.syn);
        }
        let offset = self.place(arrival.seq);
        let class = self.class(arrival, offset);
        let mut taken = Taken { class, offset, conflict: None, leaves_hole: false };
        if class == Class::Empty {
            self.close_holes(arrival.time, budget, deliver);
            return taken;
        }
        self.segments += 1;
        let end = offset + arrival.len as i64;
        if arrival.fin && self.fin.is_none() {
            self.fin = Some(end);
        }
        if end + i64::from(arrival.fin) > self.highest {
            taken.leaves_hole = offset > self.highest;
            self.highest = end + i64::from(arrival.fin);
            self.highest_time = arrival.time;
        }
        // A probe's one octet may be made up (RFC 9293 section 3.8.4).
        if arrival.len > 0 && class != Class::KeepAlive {
            taken.conflict = self.data(arrival, offset, budget, deliver);
        }
        self.release(budget, deliver);
        self.close_holes(arrival.time, budget, deliver);
        taken
    }

    /// Takes what the other side acknowledges.
    pub fn acknowledge(&mut self, ack: u32) {
        if self.base.is_some() {
            self.acked = self.acked.max(self.place(ack));
        }
    }

    /// Gives up waiting: holes are lost, what is held comes out, and what was acknowledged but
    /// never seen is lost too.
    pub fn finish(&mut self, budget: &mut Budget, deliver: &mut Deliver<'_>) {
        while let Some((&start, _)) = self.held.first_key_value() {
            self.skip_to(start, budget, deliver);
            self.release(budget, deliver);
        }
        let end = self.fin.unwrap_or(i64::MAX).min(self.acked);
        if self.is_known() && end > self.next {
            self.skip_to(end, budget, deliver);
        }
        self.forget(budget);
    }

    /// Gives back what is kept for comparing.
    pub fn forget(&mut self, budget: &mut Budget) {
        budget.history_bytes -= self.history.len();
        self.history = Vec::new();
    }

    /// What a segment is, beside what came before it.
    ///
    /// A late segment is told from one that was sent again by time, as an observer between the
    /// two sides must: within the round trip of the handshake nobody can have asked for it.
    fn class(&self, arrival: &Arrival<'_>, offset: i64) -> Class {
        let start = offset - i64::from(arrival.syn);
        let end = offset + arrival.len as i64 + i64::from(arrival.fin);
        if end == start {
            return Class::Empty;
        }
        let is_control = arrival.syn || arrival.fin;
        if start == self.highest - 1 && arrival.len == 1 && !is_control {
            return Class::KeepAlive;
        }
        if start >= self.highest || (start == self.highest - 1 && arrival.len > 1) {
            return Class::New;
        }
        let soon = arrival.time.since(self.highest_time) < arrival.reordering_ns;
        if soon && end != self.highest && !self.has_all(offset, offset + arrival.len as i64) {
            return Class::OutOfOrder;
        }
        Class::Retransmitted
    }

    /// Whether every octet of a range was seen.
    fn has_all(&self, start: i64, end: i64) -> bool {
        let mut at = start.max(self.next);
        while at < end {
            match self.held_around(at) {
                Some(held_end) => at = held_end,
                None => return false,
            }
        }
        true
    }

    /// The end of what is held around an octet.
    fn held_around(&self, at: i64) -> Option<i64> {
        let (start, held) = self.held.range(..=at).next_back()?;
        let end = start + held.len;
        (end > at).then_some(end)
    }

    /// Takes data. The octets that differ from what is known of the same place.
    fn data(
        &mut self,
        arrival: &Arrival<'_>,
        offset: i64,
        budget: &mut Budget,
        deliver: &mut Deliver<'_>,
    ) -> Option<Range<i64>> {
        let end = offset + arrival.len as i64;
        let mut conflict = None;
        if offset < self.next {
            conflict = self.compare_history(arrival.bytes, offset);
        }
        if end <= self.next {
            return conflict;
        }
        let known = (self.next - offset).max(0) as usize;
        let fresh = arrival.bytes.get(known..).unwrap_or_default();
        let start = offset.max(self.next);
        let in_order = start == self.next
            && self.held.first_key_value().is_none_or(|(&first, _)| first >= end);
        if in_order {
            let piece = (arrival.time, arrival.frame);
            self.pass(start, fresh, end - start, piece, budget, deliver);
            return conflict;
        }
        let before = self.held_bytes;
        let held = self.hold(arrival, start, fresh, end);
        budget.held_bytes += self.held_bytes - before;
        conflict = conflict.or(held);
        let is_full = self.held_bytes > HELD_BYTES_MAX
            || self.held.len() > HELD_SEGMENTS_MAX
            || budget.held_bytes > HELD_TOTAL_BYTES_MAX;
        if let Some((&first, _)) = self.held.first_key_value().filter(|_| is_full) {
            self.skip_to(first, budget, deliver);
        }
        conflict
    }

    /// Compares with what was delivered; the octets that differ.
    fn compare_history(&self, bytes: &[u8], offset: i64) -> Option<Range<i64>> {
        let history_start = self.next - self.history.len() as i64;
        let start = offset.max(history_start);
        let end = (offset + bytes.len() as i64).min(self.next);
        if start >= end {
            return None;
        }
        let ours = &bytes[(start - offset) as usize..(end - offset) as usize];
        let theirs =
            &self.history[(start - history_start) as usize..(end - history_start) as usize];
        differing(ours, theirs, start)
    }

    /// Keeps the octets of `start..end` that are not held yet; the octets that differ.
    fn hold(
        &mut self,
        arrival: &Arrival<'_>,
        start: i64,
        bytes: &[u8],
        end: i64,
    ) -> Option<Range<i64>> {
        let piece = |from: i64, to: i64| {
            let within = |at: i64| ((at - start) as usize).min(bytes.len());
            &bytes[within(from)..within(to)]
        };
        let (mut at, mut conflict, mut new) = (start, None, Vec::new());
        let first = self.held.range(..start).next_back().map_or(start, |(&first, _)| first);
        for (&held_start, held) in self.held.range(first..end) {
            let held_end = held_start + held.len;
            if held_end <= at {
                continue;
            }
            if held_start > at {
                new.push((at, held_start));
                at = held_start;
            }
            let to = held_end.min(end);
            let ours = piece(at, to);
            let theirs = held.bytes.get((at - held_start) as usize..).unwrap_or_default();
            let both = ours.len().min(theirs.len());
            conflict = conflict.or_else(|| differing(&ours[..both], &theirs[..both], at));
            at = to;
        }
        if at < end {
            new.push((at, end));
        }
        for (from, to) in new {
            let bytes = piece(from, to).to_vec();
            self.held_bytes += bytes.len();
            let Arrival { time, frame, .. } = *arrival;
            self.held.insert(from, Held { bytes, len: to - from, time, frame });
        }
        conflict
    }

    /// Delivers what is held and now in order, then the end if it is reached.
    fn release(&mut self, budget: &mut Budget, deliver: &mut Deliver<'_>) {
        while let Some(entry) = self.held.first_entry() {
            if *entry.key() > self.next {
                return;
            }
            let (start, held) = entry.remove_entry();
            self.held_bytes -= held.bytes.len();
            budget.held_bytes -= held.bytes.len();
            self.pass(start, &held.bytes, held.len, (held.time, held.frame), budget, deliver);
        }
        if self.fin == Some(self.next) {
            self.next += 1;
            self.remember(&[], 1, budget);
            deliver(Delivery::Fin);
        }
    }

    /// Delivers octets that are next; those that were cut off are lost.
    fn pass(
        &mut self,
        offset: i64,
        bytes: &[u8],
        len: i64,
        (time, frame): (Moment, u64),
        budget: &mut Budget,
        deliver: &mut Deliver<'_>,
    ) {
        self.next = offset + len;
        self.hole = None;
        let cut = len - bytes.len() as i64;
        self.remember(bytes, cut, budget);
        self.delivered += bytes.len() as u64;
        if !bytes.is_empty() {
            deliver(Delivery::Bytes { offset, bytes, time, frame });
        }
        if cut > 0 {
            deliver(Delivery::Lost { offset: offset + bytes.len() as i64, len: cut });
        }
    }

    /// Says that octets up to `to` are lost.
    fn skip_to(&mut self, to: i64, budget: &mut Budget, deliver: &mut Deliver<'_>) {
        if to > self.next {
            deliver(Delivery::Lost { offset: self.next, len: to - self.next });
            self.next = to;
            self.hole = None;
            self.remember(&[], 1, budget);
        }
    }

    /// Octets that the other side acknowledged and that have not come for a while are lost.
    fn close_holes(&mut self, time: Moment, budget: &mut Budget, deliver: &mut Deliver<'_>) {
        let Some((&first, _)) = self.held.first_key_value() else { return };
        if self.acked <= self.next {
            return;
        }
        let (since, segments) = self.hole.get_or_insert((time, 0));
        *segments += 1;
        if *segments > GAP_WAIT_SEGMENTS_MAX || time.since(*since) > GAP_WAIT_NS_MAX {
            self.skip_to(first, budget, deliver);
            self.release(budget, deliver);
        }
    }

    /// Keeps delivered octets for comparing; octets that are missing make earlier ones useless.
    fn remember(&mut self, bytes: &[u8], missing: i64, budget: &mut Budget) {
        let before = self.history.len();
        if missing > 0 || budget.history_bytes > HISTORY_TOTAL_BYTES_MAX {
            self.history.clear();
        } else if bytes.len() >= HISTORY_BYTES_MAX {
            self.history.clear();
            self.history.extend_from_slice(&bytes[bytes.len() - HISTORY_BYTES_MAX..]);
        } else {
            if self.history.len() + bytes.len() > 2 * HISTORY_BYTES_MAX {
                let excess = self.history.len() + bytes.len() - HISTORY_BYTES_MAX;
                self.history.drain(..excess);
            }
            self.history.extend_from_slice(bytes);
        }
        budget.history_bytes = budget.history_bytes + self.history.len() - before;
    }
}

/// The first octet to the last that differ, if any do.
fn differing(ours: &[u8], theirs: &[u8], start: i64) -> Option<Range<i64>> {
    if ours == theirs {
        return None;
    }
    let differs = |(a, b): (&u8, &u8)| a != b;
    let first = ours.iter().zip(theirs).position(differs)?;
    let last = ours.iter().zip(theirs).rposition(differs)?;
    Some(start + first as i64..start + last as i64 + 1)
}
