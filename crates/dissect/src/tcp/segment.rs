//! A TCP segment (RFC 9293 section 3.1).

/// The control bits that matter here.
pub const FIN: u8 = 0x01;
/// Opens a connection.
pub const SYN: u8 = 0x02;
/// Breaks a connection.
pub const RST: u8 = 0x04;
/// The acknowledgement number counts.
pub const ACK: u8 = 0x10;

/// Option kind: the largest segment that the sender takes.
const OPTION_MSS: u8 = 2;
/// Option kind: the window is shifted.
const OPTION_WINDOW_SCALE: u8 = 3;

/// A segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment<'a> {
    /// Port of the sender.
    pub source_port: u16,
    /// Port of the receiver.
    pub destination_port: u16,
    /// Sequence number of its first octet, or of its SYN.
    pub seq: u32,
    /// What the sender expects next, if it has [`ACK`].
    pub ack: u32,
    /// The control bits.
    pub flags: u8,
    /// The window as written.
    pub window: u16,
    /// The options.
    pub options: &'a [u8],
    /// What was captured of its data.
    pub payload: &'a [u8],
    /// Octets of data on the wire.
    pub payload_len: usize,
}

impl<'a> Segment<'a> {
    /// Reads a segment whose octets on the wire are `wire_len`; none when the header is cut or
    /// contradicts itself.
    pub fn read(bytes: &'a [u8], wire_len: usize) -> Option<Self> {
        let header = bytes.first_chunk::<20>()?;
        let be16 = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
        let be32 = |at: usize| u32::from(be16(at)) << 16 | u32::from(be16(at + 2));
        let header_len = usize::from(header[12] >> 4) * 4;
        if header_len < 20 || header_len > wire_len {
            return None;
        }
        Some(Self {
            source_port: be16(0),
            destination_port: be16(2),
            seq: be32(4),
            ack: be32(8),
            flags: header[13],
            window: be16(14),
            options: bytes.get(20..header_len.min(bytes.len())).unwrap_or_default(),
            payload: bytes.get(header_len..).unwrap_or_default(),
            payload_len: wire_len - header_len,
        })
    }

    /// Whether it has all of these control bits.
    pub fn has(&self, flags: u8) -> bool {
        self.flags & flags == flags
    }

    /// The largest segment that its sender takes, if it says so.
    pub fn mss(&self) -> Option<u16> {
        self.option(OPTION_MSS)?.first_chunk().map(|octets| u16::from_be_bytes(*octets))
    }

    /// By how many bits its sender's windows are shifted, if it says so.
    pub fn window_scale(&self) -> Option<u8> {
        self.option(OPTION_WINDOW_SCALE)?.first().map(|shift| (*shift).min(14))
    }

    fn option(&self, wanted: u8) -> Option<&'a [u8]> {
        let mut rest = self.options;
        while let [kind, after @ ..] = rest {
            match (kind, after) {
                (0, _) => return None,
                (1, _) => rest = after,
                (_, [len, ..]) => {
                    let value = rest.get(2..usize::from(*len))?;
                    if *kind == wanted {
                        return Some(value);
                    }
                    rest = &rest[usize::from(*len)..];
                }
                (_, []) => return None,
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(data_offset: u8, options: &[u8]) -> Vec<u8> {
        let mut bytes =
            vec![0x9c, 0x40, 0, 80, 0, 0, 0, 1, 0, 0, 0, 2, data_offset << 4, SYN | ACK];
        bytes.extend([0xff, 0xff, 0, 0, 0, 0]);
        bytes.extend(options);
        bytes
    }

    #[test]
    fn reads_header_options_and_data() {
        let mut bytes = header(8, &[1, 2, 4, 0x05, 0xb4, 3, 3, 7, 0, 0, 0, 0]);
        bytes.extend(b"data");
        let segment = Segment::read(&bytes, bytes.len()).unwrap();
        assert_eq!((segment.source_port, segment.destination_port), (40_000, 80));
        assert_eq!((segment.seq, segment.ack, segment.payload), (1, 2, &b"data"[..]));
        assert_eq!((segment.mss(), segment.window_scale()), (Some(1460), Some(7)));
        assert!(segment.has(SYN | ACK) && !segment.has(SYN | FIN));
    }

    #[test]
    fn refuses_headers_that_cannot_be_and_survives_bad_options() {
        assert_eq!(Segment::read(&header(4, &[]), 20), None);
        assert_eq!(Segment::read(&header(15, &[]), 20), None);
        assert_eq!(Segment::read(&[0; 19], 19), None);
        for options in [&[2, 0, 0, 0][..], &[2, 1, 0, 0], &[2, 9, 0, 0], &[8, 2, 2, 3], &[3]] {
            let bytes = header(6, options);
            let segment = Segment::read(&bytes, 24).unwrap();
            assert_eq!(segment.mss(), None, "{options:?}");
        }
    }
}
