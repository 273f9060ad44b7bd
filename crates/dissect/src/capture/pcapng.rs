//! pcapng (draft-ietf-opsawg-pcapng): blocks of sections, interfaces, packets and secrets.

use crate::limit::{BLOCK_BYTES_MAX, INTERFACES_MAX, PACKET_BYTES_MAX};
use crate::message::Moment;

use super::bytes::Endian;
use super::{DROPPED, Packet, Sense, Sink, Step};

/// The type of a section header block, the same in both byte orders.
pub(super) const SECTION: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];

const BYTE_ORDER: u32 = 0x1a2b_3c4d;
const INTERFACE_BLOCK: u32 = 1;
const OLD_PACKET_BLOCK: u32 = 2;
const SIMPLE_PACKET_BLOCK: u32 = 3;
const STATISTICS_BLOCK: u32 = 5;
const PACKET_BLOCK: u32 = 6;
const SECRETS_BLOCK: u32 = 10;
/// Block types that are common enough to resume at after damage.
const TYPES_KNOWN: std::ops::RangeInclusive<u32> = 1..=10;
/// Type of secrets: an NSS key log.
const TLS_KEY_LOG: u32 = 0x544c_534b;

const OPTION_RESOLUTION: u16 = 9;
const OPTION_OFFSET: u16 = 14;
const OPTION_DROPPED_BY_INTERFACE: u16 = 5;
const OPTION_DROPPED_BY_SYSTEM: u16 = 7;

/// What is known of the section that is being read.
#[derive(Debug, Default)]
pub(super) struct Section {
    endian: Endian,
    interfaces: Vec<Interface>,
}

#[derive(Debug, Clone, Copy)]
struct Interface {
    link: u16,
    snap_len: u32,
    /// Units of a second, at least 1.
    units: u64,
    offset_seconds: i64,
}

/// How wide the interface's number is.
#[derive(Clone, Copy)]
enum Numbers {
    /// Four octets.
    Wide,
    /// Two octets, before a count of drops: the packet block that the enhanced one replaced.
    Narrow,
}

impl Section {
    /// Takes the block at the beginning of `rest`, which stands at `octet` of the file.
    pub(super) fn block(
        &mut self,
        rest: &[u8],
        octet: u64,
        frames: &mut u64,
        sink: &mut impl Sink,
    ) -> Step {
        if rest.len() < 12 {
            return Step::More;
        }
        if rest.starts_with(&SECTION) {
            let Some(endian) = byte_order(rest) else { return Step::Damaged };
            *self = Self { endian, interfaces: Vec::new() };
        }
        let len = self.endian.u32(rest, 4) as usize;
        if len < 12 || !len.is_multiple_of(4) || len > BLOCK_BYTES_MAX {
            return Step::Damaged;
        }
        let Some(block) = rest.get(..len) else { return Step::More };
        if self.endian.u32(block, len - 4) as usize != len {
            return Step::Damaged;
        }
        let body = &block[8..len - 4];
        match self.endian.u32(block, 0) {
            INTERFACE_BLOCK => self.interface(body),
            PACKET_BLOCK => self.packet(body, Numbers::Wide, frames, sink),
            OLD_PACKET_BLOCK => self.packet(body, Numbers::Narrow, frames, sink),
            SIMPLE_PACKET_BLOCK => self.simple_packet(body, frames, sink),
            STATISTICS_BLOCK => self.statistics(body, octet, sink),
            SECRETS_BLOCK if self.endian.u32(body, 0) == TLS_KEY_LOG => {
                let content = body.get(8..).unwrap_or_default();
                let len = content.len().min(self.endian.u32(body, 4) as usize);
                sink.key_log(&content[..len]);
            }
            _ => {}
        }
        Step::Took(len)
    }

    /// Whether a block may begin here: a known type, and the same length at both ends.
    pub(super) fn sense(&self, rest: &[u8], is_end: bool) -> Sense {
        if rest.len() < 12 {
            return Sense::More;
        }
        let endian = match rest.starts_with(&SECTION) {
            true => byte_order(rest),
            false => TYPES_KNOWN.contains(&self.endian.u32(rest, 0)).then_some(self.endian),
        };
        let Some(endian) = endian else { return Sense::None };
        let len = endian.u32(rest, 4) as usize;
        // Large blocks are not resumed at: waiting for the end of one that is none costs more.
        if len < 12 || !len.is_multiple_of(4) || len > PACKET_BYTES_MAX {
            return Sense::None;
        }
        match rest.get(len - 4..len) {
            None if is_end => Sense::None,
            None => Sense::More,
            Some(end) if endian.u32(end, 0) as usize == len => Sense::Some,
            Some(_) => Sense::None,
        }
    }

    fn interface(&mut self, body: &[u8]) {
        let mut interface = Interface {
            link: self.endian.u16(body, 0),
            snap_len: self.endian.u32(body, 4),
            units: 1_000_000,
            offset_seconds: 0,
        };
        for (code, value) in self.options(body.get(8..).unwrap_or_default()) {
            match (code, value) {
                (OPTION_RESOLUTION, [power, ..]) => interface.units = units(*power),
                (OPTION_OFFSET, value) if value.len() >= 8 => {
                    interface.offset_seconds = self.endian.u64(value, 0) as i64;
                }
                _ => {}
            }
        }
        if self.interfaces.len() < INTERFACES_MAX {
            self.interfaces.push(interface);
        }
    }

    /// An enhanced packet block, or the old one.
    fn packet(&self, body: &[u8], numbers: Numbers, frames: &mut u64, sink: &mut impl Sink) {
        let interface = match numbers {
            Numbers::Wide => self.endian.u32(body, 0),
            Numbers::Narrow => u32::from(self.endian.u16(body, 0)),
        };
        let ticks = u64::from(self.endian.u32(body, 4)) << 32 | u64::from(self.endian.u32(body, 8));
        let kept = self.endian.u32(body, 12) as usize;
        let wire_len = self.endian.u32(body, 16);
        self.tell(interface, Some(ticks), body.get(20..), (kept, wire_len), frames, sink);
    }

    fn simple_packet(&self, body: &[u8], frames: &mut u64, sink: &mut impl Sink) {
        let wire_len = self.endian.u32(body, 0);
        let snap_len = self.interfaces.first().map_or(0, |interface| interface.snap_len);
        let kept = if snap_len == 0 { wire_len } else { wire_len.min(snap_len) } as usize;
        self.tell(0, None, body.get(4..), (kept, wire_len), frames, sink);
    }

    /// Hands on a packet. One of an interface that was not declared still counts as a frame.
    fn tell(
        &self,
        interface: u32,
        ticks: Option<u64>,
        data: Option<&[u8]>,
        (kept, wire_len): (usize, u32),
        frames: &mut u64,
        sink: &mut impl Sink,
    ) {
        *frames += 1;
        let Some(interface) = self.interfaces.get(interface as usize) else { return };
        let data = data.unwrap_or_default();
        let bytes = &data[..kept.min(data.len()).min(PACKET_BYTES_MAX)];
        let time = ticks.map_or(Moment::default(), |ticks| interface.time(ticks));
        let wire_len = wire_len.max(bytes.len() as u32);
        sink.packet(&Packet { frame: *frames, time, link: interface.link, bytes, wire_len });
    }

    fn statistics(&self, body: &[u8], octet: u64, sink: &mut impl Sink) {
        for (code, value) in self.options(body.get(12..).unwrap_or_default()) {
            let by = match code {
                OPTION_DROPPED_BY_INTERFACE => "network card",
                OPTION_DROPPED_BY_SYSTEM => "system",
                _ => continue,
            };
            let dropped = self.endian.u64(value, 0);
            if dropped > 0 {
                let interface = self.endian.u32(body, 0);
                let said = format!("the {by} dropped {dropped} packets of interface {interface}");
                sink.remark(&DROPPED, said, octet);
            }
        }
    }

    /// The options of a block, up to the first that makes no sense.
    fn options<'a>(&self, mut rest: &'a [u8]) -> impl Iterator<Item = (u16, &'a [u8])> + use<'a> {
        let endian = self.endian;
        std::iter::from_fn(move || {
            let (code, len) = (endian.u16(rest, 0), endian.u16(rest, 2) as usize);
            let value = rest.get(4..4 + len)?;
            rest = rest.get(4 + len.next_multiple_of(4)..).unwrap_or_default();
            (code != 0).then_some((code, value))
        })
    }
}

impl Interface {
    fn time(&self, ticks: u64) -> Moment {
        let seconds = (ticks / self.units) as i64;
        let rest = u128::from(ticks % self.units) * 1_000_000_000 / u128::from(self.units);
        let seconds = seconds.saturating_add(self.offset_seconds);
        Moment(seconds.saturating_mul(1_000_000_000).saturating_add(rest as i64))
    }
}

/// Units of a second: a power of ten, or of two if the highest bit is set.
fn units(power: u8) -> u64 {
    let exponent = u32::from(power & 0x7f);
    let base: u64 = if power & 0x80 == 0 { 10 } else { 2 };
    base.checked_pow(exponent).unwrap_or(u64::MAX)
}

fn byte_order(block: &[u8]) -> Option<Endian> {
    [Endian::Little, Endian::Big].into_iter().find(|endian| endian.u32(block, 8) == BYTE_ORDER)
}
