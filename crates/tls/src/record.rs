//! Records: the envelopes of TLS (RFC 8446 5.1, RFC 5246 6.2.1).

use std::ops::Range;

use crate::{
    Malformed, Version,
    limit::RECORD_BYTES_MAX,
    wire::{Reader, Writer},
};

/// What a record carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContentType(pub u8);

impl ContentType {
    /// One octet that says that what follows is encrypted.
    pub const CHANGE_CIPHER_SPEC: Self = Self(20);
    /// Two octets: level and description.
    pub const ALERT: Self = Self(21);
    /// Handshake messages, whole, several, or a part of one.
    pub const HANDSHAKE: Self = Self(22);
    /// What the connection is for; in TLS 1.3 everything that is encrypted.
    pub const APPLICATION_DATA: Self = Self(23);
    /// RFC 6520.
    pub const HEARTBEAT: Self = Self(24);

    /// The registered name, when there is one.
    pub fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::CHANGE_CIPHER_SPEC => "change_cipher_spec",
            Self::ALERT => "alert",
            Self::HANDSHAKE => "handshake",
            Self::APPLICATION_DATA => "application_data",
            Self::HEARTBEAT => "heartbeat",
            _ => return None,
        })
    }
}

/// Octets of the header: type, version, length.
pub const HEADER_BYTES: usize = 5;

/// One record of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record<'a> {
    /// What it carries.
    pub content_type: ContentType,
    /// The version in its header: for TLS 1.3 that of TLS 1.2.
    pub version: Version,
    /// What it carries, as it stands.
    pub payload: &'a [u8],
}

impl Record<'_> {
    /// Octets of the whole record in the stream.
    pub fn len(&self) -> usize {
        HEADER_BYTES + self.payload.len()
    }

    /// Does it carry nothing?
    pub fn is_empty(&self) -> bool {
        self.payload.is_empty()
    }

    /// Where the payload stands, counted from the start of the record.
    pub fn payload_range(&self) -> Range<usize> {
        HEADER_BYTES..self.len()
    }
}

/// Reads the record that `stream` begins with; `None` when more octets are needed.
///
/// # Errors
/// [`Malformed`] when it cannot be the start of a record: unknown type or version, or longer
/// than [`RECORD_BYTES_MAX`]. It is told as soon as the octets that show it are there.
pub fn read(stream: &[u8]) -> Result<Option<Record<'_>>, Malformed> {
    let mut reader = Reader::new(stream, "record");
    let Ok(content_type) = reader.u8().map(ContentType) else { return Ok(None) };
    if content_type.name().is_none() {
        return Err(Malformed { what: "record", why: "no known type", at: 0 });
    }
    if stream.get(1).is_some_and(|major| *major != 3) {
        return Err(Malformed { what: "record", why: "no known version", at: 1 });
    }
    let Ok(version) = reader.u16().map(Version) else { return Ok(None) };
    let Ok(length) = reader.u16().map(usize::from) else { return Ok(None) };
    if length > RECORD_BYTES_MAX {
        return Err(Malformed { what: "record", why: "longer than a record may be", at: 3 });
    }
    let payload = reader.take(length).ok();
    Ok(payload.map(|payload| Record { content_type, version, payload }))
}

/// Puts `payload` into records of at most 2^14 octets.
pub fn compose(content_type: ContentType, version: Version, payload: &[u8]) -> Vec<u8> {
    let mut writer = Writer::new();
    for part in payload.chunks(1 << 14) {
        writer.u8(content_type.0).u16(version.0).octets(2, part);
    }
    writer.into_octets()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_cut_from_its_stream() {
        let mut stream = compose(ContentType::ALERT, Version::TLS12, &[2, 40]);
        stream.push(22);
        let record = read(&stream).unwrap().unwrap();
        assert_eq!((record.content_type, record.payload), (ContentType::ALERT, &[2, 40][..]));
        assert_eq!(record.len(), 7);
        assert_eq!(read(&stream[7..]), Ok(None));
    }

    #[test]
    fn what_is_no_record_is_told_at_once() {
        assert_eq!(read(b"H").unwrap_err().why, "no known type");
        assert_eq!(read(&[22, 9]).unwrap_err().why, "no known version");
        assert_eq!(read(&[22, 3, 1, 0xff, 0xff]).unwrap_err().at, 3);
        assert_eq!(read(&[22, 3, 1, 0]), Ok(None));
    }
}
