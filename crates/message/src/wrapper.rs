//! The envelope of every message: a header in clear, and one message by its tag.

use counterfoil_crypto::digest::sha256;
use der::{
    Decode, DecodeValue, Encode, EncodeValue, FixedTag, Header, Length, Reader, SliceReader, Tag,
    Writer,
};

use crate::codec::table::{asn1_name, sequence};
use crate::codec::{Asn1, DecodeError, DecodeErrorKind, EncodeError, field};
use crate::limits::{DEPTH_MAX, MESSAGE_BYTES_MAX};
use crate::pdu::Pdu;
use crate::primitive::text::{Count, SwIdent};
use crate::primitive::{Date, LocalId, MsgExtensions, Rrpid, Xid};

/// The version of the protocol: 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Version;

impl FixedTag for Version {
    const TAG: Tag = Tag::Integer;
}

impl<'r> DecodeValue<'r> for Version {
    type Error = DecodeError;

    fn decode_value<R: Reader<'r>>(reader: &mut R, header: Header) -> Result<Self, DecodeError> {
        let octets = field::octets(reader, header, 1..=8, "an INTEGER of 1 to 8 octets")?;
        let kind = match octets.as_slice() {
            [2] => return Ok(Self),
            [first, ..] if first & 0x80 != 0 => DecodeErrorKind::VersionTooOld,
            [0 | 1] => DecodeErrorKind::VersionTooOld,
            _ => DecodeErrorKind::VersionTooNew,
        };
        Err(DecodeError::unplaced(kind))
    }
}

impl EncodeValue for Version {
    fn value_len(&self) -> der::Result<Length> {
        Ok(Length::ONE)
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        writer.write_byte(2)
    }
}

asn1_name!(Version, "Version");

sequence! {
    /// Ids of the purchase, for finding its record before any cryptography.
    MessageIds "MessageIDs" {
        /// The wallet's (or applicant's) label.
        lid_c: LocalId = "lid-C" [0] OPTIONAL,
        /// The merchant's label.
        lid_m: LocalId = "lid-M" [1] OPTIONAL,
        /// The purchase.
        xid: Xid = "xID" [2] OPTIONAL,
    }
}

sequence! {
    /// The header (SET 1.0 Book 3, MessageHeader). Nobody signs it; Enc binds its digest, and
    /// receivers compare its ids with those inside of the message.
    MessageHeader "MessageHeader" {
        /// Version.
        version: Version = "version",
        /// Revision.
        revision: Count = "revision" DEFAULT Count::ZERO,
        /// When the message was made.
        date: Date = "date",
        /// Ids of the purchase.
        message_ids: MessageIds = "messageIDs" [0] OPTIONAL,
        /// Id of the request and its answer.
        rrpid: Rrpid = "rrpid" [1] OPTIONAL,
        /// Software of the sender.
        sw_ident: SwIdent = "swIdent",
    }
}

impl MessageHeader {
    /// What envelopes of the message are bound to: SHA-256 over the DER of this header.
    ///
    /// # Errors
    /// [`EncodeError`], which only a header that this side built wrongly can give.
    pub fn binding(&self) -> Result<[u8; 32], EncodeError> {
        Ok(sha256(&crate::codec::encode(self)?))
    }
}

/// One message, not yet looked into: its tag and its octets.
#[derive(Clone, PartialEq, Eq)]
pub struct RawPdu {
    /// Tag number of the alternative.
    pub tag: u32,
    /// DER of the message itself, inside of its tag.
    pub der: Vec<u8>,
}

impl RawPdu {
    /// Encodes `message`.
    ///
    /// # Errors
    /// [`EncodeError`] when it is over a limit.
    pub fn new<T: Pdu>(message: &T) -> Result<Self, EncodeError> {
        Ok(Self { tag: T::TAG, der: crate::codec::encode(message)? })
    }

    /// Decodes the message as a `T`.
    ///
    /// # Errors
    /// [`DecodeError`], of kind [`DecodeErrorKind::UnexpectedMessage`] when it is another message.
    pub fn decode<T: Pdu>(&self) -> Result<T, DecodeError> {
        if self.tag != T::TAG {
            let kind = DecodeErrorKind::UnexpectedMessage { expected: T::NAME, found: self.tag };
            return Err(DecodeError::new(kind, 0).inside("MessageWrapper.message"));
        }
        crate::codec::decode(&self.der)
    }

    /// Name of the message, if this implementation knows it.
    pub fn name(&self) -> Option<&'static str> {
        crate::exchange::message_name(self.tag)
    }
}

impl std::fmt::Debug for RawPdu {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = self.name().unwrap_or("unknown");
        write!(f, "RawPdu([{}] {name}, {} octets)", self.tag, self.der.len())
    }
}

impl<'r> Decode<'r> for RawPdu {
    type Error = DecodeError;

    fn decode<R: Reader<'r>>(reader: &mut R) -> Result<Self, DecodeError> {
        let header = Header::decode(reader)?;
        let Tag::ContextSpecific { constructed: true, number } = header.tag() else {
            return Err(DecodeError::value("a message in [n] EXPLICIT"));
        };
        let der = reader.read_nested(header.length(), |nested| {
            Ok::<_, DecodeError>(nested.tlv_bytes()?.to_vec())
        })?;
        Ok(Self { tag: number.value(), der })
    }
}

impl Encode for RawPdu {
    fn encoded_len(&self) -> der::Result<Length> {
        Length::try_from(self.der.len())?.for_tlv(field::context(self.tag, true))
    }

    fn encode(&self, writer: &mut impl Writer) -> der::Result<()> {
        let length = Length::try_from(self.der.len())?;
        Header::new(field::context(self.tag, true), length).encode(writer)?;
        writer.write(&self.der)
    }
}

impl Asn1 for RawPdu {
    const NAME: &'static str = "Message";

    fn accepts(tag: Tag) -> bool {
        tag.is_context_specific()
    }

    fn read<'r, R: Reader<'r>>(reader: &mut R) -> Result<Self, DecodeError> {
        field::element(reader)
    }
}

sequence! {
    /// A whole message as it travels (SET 1.0 Book 3, MessageWrapper).
    MessageWrapper "MessageWrapper" {
        /// The header.
        header: MessageHeader = "messageHeader",
        /// The message.
        message: RawPdu = "message" [0 EXPLICIT],
        /// Extensions.
        mw_extensions: MsgExtensions = "mwExtensions" [1] OPTIONAL,
    }
}

impl MessageWrapper {
    /// Wraps `message`.
    ///
    /// # Errors
    /// [`EncodeError`] when it is over a limit.
    pub fn new<T: Pdu>(header: MessageHeader, message: &T) -> Result<Self, EncodeError> {
        Ok(Self { header, message: RawPdu::new(message)?, mw_extensions: None })
    }

    /// Encodes the whole message.
    ///
    /// # Errors
    /// [`EncodeError`] when it is over a limit.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        crate::codec::encode(self)
    }

    /// Decodes header and wrapper; the message itself stays octets until [`RawPdu::decode`].
    ///
    /// # Errors
    /// [`DecodeError`]; versions other than 2 and messages that no exchange has give kinds of
    /// their own.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        check_size(bytes)?;
        check_depth(bytes)?;
        let wrapper: Self = crate::codec::decode(bytes)?;
        if wrapper.message.name().is_none() {
            let kind = DecodeErrorKind::UnknownMessage { tag: wrapper.message.tag };
            let offset = bytes.len() - wrapper.message.der.len();
            return Err(DecodeError::new(kind, offset).inside("MessageWrapper.message"));
        }
        Ok(wrapper)
    }

    /// Decodes the header alone, without looking at the message: enough to route a message and to
    /// find duplicates.
    ///
    /// # Errors
    /// [`DecodeError`] when the header is wrong or the octets are not exactly one wrapper.
    pub fn peek_header(bytes: &[u8]) -> Result<MessageHeader, DecodeError> {
        check_size(bytes)?;
        peek(bytes).map_err(|error| error.inside(Self::NAME))
    }
}

fn peek(bytes: &[u8]) -> Result<MessageHeader, DecodeError> {
    let mut reader = SliceReader::new(bytes)?;
    let outer = Header::decode(&mut reader)?;
    outer.tag().assert_eq(Tag::Sequence)?;
    if outer.length() != reader.remaining_len() {
        return Err(DecodeError::value("one SEQUENCE and nothing after it"));
    }
    field::required(&mut reader, "messageHeader")
}

fn check_size(bytes: &[u8]) -> Result<(), DecodeError> {
    if bytes.len() <= MESSAGE_BYTES_MAX {
        return Ok(());
    }
    let error = DecodeError::over_limit("MESSAGE_BYTES_MAX", MESSAGE_BYTES_MAX, bytes.len());
    Err(error.or_at(MESSAGE_BYTES_MAX).inside(MessageWrapper::NAME))
}

/// Walks the constructed elements once, without recursion, and refuses to go deeper than
/// [`DEPTH_MAX`]. Octets that are no DER are left to the decoder.
fn check_depth(bytes: &[u8]) -> Result<(), DecodeError> {
    let mut ends = Vec::with_capacity(DEPTH_MAX);
    let mut at = 0;
    while at < bytes.len() {
        while ends.last().is_some_and(|end| *end <= at) {
            ends.pop();
        }
        let Some((header, header_len)) = header_at(&bytes[at..]) else { return Ok(()) };
        let Ok(length) = usize::try_from(header.length()) else { return Ok(()) };
        at += header_len;
        if !header.is_constructed() {
            at = at.saturating_add(length);
            continue;
        }
        if ends.len() == DEPTH_MAX {
            let error = DecodeError::over_limit("DEPTH_MAX", DEPTH_MAX, DEPTH_MAX + 1);
            return Err(error.or_at(at).inside(MessageWrapper::NAME));
        }
        ends.push(at.saturating_add(length));
    }
    Ok(())
}

fn header_at(bytes: &[u8]) -> Option<(Header, usize)> {
    let mut reader = SliceReader::new(bytes).ok()?;
    let header = Header::decode(&mut reader).ok()?;
    Some((header, usize::try_from(reader.position()).ok()?))
}
