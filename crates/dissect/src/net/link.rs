//! Link layers: where in a frame the IP packet begins.
//!
//! Ethernet with VLAN tags (802.1Q, 802.1ad and old QinQ), MPLS and PPPoE; Linux cooked captures of
//! both versions; BSD loopback in both byte orders; raw IP.

/// LINKTYPEs of the tcpdump group's list that are read here.
const NULL: u16 = 0;
const ETHERNET: u16 = 1;
const RAW_OLD: [u16; 2] = [12, 14];
const RAW: u16 = 101;
const LOOP: u16 = 108;
const LINUX_SLL: u16 = 113;
const IPV4: u16 = 228;
const IPV6: u16 = 229;
const LINUX_SLL2: u16 = 276;

const ETHER_IPV4: u16 = 0x0800;
const ETHER_IPV6: u16 = 0x86dd;
const ETHER_VLAN: [u16; 3] = [0x8100, 0x88a8, 0x9100];
const ETHER_MPLS: [u16; 2] = [0x8847, 0x8848];
const ETHER_PPPOE: u16 = 0x8864;

/// Tags and labels that are stepped over before an IP packet.
const TAGS_MAX: usize = 8;

/// What a frame holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inside {
    /// An IP packet that begins at this octet.
    Ip(usize),
    /// Something else: ARP, spanning tree, a protocol that no payment uses.
    Other,
    /// The frame ends inside the link layer.
    Cut,
    /// A link layer that is not read here.
    UnknownLink,
}

/// Where the IP packet of a frame begins.
pub fn inside(link: u16, frame: &[u8]) -> Inside {
    match link {
        ETHERNET => ethernet(frame, 12),
        LINUX_SLL => ethernet(frame, 14),
        LINUX_SLL2 => match be16(frame, 0) {
            Some(ether_type) => by_ether_type(frame, ether_type, 20),
            None => Inside::Cut,
        },
        NULL | LOOP => loopback(frame),
        RAW | IPV4 | IPV6 => Inside::Ip(0),
        _ if RAW_OLD.contains(&link) => Inside::Ip(0),
        _ => Inside::UnknownLink,
    }
}

/// A frame with its EtherType at octet `at`.
fn ethernet(frame: &[u8], at: usize) -> Inside {
    match be16(frame, at) {
        Some(ether_type) => by_ether_type(frame, ether_type, at + 2),
        None => Inside::Cut,
    }
}

fn by_ether_type(frame: &[u8], mut ether_type: u16, mut at: usize) -> Inside {
    for _ in 0..TAGS_MAX {
        match ether_type {
            ETHER_IPV4 | ETHER_IPV6 => return Inside::Ip(at),
            _ if ETHER_VLAN.contains(&ether_type) => {
                let Some(next) = be16(frame, at + 2) else { return Inside::Cut };
                (ether_type, at) = (next, at + 4);
            }
            _ if ETHER_MPLS.contains(&ether_type) => {
                let Some(label) = frame.get(at..at + 4) else { return Inside::Cut };
                at += 4;
                // The bottom of the stack: what follows tells itself by its version.
                if label[2] & 1 == 1 {
                    return by_version(frame, at);
                }
            }
            ETHER_PPPOE => {
                return match be16(frame, at + 6) {
                    Some(0x0021 | 0x0057) => Inside::Ip(at + 8),
                    Some(_) => Inside::Other,
                    None => Inside::Cut,
                };
            }
            _ => return Inside::Other,
        }
    }
    Inside::Other
}

/// BSD loopback: four octets with the address family, in the order of the machine that wrote it.
fn loopback(frame: &[u8]) -> Inside {
    let Some(family) = frame.first_chunk::<4>() else { return Inside::Cut };
    match u32::from_le_bytes(*family).min(u32::from_be_bytes(*family)) {
        2 | 10 | 24 | 28 | 30 => Inside::Ip(4),
        _ => Inside::Other,
    }
}

fn by_version(frame: &[u8], at: usize) -> Inside {
    match frame.get(at).map(|octet| octet >> 4) {
        Some(4 | 6) => Inside::Ip(at),
        Some(_) => Inside::Other,
        None => Inside::Cut,
    }
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|octets| u16::from_be_bytes(*octets))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(ether: &[u16]) -> Vec<u8> {
        let mut frame = vec![0; 12];
        frame.extend(ether.iter().flat_map(|value| value.to_be_bytes()));
        frame.extend([0x45; 20]);
        frame
    }

    #[test]
    fn steps_over_tags_and_labels() {
        let cases: [(&[u16], Inside); 7] = [
            (&[ETHER_IPV4], Inside::Ip(14)),
            (&[0x8100, 7, ETHER_IPV6], Inside::Ip(18)),
            (&[0x88a8, 7, 0x8100, 8, ETHER_IPV4], Inside::Ip(22)),
            (&[0x8847, 0, 0x0000, 0, 0x0100], Inside::Ip(22)),
            (&[0x8864, 0x1100, 1, 22, 0x0021], Inside::Ip(22)),
            (&[0x0806], Inside::Other),
            (&[0x8100; 40], Inside::Other),
        ];
        for (ether, expected) in cases {
            assert_eq!(inside(ETHERNET, &frame(ether)), expected, "{ether:04x?}");
        }
    }

    #[test]
    fn knows_cooked_loopback_and_raw_frames() {
        assert_eq!(inside(LINUX_SLL, &[&[0; 14][..], &[8, 0, 0x45]].concat()), Inside::Ip(16));
        assert_eq!(inside(LINUX_SLL2, &[&[0x86, 0xdd][..], &[0; 18]].concat()), Inside::Ip(20));
        for family in [[2, 0, 0, 0], [0, 0, 0, 2], [30, 0, 0, 0], [0, 0, 0, 24]] {
            assert_eq!(inside(NULL, &family), Inside::Ip(4), "{family:?}");
        }
        assert_eq!(inside(RAW, &[]), Inside::Ip(0));
        assert_eq!(inside(147, &[0; 60]), Inside::UnknownLink);
        assert_eq!(inside(ETHERNET, &[0; 13]), Inside::Cut);
    }
}
