//! SSL 2.0: its hello and its answer, which are like nothing after them (RFC 6101 E).

use crate::{
    Malformed, Version,
    wire::{Reader, Writer},
};

/// A cipher of SSL 2.0: three octets, and the name in its specification.
pub static CIPHERS: [(u32, &str); 13] = [
    (0x00_0000, "SSL_CK_NULL_WITH_MD5"),
    (0x01_0080, "SSL_CK_RC4_128_WITH_MD5"),
    (0x02_0080, "SSL_CK_RC4_128_EXPORT40_WITH_MD5"),
    (0x03_0080, "SSL_CK_RC2_128_CBC_WITH_MD5"),
    (0x04_0080, "SSL_CK_RC2_128_CBC_EXPORT40_WITH_MD5"),
    (0x05_0080, "SSL_CK_IDEA_128_CBC_WITH_MD5"),
    (0x06_0040, "SSL_CK_DES_64_CBC_WITH_MD5"),
    (0x06_0140, "SSL_CK_DES_64_CBC_WITH_SHA"),
    (0x07_00c0, "SSL_CK_DES_192_EDE3_CBC_WITH_MD5"),
    (0x07_01c0, "SSL_CK_DES_192_EDE3_CBC_WITH_SHA"),
    (0x08_0080, "SSL_CK_RC4_64_WITH_MD5"),
    (0xff_8000, "SSL_CK_DES_64_CFB64_WITH_MD5_1"),
    (0xff_8010, "SSL_CK_NULL"),
];

/// The name of a cipher; a suite's name when it is one of a later version; else its number.
pub fn cipher_name(code: u32) -> String {
    match CIPHERS.iter().find(|(known, _)| *known == code) {
        Some((_, name)) => (*name).to_owned(),
        None if code <= 0xffff => crate::suite::name(code as u16),
        None => format!("0x{code:06x}"),
    }
}

const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 4;

/// A ClientHello in the form of SSL 2.0, which may ask for any version up to TLS 1.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientHello {
    /// The newest version that is wanted.
    pub version: Version,
    /// Three octets each: ciphers of SSL 2.0, and later suites with a zero in front.
    pub ciphers: Vec<u32>,
    /// Usually empty.
    pub session_id: Vec<u8>,
    /// 16 to 32 octets.
    pub challenge: Vec<u8>,
}

impl ClientHello {
    /// The hello in its record, ready to be sent.
    pub fn to_octets(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.u8(CLIENT_HELLO).u16(self.version.0).u16((self.ciphers.len() * 3) as u16);
        writer.u16(self.session_id.len() as u16).u16(self.challenge.len() as u16);
        self.ciphers.iter().for_each(|code| {
            writer.raw(&code.to_be_bytes()[1..]);
        });
        writer.raw(&self.session_id).raw(&self.challenge);
        let body = writer.into_octets();
        let mut record = Writer::new();
        record.u16(0x8000 | body.len() as u16).raw(&body);
        record.into_octets()
    }

    /// Reads what [`read_record`] has found.
    ///
    /// # Errors
    /// [`Malformed`] when it is no such hello.
    pub fn read(body: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(body, "SSL 2.0 client hello");
        if reader.u8()? != CLIENT_HELLO {
            return Err(reader.malformed("no client hello"));
        }
        let version = Version(reader.u16()?);
        let lengths = [reader.u16()?, reader.u16()?, reader.u16()?].map(usize::from);
        let ciphers = ciphers(reader.take(lengths[0])?);
        let session_id = reader.take(lengths[1])?.to_vec();
        let challenge = reader.take(lengths[2])?.to_vec();
        reader.finish()?;
        Ok(Self { version, ciphers, session_id, challenge })
    }
}

/// The answer of a server that speaks SSL 2.0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerHello {
    /// Was a session found again?
    pub session_id_hit: bool,
    /// DER of the one certificate.
    pub certificate: Vec<u8>,
    /// Every cipher that both sides have.
    pub ciphers: Vec<u32>,
    /// 16 to 32 octets.
    pub connection_id: Vec<u8>,
}

impl ServerHello {
    /// Reads what [`read_record`] has found.
    ///
    /// # Errors
    /// [`Malformed`] when it is no such hello.
    pub fn read(body: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(body, "SSL 2.0 server hello");
        if reader.u8()? != SERVER_HELLO {
            return Err(reader.malformed("no server hello"));
        }
        let session_id_hit = reader.u8()? != 0;
        let _certificate_type = reader.u8()?;
        if Version(reader.u16()?) != Version::SSL2 {
            return Err(reader.malformed("another version"));
        }
        let lengths = [reader.u16()?, reader.u16()?, reader.u16()?].map(usize::from);
        let certificate = reader.take(lengths[0])?.to_vec();
        let ciphers = ciphers(reader.take(lengths[1])?);
        let connection_id = reader.take(lengths[2])?.to_vec();
        Ok(Self { session_id_hit, certificate, ciphers, connection_id })
    }

    /// The answer in its record, as a server sends it.
    pub fn to_octets(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.u8(SERVER_HELLO).u8(u8::from(self.session_id_hit)).u8(1).u16(Version::SSL2.0);
        writer.u16(self.certificate.len() as u16).u16((self.ciphers.len() * 3) as u16);
        writer.u16(self.connection_id.len() as u16).raw(&self.certificate);
        self.ciphers.iter().for_each(|code| {
            writer.raw(&code.to_be_bytes()[1..]);
        });
        writer.raw(&self.connection_id);
        let body = writer.into_octets();
        let mut record = Writer::new();
        record.u16(0x8000 | body.len() as u16).raw(&body);
        record.into_octets()
    }
}

fn ciphers(octets: &[u8]) -> Vec<u32> {
    let code = |three: &[u8]| three.iter().fold(0, |sum, octet| sum << 8 | u32::from(*octet));
    octets.chunks_exact(3).map(code).collect()
}

/// Reads the record of SSL 2.0 that `stream` begins with: its content and the octets that it
/// takes; `None` when more octets are needed.
///
/// # Errors
/// [`Malformed`] when the length says that there is nothing in it.
pub fn read_record(stream: &[u8]) -> Result<Option<(&[u8], usize)>, Malformed> {
    let Some(&[first, second]) = stream.first_chunk() else { return Ok(None) };
    // The first bit tells a header of two octets; without it there is a third, for padding.
    let (header, mask) = if first & 0x80 != 0 { (2, 0x7f) } else { (3, 0x3f) };
    let length = usize::from(first & mask) << 8 | usize::from(second);
    if length == 0 {
        return Err(Malformed { what: "SSL 2.0 record", why: "an empty record", at: 0 });
    }
    Ok(stream.get(header..header + length).map(|body| (body, header + length)))
}

/// Does `stream` begin with a ClientHello in the form of SSL 2.0? `None` when too little is there.
pub fn begins_with_client_hello(stream: &[u8]) -> Option<bool> {
    let [first, _, kind, major, _] = *stream.first_chunk()?;
    Some(first & 0x80 != 0 && kind == CLIENT_HELLO && (major == 3 || major == 0))
}

/// Does `stream` begin with a ServerHello of SSL 2.0? `None` when too little is there.
pub fn begins_with_server_hello(stream: &[u8]) -> Option<bool> {
    let octets = stream.first_chunk::<7>()?;
    Some(octets[0] & 0x80 != 0 && octets[2] == SERVER_HELLO && octets[5..] == [0, 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hellos_that_are_composed_are_read() {
        let codes: Vec<u32> = CIPHERS.iter().map(|(code, _)| *code).collect();
        let hello = ClientHello {
            version: Version::SSL2,
            ciphers: codes.clone(),
            session_id: Vec::new(),
            challenge: vec![5; 16],
        };
        let octets = hello.to_octets();
        assert_eq!(begins_with_client_hello(&octets), Some(true));
        let (body, taken) = read_record(&octets).unwrap().unwrap();
        assert_eq!((ClientHello::read(body), taken), (Ok(hello), octets.len()));

        let answer = ServerHello {
            session_id_hit: false,
            certificate: vec![0x30; 700],
            ciphers: codes,
            connection_id: vec![9; 16],
        };
        let octets = answer.to_octets();
        assert_eq!(begins_with_server_hello(&octets), Some(true));
        let (body, _) = read_record(&octets).unwrap().unwrap();
        assert_eq!(ServerHello::read(body), Ok(answer));
    }

    #[test]
    fn a_record_of_today_is_no_hello_of_then() {
        assert_eq!(begins_with_server_hello(&[22, 3, 3, 0, 90, 2, 0]), Some(false));
        assert_eq!(begins_with_client_hello(&[22, 3, 1, 2, 0, 1, 0]), Some(false));
    }
}
