//! ServerKeyExchange: the server's share, and who signed it (RFC 5246 7.4.3, RFC 8422 5.4).

use crate::{
    Malformed, Version,
    suite::{Authentication, KeyExchange, Suite},
    wire::Reader,
};

/// The server's part of the key exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyShare {
    /// Diffie-Hellman over a prime field; each a number, big endian.
    Field {
        /// The prime.
        prime: Vec<u8>,
        /// The generator.
        generator: Vec<u8>,
        /// The server's public value.
        public: Vec<u8>,
    },
    /// A named group.
    Named {
        /// Its code.
        group: u16,
        /// The server's public point.
        public: Vec<u8>,
    },
    /// A curve that the server describes itself (RFC 4492), which nobody should.
    Explicit,
    /// A temporary RSA key, as export suites have it.
    Rsa {
        /// The modulus.
        modulus: Vec<u8>,
        /// The public exponent.
        exponent: Vec<u8>,
    },
    /// A shared secret needs no share: only a hint about which.
    Hint,
}

/// A server_key_exchange message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerKeyExchange {
    /// The share.
    pub share: KeyShare,
    /// The scheme of the signature: TLS 1.2 says it; `None` before, and when nobody has signed.
    pub scheme: Option<u16>,
    /// Octets of the message that are signed, counted from its start.
    pub signed_bytes: usize,
    /// The signature; empty when nobody has signed.
    pub signature: Vec<u8>,
}

impl ServerKeyExchange {
    /// Reads the body of a server_key_exchange message of `version` for `suite`.
    ///
    /// # Errors
    /// [`Malformed`] when it is none, or the suite has no such message.
    pub fn read(body: &[u8], suite: &Suite, version: Version) -> Result<Self, Malformed> {
        use KeyExchange as K;
        let mut reader = Reader::new(body, "server_key_exchange");
        if matches!(suite.key_exchange, K::Psk | K::RsaPsk | K::DhePsk | K::EcdhePsk) {
            let _identity_hint = reader.octets(2)?;
        }
        let share = match suite.key_exchange {
            K::Dhe | K::DheExport | K::DhePsk => read_field(&mut reader)?,
            K::Ecdhe | K::EcdhePsk => read_curve(&mut reader)?,
            K::RsaExport => KeyShare::Rsa {
                modulus: reader.octets(2)?.to_vec(),
                exponent: reader.octets(2)?.to_vec(),
            },
            K::Psk | K::RsaPsk => KeyShare::Hint,
            _ => return Err(reader.malformed("this suite has no such message")),
        };
        let signed_bytes = reader.position();
        let unsigned = matches!(suite.authentication, Authentication::Anonymous)
            || matches!(suite.key_exchange, K::Psk | K::RsaPsk | K::DhePsk | K::EcdhePsk)
            || share == KeyShare::Explicit;
        if unsigned {
            return Ok(Self { share, scheme: None, signed_bytes, signature: Vec::new() });
        }
        let scheme = if version >= Version::TLS12 { Some(reader.u16()?) } else { None };
        let signature = reader.octets(2)?.to_vec();
        reader.finish()?;
        Ok(Self { share, scheme, signed_bytes, signature })
    }
}

fn read_field(reader: &mut Reader<'_>) -> Result<KeyShare, Malformed> {
    let prime = reader.octets(2)?.to_vec();
    let generator = reader.octets(2)?.to_vec();
    let public = reader.octets(2)?.to_vec();
    Ok(KeyShare::Field { prime, generator, public })
}

fn read_curve(reader: &mut Reader<'_>) -> Result<KeyShare, Malformed> {
    match reader.u8()? {
        3 => {
            let group = reader.u16()?;
            Ok(KeyShare::Named { group, public: reader.octets(1)?.to_vec() })
        }
        1 | 2 => {
            reader.rest();
            Ok(KeyShare::Explicit)
        }
        _ => Err(reader.malformed("no known type of curve")),
    }
}

/// Bits of a number, big endian, leading zeros not counted.
pub fn bits(number: &[u8]) -> usize {
    let start = number.iter().position(|octet| *octet != 0).unwrap_or(number.len());
    let number = &number[start..];
    number.first().map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{suite, wire::Writer};

    #[test]
    fn shares_are_read_by_what_the_suite_is() {
        let mut writer = Writer::new();
        writer.octets(2, &[0x80; 128]).octets(2, &[2]).octets(2, &[1; 128]);
        writer.u16(0x0401).octets(2, &[7; 256]);
        let octets = writer.into_octets();
        let read =
            |code, version| ServerKeyExchange::read(&octets, suite::find(code).unwrap(), version);
        let exchange = read(0x0033, Version::TLS12).unwrap();
        let KeyShare::Field { prime, .. } = &exchange.share else { panic!("{exchange:?}") };
        assert_eq!((bits(prime), exchange.scheme), (1024, Some(0x0401)));
        assert!(read(0x002f, Version::TLS12).is_err(), "RSA has no such message");
        assert!(read(0xc013, Version::TLS12).is_err(), "no curve");
    }

    #[test]
    fn bits_are_counted_without_leading_zeros() {
        assert_eq!([bits(&[]), bits(&[0, 0]), bits(&[0, 1, 0]), bits(&[0xff])], [0, 0, 9, 8]);
    }
}
