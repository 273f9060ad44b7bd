//! Types of other standards and of `counterfoil-crypto` as fields of our tables.

use counterfoil_crypto::cms::ContentInfo;
use counterfoil_crypto::digest::DetachedDigest;
use counterfoil_crypto::oid::Oid;
use der::asn1::Null;
use der::{
    Decode, DecodeValue, Encode, EncodeValue, FixedTag, Header, Length, Reader, SliceReader, Tag,
    Writer,
};

use crate::codec::table::asn1_name;
use crate::codec::{Asn1, DecodeError, DecodeErrorKind, field};

asn1_name!(bool, "BOOLEAN");
asn1_name!(Null, "NULL");
asn1_name!(Oid, "OBJECT IDENTIFIER");
asn1_name!(DetachedDigest, "DetachedDigest");

/// ContentInfo checks its own inside, with offsets of its own: the field's offset replaces them.
impl Asn1 for ContentInfo {
    const NAME: &'static str = "ContentInfo";

    fn accepts(tag: Tag) -> bool {
        tag == Tag::Sequence
    }

    fn read<'r, R: Reader<'r>>(reader: &mut R) -> Result<Self, DecodeError> {
        let start = field::offset(reader);
        Self::decode(reader).map_err(|error| content_info_error(error, start))
    }
}

/// The error of a ContentInfo that begins at `start`.
pub(crate) fn content_info_error(error: der::Error, start: usize) -> DecodeError {
    DecodeError::new(DecodeErrorKind::Der(error.kind()), start)
}

/// One element of any type, kept as received: the value of an extension.
#[derive(Clone, PartialEq, Eq)]
pub struct OpenType(Vec<u8>);

impl OpenType {
    /// Keeps `element`, which must be the DER of one value.
    ///
    /// # Errors
    /// [`DecodeError`] when it is not exactly one element.
    pub fn new(element: &[u8]) -> Result<Self, DecodeError> {
        crate::codec::decode(element)
    }

    /// The element, header included.
    pub fn as_der(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for OpenType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpenType({} octets)", self.0.len())
    }
}

impl<'r> Decode<'r> for OpenType {
    type Error = DecodeError;

    fn decode<R: Reader<'r>>(reader: &mut R) -> Result<Self, DecodeError> {
        Ok(Self(reader.tlv_bytes()?.to_vec()))
    }
}

impl Encode for OpenType {
    fn encoded_len(&self) -> der::Result<Length> {
        Length::try_from(self.0.len())
    }

    fn encode(&self, writer: &mut impl Writer) -> der::Result<()> {
        writer.write(&self.0)
    }
}

impl Asn1 for OpenType {
    const NAME: &'static str = "ANY";

    fn accepts(_tag: Tag) -> bool {
        true
    }

    fn read<'r, R: Reader<'r>>(reader: &mut R) -> Result<Self, DecodeError> {
        field::element(reader)
    }
}

/// A `SubjectPublicKeyInfo` (RFC 5280 section 4.1), kept as received.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(Vec<u8>);

impl PublicKey {
    /// Keeps the DER of a `SubjectPublicKeyInfo`; its algorithm is checked where it is used.
    ///
    /// # Errors
    /// [`DecodeError`] when it is not exactly one `SEQUENCE`.
    pub fn new(spki_der: &[u8]) -> Result<Self, DecodeError> {
        crate::codec::decode(spki_der)
    }

    /// The DER.
    pub fn as_der(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PublicKey({} octets)", self.0.len())
    }
}

impl FixedTag for PublicKey {
    const TAG: Tag = Tag::Sequence;
}

impl<'r> DecodeValue<'r> for PublicKey {
    type Error = DecodeError;

    fn decode_value<R: Reader<'r>>(reader: &mut R, header: Header) -> Result<Self, DecodeError> {
        let mut bytes = header.to_der()?;
        bytes.extend(reader.read_vec(header.length())?);
        Ok(Self(bytes))
    }
}

impl EncodeValue for PublicKey {
    fn value_len(&self) -> der::Result<Length> {
        Ok(Header::peek(&SliceReader::new(&self.0)?)?.length())
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        let header = Header::peek(&SliceReader::new(&self.0)?)?;
        let start = usize::try_from(header.encoded_len()?)?;
        writer.write(&self.0[start..])
    }
}

asn1_name!(PublicKey, "SubjectPublicKeyInfo");
