//! IPv4 (RFC 791) and IPv6 with its extension headers (RFC 8200).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Protocol numbers that are read further.
pub const ICMP: u8 = 1;
/// TCP.
pub const TCP: u8 = 6;
/// UDP.
pub const UDP: u8 = 17;
/// ICMP for IPv6.
pub const ICMPV6: u8 = 58;

/// Extension headers that are stepped over.
const EXTENSIONS_MAX: usize = 16;

/// An IP packet, or one fragment of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Who sent it.
    pub source: IpAddr,
    /// For whom.
    pub destination: IpAddr,
    /// What it carries.
    pub protocol: u8,
    /// Time to live, or hop limit.
    pub ttl: u8,
    /// IPv4's identification; none in IPv6 without fragments.
    pub id: Option<u32>,
    /// Which fragment it is, if it is one.
    pub fragment: Option<Fragment>,
    /// What was captured of its payload.
    pub payload: &'a [u8],
    /// Octets of its payload on the wire.
    pub payload_len: usize,
}

/// A fragment's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fragment {
    /// Its first octet in the whole payload.
    pub offset: usize,
    /// Whether more follow.
    pub more: bool,
}

/// Why octets are no IP packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// They end inside the header.
    Cut,
    /// The header contradicts itself.
    Malformed,
}

/// Reads the packet at the beginning of `bytes`. Octets after its end (padding of short frames)
/// are left out. A total length of zero, as segmentation offload leaves it, means all of them;
/// `wire_len` is how many octets there were on the wire from here on.
///
/// # Errors
/// [`Problem`] when the header is cut or contradicts itself.
pub fn read(bytes: &[u8], wire_len: usize) -> Result<Packet<'_>, Problem> {
    match bytes.first().map(|octet| octet >> 4) {
        Some(4) => version_4(bytes, wire_len),
        Some(6) => version_6(bytes, wire_len),
        Some(_) => Err(Problem::Malformed),
        None => Err(Problem::Cut),
    }
}

fn version_4(bytes: &[u8], wire_len: usize) -> Result<Packet<'_>, Problem> {
    let header = bytes.first_chunk::<20>().ok_or(Problem::Cut)?;
    let header_len = usize::from(header[0] & 0x0f) * 4;
    let total_len = match be16(header, 2) {
        0 => wire_len,
        len => usize::from(len),
    };
    if header_len < 20 || total_len < header_len {
        return Err(Problem::Malformed);
    }
    let payload = bytes.get(header_len..).ok_or(Problem::Cut)?;
    let payload_len = total_len - header_len;
    let flags = be16(header, 6);
    let (offset, more) = (usize::from(flags & 0x1fff) * 8, flags & 0x2000 != 0);
    Ok(Packet {
        source: IpAddr::V4(Ipv4Addr::new(header[12], header[13], header[14], header[15])),
        destination: IpAddr::V4(Ipv4Addr::new(header[16], header[17], header[18], header[19])),
        protocol: header[9],
        ttl: header[8],
        id: Some(u32::from(be16(header, 4))),
        fragment: (offset > 0 || more).then_some(Fragment { offset, more }),
        payload: &payload[..payload.len().min(payload_len)],
        payload_len,
    })
}

fn version_6(bytes: &[u8], wire_len: usize) -> Result<Packet<'_>, Problem> {
    let header = bytes.first_chunk::<40>().ok_or(Problem::Cut)?;
    let address = |at: usize| {
        let octets = header[at..at + 16].first_chunk::<16>().copied();
        IpAddr::V6(Ipv6Addr::from(octets.unwrap_or_default()))
    };
    let payload_len = match be16(header, 4) {
        0 => wire_len.saturating_sub(40),
        len => usize::from(len),
    };
    let all = &bytes[40..];
    let mut packet = Packet {
        source: address(8),
        destination: address(24),
        protocol: header[6],
        ttl: header[7],
        id: None,
        fragment: None,
        payload: &all[..all.len().min(payload_len)],
        payload_len,
    };
    for _ in 0..EXTENSIONS_MAX {
        let len = match packet.protocol {
            // Hop-by-hop, routing, destination, mobility, host identity, shim.
            0 | 43 | 60 | 135 | 139 | 140 => {
                usize::from(*packet.payload.get(1).ok_or(Problem::Cut)?) * 8 + 8
            }
            // Authentication header: in words of four octets, without two (RFC 4302).
            51 => usize::from(*packet.payload.get(1).ok_or(Problem::Cut)?) * 4 + 8,
            44 => 8,
            _ => return Ok(packet),
        };
        let extension = packet.payload.get(..len).ok_or(Problem::Cut)?;
        if packet.protocol == 44 {
            let place = be16(extension, 2);
            let fragment = Fragment { offset: usize::from(place & !7), more: place & 1 == 1 };
            // An atomic fragment is the whole packet (RFC 6946).
            packet.fragment = (fragment.offset > 0 || fragment.more).then_some(fragment);
            packet.id = Some(u32::from(be16(extension, 4)) << 16 | u32::from(be16(extension, 6)));
        }
        packet.protocol = extension[0];
        packet.payload = &packet.payload[len..];
        packet.payload_len = packet.payload_len.saturating_sub(len);
        if packet.fragment.is_some_and(|fragment| fragment.offset > 0) {
            return Ok(packet);
        }
    }
    Err(Problem::Malformed)
}

fn be16(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v6(next: u8, rest: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x60, 0, 0, 0, 0, rest.len() as u8, next, 64];
        bytes.extend([0xfd; 16]);
        bytes.extend([0xfe; 16]);
        bytes.extend(rest);
        bytes
    }

    #[test]
    fn leaves_out_padding_of_short_frames() {
        let mut bytes =
            vec![0x45, 0, 0, 24, 0, 7, 0x40, 0, 63, TCP, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
        bytes.extend(b"abcdPADDING");
        let packet = read(&bytes, bytes.len()).unwrap();
        assert_eq!((packet.payload, packet.payload_len, packet.id), (&b"abcd"[..], 4, Some(7)));
        assert_eq!((packet.ttl, packet.fragment), (63, None));
        bytes.truncate(22);
        assert_eq!(read(&bytes, 31).unwrap().payload_len, 4);
    }

    #[test]
    fn refuses_headers_that_contradict_themselves() {
        for first in [0x44, 0x05, 0x75, 0xff] {
            assert_eq!(read(&[first; 40], 40), Err(Problem::Malformed), "{first:x}");
        }
        assert_eq!(read(&[0x45; 19], 19), Err(Problem::Cut));
        assert_eq!(read(&[], 0), Err(Problem::Cut));
    }

    #[test]
    fn steps_over_extension_headers() {
        let mut rest = vec![43, 0, 0, 0, 0, 0, 0, 0];
        rest.extend([TCP, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        rest.extend(b"data");
        let bytes = v6(0, &rest);
        let packet = read(&bytes, bytes.len()).unwrap();
        assert_eq!((packet.protocol, packet.payload), (TCP, &b"data"[..]));
    }

    #[test]
    fn knows_fragments_of_ipv6_and_ends_at_endless_extensions() {
        let bytes = v6(44, &[TCP, 0, 0x05, 0xa9, 0, 0, 0, 9, 1, 2]);
        let packet = read(&bytes, bytes.len()).unwrap();
        assert_eq!(packet.fragment, Some(Fragment { offset: 0x5a8, more: true }));
        assert_eq!((packet.id, packet.payload), (Some(9), &[1, 2][..]));
        let endless = v6(60, &[60, 0, 0, 0, 0, 0, 0, 0].repeat(31));
        assert_eq!(read(&endless, endless.len()), Err(Problem::Malformed));
    }
}
