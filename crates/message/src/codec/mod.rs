//! From tables to DER and back.
//!
//! Every type of the protocol is one table: [`sequence!`](crate::codec::table), `choice!`,
//! `enumerated!`, `octets!`, `text!` or `number!`. The table gives the Rust type, its DER through
//! the `der` crate's reader and writer, and a [`TypeInfo`] that the documentation and the
//! dissector read. Errors name the field and the offset ([`DecodeError`]).

pub mod error;
pub mod field;
pub mod list;
pub mod schema;
pub mod table;

use counterfoil_secret::SecretBytes;
use der::{Encode, ErrorKind, Length, Reader, SliceReader, Tag, Writer};

pub use error::{DecodeError, DecodeErrorKind, EncodeError};
pub use list::List;
pub use schema::{Field, Presence, Shape, TagMode, TypeInfo, Value};

use crate::limits::MESSAGE_BYTES_MAX;

/// A type with an ASN.1 name that can be read from DER with an error that names the field.
pub trait Asn1: Encode + Sized + 'static {
    /// Name of the type as the specification spells it.
    const NAME: &'static str;
    /// The table the type was made from; `None` for types of other standards.
    const INFO: Option<&'static TypeInfo> = None;
    /// Is this `SEQUENCE OF` the type that [`Asn1::NAME`] names?
    const LIST: bool = false;

    /// Can an element of this type begin with `tag`?
    fn accepts(tag: Tag) -> bool;

    /// Reads one element.
    ///
    /// # Errors
    /// [`DecodeError`] with the path inside of this type and the offset within the whole input.
    fn read<'r, R: Reader<'r>>(reader: &mut R) -> Result<Self, DecodeError>;
}

/// Encodes `value` as DER.
///
/// # Errors
/// [`EncodeError`] when a list or a text in it is longer than its limit, or the whole is longer
/// than [`MESSAGE_BYTES_MAX`].
pub fn encode<T: Asn1>(value: &T) -> Result<Vec<u8>, EncodeError> {
    let bytes = value.to_der().map_err(|error| EncodeError::new(T::NAME, error))?;
    if bytes.len() > MESSAGE_BYTES_MAX {
        return Err(EncodeError::too_big(T::NAME, bytes.len()));
    }
    Ok(bytes)
}

/// Like [`encode`], for values that hold secrets: the octets are wiped when dropped.
///
/// # Errors
/// As [`encode`].
pub fn encode_secret<T: Asn1>(value: &T) -> Result<SecretBytes, EncodeError> {
    encode(value).map(SecretBytes::new)
}

/// Decodes exactly one value that takes up all of `bytes`, and proves that its encoding is the
/// one that [`encode`] would give: a digest over received octets and a digest over the
/// re-encoded value are therefore the same digest.
///
/// # Errors
/// [`DecodeError`]; its path begins with the name of `T`, its offset counts from the start of
/// `bytes`.
pub fn decode<T: Asn1>(bytes: &[u8]) -> Result<T, DecodeError> {
    decode_inner(bytes).map_err(|error| error.inside(T::NAME))
}

fn decode_inner<T: Asn1>(bytes: &[u8]) -> Result<T, DecodeError> {
    if bytes.len() > MESSAGE_BYTES_MAX {
        return Err(DecodeError::over_limit("MESSAGE_BYTES_MAX", MESSAGE_BYTES_MAX, bytes.len()));
    }
    let mut reader = SliceReader::new(bytes)?;
    let value = T::read(&mut reader)?;
    reader.finish()?;
    check_canonical(&value, bytes)?;
    Ok(value)
}

/// Compares the encoding of `value` with `bytes` without making a copy of either.
fn check_canonical<T: Encode>(value: &T, bytes: &[u8]) -> Result<(), DecodeError> {
    let mut comparison = Comparison { expected: bytes, offset: 0 };
    let written = value.encode(&mut comparison);
    if written.is_ok() && comparison.offset == bytes.len() {
        return Ok(());
    }
    Err(DecodeError::new(DecodeErrorKind::NotCanonical, comparison.offset))
}

/// A writer that only checks that what is written equals what is expected.
struct Comparison<'a> {
    expected: &'a [u8],
    offset: usize,
}

impl Writer for Comparison<'_> {
    fn write(&mut self, slice: &[u8]) -> der::Result<()> {
        let rest = &self.expected[self.offset..];
        if rest.starts_with(slice) {
            self.offset += slice.len();
            return Ok(());
        }
        self.offset += rest.iter().zip(slice).take_while(|(a, b)| a == b).count();
        Err(ErrorKind::Failed.at(Length::try_from(self.offset)?))
    }
}
