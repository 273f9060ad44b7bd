//! [`ClientHello`] of SSL 3.0 to TLS 1.3, composed and read (RFC 8446 4.1.2).

use crate::{
    Malformed, Version,
    extension::{self, ExtensionType as E, Extensions},
    handshake::{Handshake, HandshakeType},
    record::{self, ContentType},
    wire::{Reader, Writer},
};

/// What a client says first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientHello {
    /// legacy_version: the newest that it wants, at most TLS 1.2.
    pub version: Version,
    /// 32 octets.
    pub random: [u8; 32],
    /// At most 32 octets.
    pub session_id: Vec<u8>,
    /// Codes of suites and signals, the most wanted first.
    pub cipher_suites: Vec<u16>,
    /// Compression methods: 0 null, 1 DEFLATE, 64 LZS.
    pub compression: Vec<u8>,
    /// Everything else.
    pub extensions: Extensions,
}

impl ClientHello {
    /// Reads the body of a client_hello message. What is wrong within the extensions stands in
    /// `extensions.problem`.
    ///
    /// # Errors
    /// [`Malformed`] when it ends before the extensions.
    pub fn read(body: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(body, "client_hello");
        let version = Version(reader.u16()?);
        let random = random(&mut reader)?;
        let session_id = reader.octets(1)?.to_vec();
        let cipher_suites = reader.u16s(2)?;
        let compression = reader.octets(1)?.to_vec();
        let extensions = Extensions::read(&mut reader);
        Ok(Self { version, random, session_id, cipher_suites, compression, extensions })
    }

    /// The message, ready for a record.
    pub fn compose(&self) -> Handshake {
        let mut writer = Writer::new();
        writer.u16(self.version.0).raw(&self.random).octets(1, &self.session_id);
        writer.u16s(2, &self.cipher_suites).octets(1, &self.compression);
        self.extensions.write(&mut writer);
        Handshake { kind: HandshakeType::CLIENT_HELLO, body: writer.into_octets() }
    }

    /// The message in its record, ready to be sent. The record says SSL 3.0 or TLS 1.0, as old
    /// servers want it (RFC 5246 E.1).
    pub fn to_octets(&self) -> Vec<u8> {
        let version = self.version.min(Version::TLS10);
        record::compose(ContentType::HANDSHAKE, version, &self.compose().compose())
    }

    /// The name of the server that is wanted.
    pub fn server_name(&self) -> Option<String> {
        extension::read_server_name(self.extensions.get(E::SERVER_NAME)?).ok().flatten()
    }

    /// The versions of supported_versions; empty when there is no such extension.
    pub fn supported_versions(&self) -> Vec<Version> {
        self.numbers(E::SUPPORTED_VERSIONS, 1).into_iter().map(Version).collect()
    }

    /// supported_groups; empty when there is none.
    pub fn groups(&self) -> Vec<u16> {
        self.numbers(E::SUPPORTED_GROUPS, 2)
    }

    /// signature_algorithms; empty when there is none.
    pub fn signature_schemes(&self) -> Vec<u16> {
        self.numbers(E::SIGNATURE_ALGORITHMS, 2)
    }

    /// The groups that key_share has keys of; empty when there is none.
    pub fn key_share_groups(&self) -> Vec<u16> {
        let value = self.extensions.get(E::KEY_SHARE);
        value.and_then(|value| extension::read_key_share_groups(value).ok()).unwrap_or_default()
    }

    /// The protocols of ALPN; empty when there is none.
    pub fn alpn(&self) -> Vec<Vec<u8>> {
        let value = self.extensions.get(E::ALPN);
        value.and_then(|value| extension::read_alpn(value).ok()).unwrap_or_default()
    }

    fn numbers(&self, kind: E, width: usize) -> Vec<u16> {
        let value = self.extensions.get(kind);
        value
            .and_then(|value| extension::read_numbers(value, width, "numbers").ok())
            .unwrap_or_default()
    }
}

/// The 32 octets of a random.
pub(crate) fn random(reader: &mut Reader<'_>) -> Result<[u8; 32], Malformed> {
    let octets = reader.take(32)?;
    Ok(*octets.first_chunk().expect("invariant: 32 octets were taken"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello() -> ClientHello {
        let mut extensions = Extensions::default();
        extensions.add(E::SERVER_NAME, |w| extension::write_server_name(w, "shop.example"));
        extensions.add(E::SUPPORTED_VERSIONS, |w| {
            w.u16s(1, &[0x0304]);
        });
        extensions.add(E::SUPPORTED_GROUPS, |w| {
            w.u16s(2, &[29, 23]);
        });
        extensions.add(E::ALPN, |w| extension::write_alpn(w, &[b"h2", b"http/1.1"]));
        ClientHello {
            version: Version::TLS12,
            random: [7; 32],
            session_id: vec![1, 2],
            cipher_suites: vec![0x1301, 0xc02f],
            compression: vec![0],
            extensions,
        }
    }

    #[test]
    fn what_is_composed_is_read() {
        let octets = hello().to_octets();
        let record = record::read(&octets).unwrap().unwrap();
        assert_eq!((record.version, record.len()), (Version::TLS10, octets.len()));
        let read = ClientHello::read(&record.payload[4..]).unwrap();
        assert_eq!(read.server_name().as_deref(), Some("shop.example"));
        assert_eq!(read.supported_versions(), [Version::TLS13]);
        assert_eq!(read.groups(), [29, 23]);
        assert_eq!(read.alpn(), [b"h2".to_vec(), b"http/1.1".to_vec()]);
        assert_eq!(read.compose(), hello().compose());
    }

    #[test]
    fn cutting_it_anywhere_never_panics_and_keeps_what_was_read() {
        let body = hello().compose().body;
        for end in 0..body.len() {
            let read = ClientHello::read(&body[..end]);
            assert!(read.is_err() || end == 45 || read.unwrap().extensions.problem.is_some());
        }
    }
}
