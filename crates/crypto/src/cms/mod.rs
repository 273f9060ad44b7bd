//! The Cryptographic Message Syntax (RFC 5652) as SET 2 uses it.
//!
//! SET 1.0 defined its own dialect of PKCS#7 (Book 3, "PKCS #7 formatting"). SET 2 uses the
//! standard containers, so that other programs verify and open what this one makes.

pub mod attribute;
pub mod enveloped;
pub(crate) mod raw;
pub mod recipient;
pub mod signed;

use std::fmt;

use der::{
    Decode, DecodeValue, Encode, EncodeValue, FixedTag, Header, Length, Reader, Tag, Writer,
};

use crate::error::CryptoError;
use crate::oid::Oid;

/// Most octets of one container.
pub const CONTAINER_BYTES_MAX: usize = 256 * 1024;

/// Content type SignedData (RFC 5652 section 5.1).
pub const SIGNED_DATA: Oid = Oid::from_arcs(&[1, 2, 840, 113549, 1, 7, 2]);

/// Content type AuthEnvelopedData (RFC 5083 section 2).
pub const AUTH_ENVELOPED_DATA: Oid = Oid::from_arcs(&[1, 2, 840, 113549, 1, 9, 16, 1, 23]);

/// One whole ContentInfo (RFC 5652 section 3), kept as the very octets that came or were made.
///
/// ```asn1
/// ContentInfo ::= SEQUENCE {
///   contentType  OBJECT IDENTIFIER,
///   content      [0] EXPLICIT ANY DEFINED BY contentType }
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentInfo(Vec<u8>);

impl ContentInfo {
    /// Takes one DER encoding of a ContentInfo; what is inside is looked at by
    /// `signed::SignedData::parse` and `enveloped::open`.
    ///
    /// # Errors
    /// [`CryptoError::LimitExceeded`] above [`CONTAINER_BYTES_MAX`], [`CryptoError::Malformed`]
    /// when the outer structure is not exactly one ContentInfo.
    pub fn from_der(der: Vec<u8>) -> Result<Self, CryptoError> {
        if der.len() > CONTAINER_BYTES_MAX {
            return Err(too_large());
        }
        let info = Self(der);
        info.parts().map_err(|error| CryptoError::malformed("ContentInfo", error))?;
        Ok(info)
    }

    /// The octets.
    pub fn as_der(&self) -> &[u8] {
        &self.0
    }

    /// The octets, without a copy.
    pub fn into_der(self) -> Vec<u8> {
        self.0
    }

    /// The content type and the DER of the content.
    pub(crate) fn parts(&self) -> der::Result<(Oid, &[u8])> {
        let mut reader = der::SliceReader::new(&self.0)?;
        let parts = reader.sequence(|reader| {
            let content_type = reader.decode::<Oid>()?;
            let header = Header::decode(reader)?;
            header.tag().assert_eq(EXPLICIT_0)?;
            Ok::<_, der::Error>((content_type, reader.read_slice(header.length())?))
        })?;
        reader.finish()?;
        Ok(parts)
    }

    /// Puts `content`, the whole DER of a content of type `content_type`, into a ContentInfo.
    pub(crate) fn wrap(content_type: Oid, content: &[u8]) -> Result<Self, CryptoError> {
        let build = || {
            let explicit = Header::new(EXPLICIT_0, Length::try_from(content.len())?);
            let body = ((content_type.encoded_len()? + explicit.encoded_len()?)? + content.len())?;
            let outer = Header::new(Tag::Sequence, body);
            let mut der = Vec::with_capacity(usize::try_from((outer.encoded_len()? + body)?)?);
            outer.encode_to_vec(&mut der)?;
            content_type.encode_to_vec(&mut der)?;
            explicit.encode_to_vec(&mut der)?;
            der.extend_from_slice(content);
            Ok::<_, der::Error>(der)
        };
        let der = build().map_err(|error| CryptoError::malformed("ContentInfo", error))?;
        if der.len() > CONTAINER_BYTES_MAX {
            return Err(too_large());
        }
        Ok(Self(der))
    }
}

const EXPLICIT_0: Tag = Tag::ContextSpecific { constructed: true, number: der::TagNumber(0) };

fn too_large() -> CryptoError {
    CryptoError::LimitExceeded {
        structure: "ContentInfo",
        limit: CONTAINER_BYTES_MAX,
        unit: "octets",
    }
}

impl FixedTag for ContentInfo {
    const TAG: Tag = Tag::Sequence;
}

impl<'a> DecodeValue<'a> for ContentInfo {
    type Error = der::Error;

    fn decode_value<R: Reader<'a>>(reader: &mut R, header: Header) -> der::Result<Self> {
        let length = usize::try_from(header.length())?;
        let outer = Header::new(Tag::Sequence, header.length());
        let whole = usize::try_from((outer.encoded_len()? + header.length())?)?;
        if whole > CONTAINER_BYTES_MAX {
            return Err(reader.error(Tag::Sequence.length_error()));
        }
        let mut der = Vec::with_capacity(whole);
        outer.encode_to_vec(&mut der)?;
        let start = der.len();
        der.resize(start + length, 0);
        reader.read_into(&mut der[start..])?;
        let info = Self(der);
        info.parts()?;
        Ok(info)
    }
}

impl EncodeValue for ContentInfo {
    fn value_len(&self) -> der::Result<Length> {
        Length::try_from(body_of(&self.0)?.len())
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        writer.write(body_of(&self.0)?)
    }
}

fn body_of(der: &[u8]) -> der::Result<&[u8]> {
    let mut reader = der::SliceReader::new(der)?;
    let header = Header::decode(&mut reader)?;
    reader.read_slice(header.length())
}

impl AsRef<[u8]> for ContentInfo {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for ContentInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parts() {
            Ok((content_type, _)) => {
                write!(f, "ContentInfo({content_type}, {} octets)", self.0.len())
            }
            Err(_) => write!(f, "ContentInfo({} octets)", self.0.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_octets_and_embeds_as_they_are() {
        let info = ContentInfo::wrap(SIGNED_DATA, &[0x30, 0x03, 0x02, 0x01, 0x05]).unwrap();
        assert_eq!(info.to_der().unwrap(), info.as_der());
        assert_eq!(ContentInfo::from_der(info.as_der().to_vec()).unwrap(), info);
        let (content_type, content) = info.parts().unwrap();
        assert_eq!(content_type, SIGNED_DATA);
        assert_eq!(content, [0x30, 0x03, 0x02, 0x01, 0x05]);
        assert_eq!(format!("{info:?}"), "ContentInfo(1.2.840.113549.1.7.2, 20 octets)");
    }

    #[test]
    fn refuses_trailing_octets_and_other_structures() {
        let info = ContentInfo::wrap(SIGNED_DATA, &[0x05, 0x00]).unwrap();
        let mut longer = info.as_der().to_vec();
        longer.push(0);
        assert!(ContentInfo::from_der(longer).is_err());
        assert!(ContentInfo::from_der(vec![0x30, 0x00]).is_err());
        assert!(ContentInfo::from_der(vec![0x31, 0x00]).is_err());
    }

    #[test]
    fn every_way_in_and_out_has_the_same_limit() {
        let overhead = 5 + SIGNED_DATA.to_der_bytes().len() + 5;
        let fits = CONTAINER_BYTES_MAX - overhead;
        let info = ContentInfo::wrap(SIGNED_DATA, &vec![0; fits]).unwrap();
        assert_eq!(info.as_der().len(), CONTAINER_BYTES_MAX);
        assert_eq!(<ContentInfo as Decode>::from_der(info.as_der()).unwrap(), info);
        assert_eq!(ContentInfo::from_der(info.clone().into_der()).unwrap(), info);
        assert!(ContentInfo::wrap(SIGNED_DATA, &vec![0; fits + 1]).is_err());
        // One octet more: 256 KiB of it, in a SEQUENCE whose header has five octets.
        let mut longer = info.into_der();
        longer.push(0);
        longer[4] += 1;
        longer[overhead - 1] += 1;
        assert!(<ContentInfo as Decode>::from_der(&longer).is_err());
        assert!(ContentInfo::from_der(longer).is_err());
    }
}
