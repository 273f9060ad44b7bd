//! pcap (draft-ietf-opsawg-pcap), and its variant with longer record headers.

use crate::limit::{PACKET_BYTES_MAX, RESUME_SECONDS_MAX};
use crate::message::Moment;

use super::bytes::Endian;
use super::{Packet, Sense, Sink, Step};

/// Octets of the file header.
pub(super) const FILE_HEADER_BYTES: usize = 24;

const MICROSECONDS: u32 = 0xa1b2_c3d4;
const NANOSECONDS: u32 = 0xa1b2_3c4d;
/// Written by some old systems: record headers have eight more octets.
const LONGER_RECORDS: u32 = 0xa1b2_cd34;

/// What the file header says.
#[derive(Debug)]
pub(super) struct Header {
    endian: Endian,
    is_nano: bool,
    record_header_bytes: usize,
    link: u16,
    /// Seconds of the last record, to judge others by after damage.
    seconds: Option<u32>,
}

/// Whether a file that begins so is pcap.
pub(super) fn is_magic(magic: [u8; 4]) -> bool {
    endian_of(magic).is_some()
}

fn endian_of(magic: [u8; 4]) -> Option<(Endian, u32)> {
    let known = [MICROSECONDS, NANOSECONDS, LONGER_RECORDS];
    let (little, big) = (u32::from_le_bytes(magic), u32::from_be_bytes(magic));
    if known.contains(&little) {
        return Some((Endian::Little, little));
    }
    known.contains(&big).then_some((Endian::Big, big))
}

impl Header {
    /// Reads the file header; none when it is not all there.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (endian, magic) = endian_of(*bytes.first_chunk()?)?;
        let header = bytes.get(..FILE_HEADER_BYTES)?;
        Some(Self {
            endian,
            is_nano: magic == NANOSECONDS,
            record_header_bytes: if magic == LONGER_RECORDS { 24 } else { 16 },
            // The upper half of the field says how long the frame check sequence is.
            link: endian.u32(header, 20) as u16,
            seconds: None,
        })
    }

    /// Takes the record at the beginning of `rest`.
    pub(super) fn record(&mut self, rest: &[u8], frames: &mut u64, sink: &mut impl Sink) -> Step {
        if rest.len() < self.record_header_bytes {
            return Step::More;
        }
        let (seconds, fraction) = (self.endian.u32(rest, 0), self.endian.u32(rest, 4));
        let (kept, wire_len) = (self.endian.u32(rest, 8) as usize, self.endian.u32(rest, 12));
        if kept > PACKET_BYTES_MAX || fraction >= self.fractions() {
            return Step::Damaged;
        }
        let end = self.record_header_bytes + kept;
        let Some(bytes) = rest.get(self.record_header_bytes..end) else { return Step::More };
        *frames += 1;
        self.seconds = Some(seconds);
        let nanoseconds = i64::from(fraction) * if self.is_nano { 1 } else { 1_000 };
        let time = Moment(i64::from(seconds) * 1_000_000_000 + nanoseconds);
        let wire_len = wire_len.max(kept as u32);
        sink.packet(&Packet { frame: *frames, time, link: self.link, bytes, wire_len });
        Step::Took(end)
    }

    /// How many of the file's units a second has.
    fn fractions(&self) -> u32 {
        if self.is_nano { 1_000_000_000 } else { 1_000_000 }
    }

    /// Whether a record may begin here: it looks like one, and so does the next, or the file
    /// ends with it.
    pub(super) fn sense(&self, rest: &[u8], is_end: bool) -> Sense {
        if rest.len() < self.record_header_bytes {
            return Sense::More;
        }
        let seconds = self.endian.u32(rest, 0);
        if !self.looks_right(rest, self.seconds.unwrap_or(seconds)) {
            return Sense::None;
        }
        let end = self.record_header_bytes + self.endian.u32(rest, 8) as usize;
        match rest.get(end..) {
            Some([]) if is_end => Sense::Some,
            Some(next) if next.len() >= self.record_header_bytes => {
                if self.looks_right(next, seconds) { Sense::Some } else { Sense::None }
            }
            _ if is_end => Sense::None,
            _ => Sense::More,
        }
    }

    fn looks_right(&self, header: &[u8], last: u32) -> bool {
        let (kept, wire_len) = (self.endian.u32(header, 8), self.endian.u32(header, 12));
        let seconds = self.endian.u32(header, 0);
        self.endian.u32(header, 4) < self.fractions()
            && (1..=PACKET_BYTES_MAX as u32).contains(&kept)
            && (kept..=PACKET_BYTES_MAX as u32).contains(&wire_len)
            && seconds.abs_diff(last) <= RESUME_SECONDS_MAX
    }
}
