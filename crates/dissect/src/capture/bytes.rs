//! Integers in the byte order of whoever wrote the file.

/// The byte order of a file or section.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Endian {
    /// Least significant octet first.
    #[default]
    Little,
    /// Most significant octet first.
    Big,
}

impl Endian {
    /// Two octets at `at`; zero when they are not there.
    pub(super) fn u16(self, bytes: &[u8], at: usize) -> u16 {
        let octets = bytes.get(at..).and_then(<[u8]>::first_chunk::<2>).copied();
        let octets = octets.unwrap_or_default();
        match self {
            Self::Little => u16::from_le_bytes(octets),
            Self::Big => u16::from_be_bytes(octets),
        }
    }

    /// Four octets at `at`; zero when they are not there.
    pub(super) fn u32(self, bytes: &[u8], at: usize) -> u32 {
        let octets = bytes.get(at..).and_then(<[u8]>::first_chunk::<4>).copied();
        let octets = octets.unwrap_or_default();
        match self {
            Self::Little => u32::from_le_bytes(octets),
            Self::Big => u32::from_be_bytes(octets),
        }
    }

    /// Eight octets at `at`; zero when they are not there.
    pub(super) fn u64(self, bytes: &[u8], at: usize) -> u64 {
        let octets = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>).copied();
        let octets = octets.unwrap_or_default();
        match self {
            Self::Little => u64::from_le_bytes(octets),
            Self::Big => u64::from_be_bytes(octets),
        }
    }
}
