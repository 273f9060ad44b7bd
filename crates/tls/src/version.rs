//! [`Version`]: the versions of the protocol.

use std::fmt;

use serde::{Serialize, Serializer};

/// A version as it stands on the wire: major and minor octet.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub u16);

impl Version {
    /// SSL 2.0, whose number stands in its own hello only.
    pub const SSL2: Self = Self(0x0002);
    /// SSL 3.0 (RFC 6101).
    pub const SSL3: Self = Self(0x0300);
    /// TLS 1.0 (RFC 2246).
    pub const TLS10: Self = Self(0x0301);
    /// TLS 1.1 (RFC 4346).
    pub const TLS11: Self = Self(0x0302);
    /// TLS 1.2 (RFC 5246).
    pub const TLS12: Self = Self(0x0303);
    /// TLS 1.3 (RFC 8446).
    pub const TLS13: Self = Self(0x0304);

    /// Every version, the oldest first.
    pub const ALL: [Self; 6] =
        [Self::SSL2, Self::SSL3, Self::TLS10, Self::TLS11, Self::TLS12, Self::TLS13];

    /// The name, when there is one: `TLS 1.2`.
    pub fn known_name(self) -> Option<&'static str> {
        Some(match self {
            Self::SSL2 => "SSL 2.0",
            Self::SSL3 => "SSL 3.0",
            Self::TLS10 => "TLS 1.0",
            Self::TLS11 => "TLS 1.1",
            Self::TLS12 => "TLS 1.2",
            Self::TLS13 => "TLS 1.3",
            Self(0xfeff) => "DTLS 1.0",
            Self(0xfefd) => "DTLS 1.2",
            Self(0xfefc) => "DTLS 1.3",
            _ => return None,
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.known_name() {
            Some(name) => f.pad(name),
            None => f.pad(&format!("0x{:04x}", self.0)),
        }
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
