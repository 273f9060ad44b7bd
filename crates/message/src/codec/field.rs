//! Reading and writing one field: untagged, `[n] IMPLICIT` or `[n] EXPLICIT`.
//!
//! The macros of [`super::table`] expand to calls of these functions; nothing here knows a
//! particular type.

use std::ops::RangeInclusive;

use der::{
    Decode, DecodeValue, Encode, EncodeValue, Error, FixedTag, Header, Length, Reader, Tag,
    TagNumber, Writer,
};

use super::{Asn1, DecodeError, DecodeErrorKind};

/// Reads an element whose error converts into [`DecodeError`].
pub fn element<'r, R, T>(reader: &mut R) -> Result<T, DecodeError>
where
    R: Reader<'r>,
    T: Decode<'r>,
    DecodeError: From<T::Error>,
{
    Ok(T::decode(reader)?)
}

/// Runs `read` and gives its errors the field's name and, where unknown, the field's offset.
pub fn named<'r, R, T>(
    reader: &mut R,
    name: &'static str,
    read: impl FnOnce(&mut R) -> Result<T, DecodeError>,
) -> Result<T, DecodeError>
where
    R: Reader<'r>,
{
    let start = offset(reader);
    read(reader).map_err(|error| error.or_at(start).inside(name))
}

/// Octets read so far.
pub fn offset<'r, R: Reader<'r>>(reader: &R) -> usize {
    usize::try_from(reader.position()).unwrap_or(usize::MAX)
}

/// An untagged field that must be there.
pub fn required<'r, R, T>(reader: &mut R, name: &'static str) -> Result<T, DecodeError>
where
    R: Reader<'r>,
    T: Asn1,
{
    named(reader, name, |reader| {
        if reader.is_finished() {
            return Err(missing::<T>());
        }
        T::read(reader)
    })
}

/// An untagged field that may be absent.
pub fn optional<'r, R, T>(reader: &mut R, name: &'static str) -> Result<Option<T>, DecodeError>
where
    R: Reader<'r>,
    T: Asn1,
{
    named(reader, name, |reader| {
        if reader.is_finished() || !T::accepts(Tag::peek(reader)?) {
            return Ok(None);
        }
        T::read(reader).map(Some)
    })
}

/// A field tagged `[number] EXPLICIT` that may be absent.
pub fn explicit<'r, R, T>(
    reader: &mut R,
    name: &'static str,
    number: u32,
) -> Result<Option<T>, DecodeError>
where
    R: Reader<'r>,
    T: Asn1,
{
    named(reader, name, |reader| {
        let tag = context(number, true);
        if !next_is(reader, tag)? {
            return Ok(None);
        }
        let header = Header::decode(reader)?;
        reader.read_nested(header.length(), T::read).map(Some)
    })
}

/// A field tagged `[number] IMPLICIT` that may be absent.
pub fn implicit<'r, R, T>(
    reader: &mut R,
    name: &'static str,
    number: u32,
) -> Result<Option<T>, DecodeError>
where
    R: Reader<'r>,
    T: DecodeValue<'r> + FixedTag,
    DecodeError: From<<T as DecodeValue<'r>>::Error>,
{
    named(reader, name, |reader| {
        let tag = context(number, T::TAG.is_constructed());
        if !next_is(reader, tag)? {
            return Ok(None);
        }
        let header = Header::decode(reader)?;
        let own = Header::new(T::TAG, header.length());
        let value = reader.read_nested(header.length(), |nested| {
            T::decode_value(nested, own).map_err(DecodeError::from)
        })?;
        Ok(Some(value))
    })
}

/// The value of a tagged field that must be there.
pub fn present<'r, R, T>(
    reader: &mut R,
    name: &'static str,
    tag: Tag,
    value: Option<T>,
) -> Result<T, DecodeError>
where
    R: Reader<'r>,
    T: Asn1,
{
    named(reader, name, |reader| match value {
        Some(value) => Ok(value),
        None if reader.is_finished() => Err(missing::<T>()),
        None => {
            let actual = Tag::peek(reader)?;
            Err(Error::from(actual.unexpected_error(Some(tag))).into())
        }
    })
}

fn missing<T: Asn1>() -> DecodeError {
    DecodeError::unplaced(DecodeErrorKind::Missing { expected: T::NAME })
}

/// The value of a field with a default; the default itself must not be encoded.
pub fn defaulted<'r, R, T>(
    reader: &mut R,
    name: &'static str,
    value: Option<T>,
    default: T,
) -> Result<T, DecodeError>
where
    R: Reader<'r>,
    T: PartialEq,
{
    named(reader, name, |_| match value {
        None => Ok(default),
        Some(value) if value == default => {
            Err(DecodeError::unplaced(DecodeErrorKind::DefaultEncoded))
        }
        Some(value) => Ok(value),
    })
}

/// The error when the next tag is none of a `CHOICE`'s alternatives.
pub fn no_alternative<'r, R: Reader<'r>>(reader: &mut R) -> DecodeError {
    let start = offset(reader);
    let error = match Tag::peek(reader) {
        Ok(actual) => DecodeError::from(Error::from(actual.unexpected_error(None))),
        Err(error) => DecodeError::from(error),
    };
    error.or_at(start)
}

/// Reads the number of an `ENUMERATED`.
pub fn enumerated_number<'r, R: Reader<'r>>(
    reader: &mut R,
    header: Header,
) -> Result<u32, DecodeError> {
    let start = offset(reader);
    u32::decode_value(reader, Header::new(Tag::Integer, header.length())).map_err(|_| {
        let expected = DecodeErrorKind::Value { expected: "a number that is not negative" };
        DecodeError::new(expected, start)
    })
}

/// Reads the octets of a value of one fixed length.
pub fn fixed_octets<'r, R: Reader<'r>>(
    reader: &mut R,
    header: Header,
    octets: &mut [u8],
    expected: &'static str,
) -> Result<(), DecodeError> {
    if usize::try_from(header.length())? != octets.len() {
        return Err(DecodeError::value(expected));
    }
    reader.read_into(octets)?;
    Ok(())
}

/// Reads the octets of a value whose length is within `bounds`.
pub fn octets<'r, R: Reader<'r>>(
    reader: &mut R,
    header: Header,
    bounds: RangeInclusive<usize>,
    expected: &'static str,
) -> Result<Vec<u8>, DecodeError> {
    if !bounds.contains(&usize::try_from(header.length())?) {
        return Err(DecodeError::value(expected));
    }
    Ok(reader.read_vec(header.length())?)
}

/// Reads a text whose length in octets is within `bounds` and that `allows` accepts.
pub fn text<'r, R: Reader<'r>>(
    reader: &mut R,
    header: Header,
    bounds: RangeInclusive<usize>,
    allows: fn(&str) -> bool,
    expected: &'static str,
) -> Result<String, DecodeError> {
    let octets = octets(reader, header, bounds, expected)?;
    match String::from_utf8(octets) {
        Ok(text) if allows(&text) => Ok(text),
        _ => Err(DecodeError::value(expected)),
    }
}

/// The context-specific tag `[number]`.
pub fn context(number: u32, constructed: bool) -> Tag {
    Tag::ContextSpecific { constructed, number: TagNumber(number) }
}

fn next_is<'r, R: Reader<'r>>(reader: &R, tag: Tag) -> Result<bool, DecodeError> {
    Ok(!reader.is_finished() && Tag::peek(reader)? == tag)
}

/// Length of `value` inside `[number] EXPLICIT`.
pub fn explicit_len<T: Encode>(value: &T, number: u32) -> der::Result<Length> {
    value.encoded_len()?.for_tlv(context(number, true))
}

/// Writes `value` inside `[number] EXPLICIT`.
pub fn write_explicit<T: Encode>(
    value: &T,
    number: u32,
    writer: &mut impl Writer,
) -> der::Result<()> {
    Header::new(context(number, true), value.encoded_len()?).encode(writer)?;
    value.encode(writer)
}

/// Length of `value` as `[number] IMPLICIT`.
pub fn implicit_len<T: EncodeValue + FixedTag>(value: &T, number: u32) -> der::Result<Length> {
    value.value_len()?.for_tlv(context(number, T::TAG.is_constructed()))
}

/// Writes `value` as `[number] IMPLICIT`.
pub fn write_implicit<T: EncodeValue + FixedTag>(
    value: &T,
    number: u32,
    writer: &mut impl Writer,
) -> der::Result<()> {
    Header::new(context(number, T::TAG.is_constructed()), value.value_len()?).encode(writer)?;
    value.encode_value(writer)
}
