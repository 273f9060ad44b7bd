//! Captures, written: what benchmarks and tests read again.
//!
//! Addresses and times come from the caller; checksums are right, so that other programs that
//! look at them agree.

use std::net::{IpAddr, SocketAddr};

use crate::message::{Direction, Moment};
use crate::tcp::segment::{ACK, FIN, SYN};

/// The header of a pcap file: microseconds, least significant octet first, Ethernet.
pub const PCAP_HEADER: [u8; 24] =
    [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0];

/// Pushes control bit: data is complete so far.
const PSH: u8 = 0x08;

/// A packet with a segment in it.
#[derive(Debug, Clone, Copy)]
pub struct Packet<'a> {
    /// Who sends it.
    pub source: SocketAddr,
    /// To whom; of the same version of IP.
    pub destination: SocketAddr,
    /// Time to live.
    pub ttl: u8,
    /// Identification (IPv4 only).
    pub id: u16,
    /// Sequence number.
    pub seq: u32,
    /// Acknowledgement number.
    pub ack: u32,
    /// Control bits.
    pub flags: u8,
    /// Window.
    pub window: u16,
    /// Options, a multiple of four octets, at most 40.
    pub options: &'a [u8],
    /// Data.
    pub data: &'a [u8],
}

impl Packet<'_> {
    /// The packet from its IP header on.
    pub fn ip(&self) -> Vec<u8> {
        let segment = self.segment();
        let mut ip = match (self.source.ip(), self.destination.ip()) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                let len = (20 + segment.len()) as u16;
                let mut header = vec![0x45, 0];
                header.extend(len.to_be_bytes());
                header.extend(self.id.to_be_bytes());
                header.extend([0x40, 0, self.ttl, 6, 0, 0]);
                header.extend(source.octets());
                header.extend(destination.octets());
                let sum = checksum(&[&header]);
                header[10..12].copy_from_slice(&sum.to_be_bytes());
                header
            }
            (source, destination) => {
                let mut header = vec![0x60, 0, 0, 0];
                header.extend((segment.len() as u16).to_be_bytes());
                header.extend([6, self.ttl]);
                header.extend(address(source));
                header.extend(address(destination));
                header
            }
        };
        ip.extend(segment);
        ip
    }

    /// The packet in an Ethernet frame.
    pub fn ethernet(&self) -> Vec<u8> {
        let ether_type = if self.source.is_ipv4() { [8, 0] } else { [0x86, 0xdd] };
        let mut frame = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];
        frame.extend(ether_type);
        frame.extend(self.ip());
        frame
    }

    fn segment(&self) -> Vec<u8> {
        let mut segment = Vec::with_capacity(20 + self.options.len() + self.data.len());
        segment.extend(self.source.port().to_be_bytes());
        segment.extend(self.destination.port().to_be_bytes());
        segment.extend(self.seq.to_be_bytes());
        segment.extend(self.ack.to_be_bytes());
        segment.extend([((20 + self.options.len()) as u8 / 4) << 4, self.flags]);
        segment.extend(self.window.to_be_bytes());
        segment.extend([0; 4]);
        segment.extend(self.options);
        segment.extend(self.data);
        let mut pseudo = address(self.source.ip());
        pseudo.extend(address(self.destination.ip()));
        pseudo.extend([0, 6]);
        pseudo.extend((segment.len() as u16).to_be_bytes());
        let sum = checksum(&[&pseudo, &segment]);
        segment[16..18].copy_from_slice(&sum.to_be_bytes());
        segment
    }
}

fn address(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// The Internet checksum (RFC 1071) over parts, all but the last of even length.
fn checksum(parts: &[&[u8]]) -> u16 {
    let mut sum: u32 = 0;
    for pair in parts.iter().flat_map(|part| part.chunks(2)) {
        sum += u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0));
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

/// Adds a record to a pcap file that begins with [`PCAP_HEADER`].
pub fn record(time: Moment, frame: &[u8], file: &mut Vec<u8>) {
    let len = (frame.len() as u32).to_le_bytes();
    file.extend(((time.0 / 1_000_000_000) as u32).to_le_bytes());
    file.extend(((time.0 % 1_000_000_000 / 1_000) as u32).to_le_bytes());
    file.extend(len);
    file.extend(len);
    file.extend(frame);
}

/// One connection as its two ends speak: numbers go on by themselves.
#[derive(Debug, Clone)]
pub struct Talk {
    /// The side that opens.
    pub client: SocketAddr,
    /// The side that accepts.
    pub server: SocketAddr,
    /// The next sequence number of each direction, by [`Direction::index`].
    pub next: [u32; 2],
    ids: [u16; 2],
}

/// The largest data of a segment on Ethernet.
pub const SEGMENT_BYTES: usize = 1460;
/// Options of a SYN: the largest segment is [`SEGMENT_BYTES`].
const SYN_OPTIONS: [u8; 4] = [2, 4, 0x05, 0xb4];

impl Talk {
    /// A connection that is not open yet; sequence numbers begin at these.
    pub fn new(client: SocketAddr, server: SocketAddr, first: [u32; 2]) -> Self {
        Self { client, server, next: first, ids: [1, 1] }
    }

    /// A packet of one side with these control bits and data; numbers go on.
    pub fn packet(&mut self, direction: Direction, flags: u8, data: &[u8]) -> Vec<u8> {
        let seq = self.next[direction.index()];
        let frame = self.packet_at(direction, seq, flags, data);
        let control = u32::from(flags & SYN != 0) + u32::from(flags & FIN != 0);
        self.next[direction.index()] = seq.wrapping_add(data.len() as u32).wrapping_add(control);
        frame
    }

    /// A packet of one side with this sequence number; numbers stay.
    pub fn packet_at(&mut self, direction: Direction, seq: u32, flags: u8, data: &[u8]) -> Vec<u8> {
        let way = direction.index();
        let (source, destination) = match direction {
            Direction::ToServer => (self.client, self.server),
            Direction::ToClient => (self.server, self.client),
        };
        let id = self.ids[way];
        self.ids[way] = id.wrapping_add(1);
        let ack = if flags & ACK != 0 { self.next[1 - way] } else { 0 };
        let options: &[u8] = if flags & SYN != 0 { &SYN_OPTIONS } else { &[] };
        let (ttl, window) = (64, 0xffff);
        Packet { source, destination, ttl, id, seq, ack, flags, window, options, data }.ethernet()
    }

    /// The three packets that open it.
    pub fn open(&mut self) -> [Vec<u8>; 3] {
        [
            self.packet(Direction::ToServer, SYN, &[]),
            self.packet(Direction::ToClient, SYN | ACK, &[]),
            self.packet(Direction::ToServer, ACK, &[]),
        ]
    }

    /// The packets that carry `data`, as large as Ethernet takes.
    pub fn send(&mut self, direction: Direction, data: &[u8]) -> Vec<Vec<u8>> {
        data.chunks(SEGMENT_BYTES).map(|data| self.packet(direction, ACK | PSH, data)).collect()
    }

    /// An acknowledgement of everything so far.
    pub fn acknowledge(&mut self, direction: Direction) -> Vec<u8> {
        self.packet(direction, ACK, &[])
    }

    /// The three packets that close it, the client first.
    pub fn close(&mut self) -> [Vec<u8>; 3] {
        [
            self.packet(Direction::ToServer, FIN | ACK, &[]),
            self.packet(Direction::ToClient, FIN | ACK, &[]),
            self.packet(Direction::ToServer, ACK, &[]),
        ]
    }
}
