//! [`ServerHello`] of SSL 3.0 to TLS 1.3, HelloRetryRequest included (RFC 8446 4.1.3, 4.1.4).

use crate::{
    Malformed, Version,
    client_hello::random,
    extension::{self, ExtensionType as E, Extensions},
    handshake::{Handshake, HandshakeType},
    wire::{Reader, Writer},
};

/// The random of a HelloRetryRequest: SHA-256 of "HelloRetryRequest".
pub const RETRY_RANDOM: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// What a server answers a hello with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerHello {
    /// legacy_version; [`ServerHello::negotiated`] is the one that counts.
    pub version: Version,
    /// 32 octets.
    pub random: [u8; 32],
    /// At most 32 octets.
    pub session_id: Vec<u8>,
    /// The suite that it has chosen.
    pub cipher_suite: u16,
    /// The compression method that it has chosen.
    pub compression: u8,
    /// Everything else.
    pub extensions: Extensions,
}

impl ServerHello {
    /// Reads the body of a server_hello message. What is wrong within the extensions stands in
    /// `extensions.problem`.
    ///
    /// # Errors
    /// [`Malformed`] when it ends before the extensions.
    pub fn read(body: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(body, "server_hello");
        let version = Version(reader.u16()?);
        let random = random(&mut reader)?;
        let session_id = reader.octets(1)?.to_vec();
        let cipher_suite = reader.u16()?;
        let compression = reader.u8()?;
        let extensions = Extensions::read(&mut reader);
        Ok(Self { version, random, session_id, cipher_suite, compression, extensions })
    }

    /// The message, ready for a record.
    pub fn compose(&self) -> Handshake {
        let mut writer = Writer::new();
        writer.u16(self.version.0).raw(&self.random).octets(1, &self.session_id);
        writer.u16(self.cipher_suite).u8(self.compression);
        self.extensions.write(&mut writer);
        Handshake { kind: HandshakeType::SERVER_HELLO, body: writer.into_octets() }
    }

    /// Does it ask for another ClientHello?
    pub fn is_retry(&self) -> bool {
        self.random == RETRY_RANDOM
    }

    /// The version that was agreed upon.
    pub fn negotiated(&self) -> Version {
        let selected = self.extensions.get(E::SUPPORTED_VERSIONS);
        match selected {
            Some(&[major, minor]) => Version(u16::from_be_bytes([major, minor])),
            _ => self.version,
        }
    }

    /// The group of key_share: the one agreed upon, or the one that a retry asks for.
    pub fn group(&self) -> Option<u16> {
        let octets = self.extensions.get(E::KEY_SHARE)?.first_chunk::<2>()?;
        Some(u16::from_be_bytes(*octets))
    }

    /// What the last octets of the random say (RFC 8446 4.1.3): this server could have spoken at
    /// least the version that is returned.
    pub fn downgrade_sentinel(&self) -> Option<Version> {
        match &self.random[24..] {
            b"DOWNGRD\x01" => Some(Version::TLS13),
            b"DOWNGRD\x00" => Some(Version::TLS12),
            _ => None,
        }
    }

    /// The protocol that it has chosen with ALPN, when that is not encrypted.
    pub fn alpn(&self) -> Option<Vec<u8>> {
        let names = extension::read_alpn(self.extensions.get(E::ALPN)?).ok()?;
        names.into_iter().next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_tells_version_suite_and_group() {
        let mut extensions = Extensions::default();
        extensions.add(E::SUPPORTED_VERSIONS, |w| {
            w.u16(0x0304);
        });
        extensions.add(E::KEY_SHARE, |w| {
            w.u16(0x0018);
        });
        let retry = ServerHello {
            version: Version::TLS12,
            random: RETRY_RANDOM,
            session_id: Vec::new(),
            cipher_suite: 0x1302,
            compression: 0,
            extensions,
        };
        let read = ServerHello::read(&retry.compose().body).unwrap();
        assert_eq!((read.negotiated(), read.group()), (Version::TLS13, Some(0x0018)));
        assert!(read.is_retry() && read.downgrade_sentinel().is_none());
    }
}
