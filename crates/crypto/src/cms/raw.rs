//! Parts of a structure that stay as they are: whole encodings, borrowed.

use std::cmp::Ordering;

use der::{
    Decode, DecodeValue, DerOrd, Encode, EncodeValue, FixedTag, Header, Length, Reader, Tag, Writer,
};

/// One whole encoding, tag and length included, of whatever type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tlv<'a>(pub(crate) &'a [u8]);

impl<'a> Decode<'a> for Tlv<'a> {
    type Error = der::Error;

    fn decode<R: Reader<'a>>(reader: &mut R) -> der::Result<Self> {
        reader.tlv_bytes().map(Self)
    }
}

impl Encode for Tlv<'_> {
    fn encoded_len(&self) -> der::Result<Length> {
        Length::try_from(self.0.len())
    }

    fn encode(&self, writer: &mut impl Writer) -> der::Result<()> {
        writer.write(self.0)
    }
}

impl DerOrd for Tlv<'_> {
    fn der_cmp(&self, other: &Self) -> der::Result<Ordering> {
        Ok(self.0.cmp(other.0))
    }
}

/// A SET OF whole encodings, at most `MAX` of them, in the order that DER asks for
/// (ITU-T X.690 section 11.6), and none of them twice.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct TlvSet<'a, const MAX: usize>(Vec<Tlv<'a>>);

impl<'a, const MAX: usize> TlvSet<'a, MAX> {
    /// Sorts `elements`; equal ones become one. None when more than `MAX` are left.
    pub(crate) fn new(elements: impl IntoIterator<Item = &'a [u8]>) -> Option<Self> {
        let mut elements: Vec<_> = elements.into_iter().map(Tlv).collect();
        elements.sort_by_key(|element| element.0);
        elements.dedup();
        (elements.len() <= MAX).then_some(Self(elements))
    }

    pub(crate) fn elements(&self) -> impl ExactSizeIterator<Item = &'a [u8]> + '_ {
        self.0.iter().map(|element| element.0)
    }
}

impl<const MAX: usize> FixedTag for TlvSet<'_, MAX> {
    const TAG: Tag = Tag::Set;
}

impl<'a, const MAX: usize> DecodeValue<'a> for TlvSet<'a, MAX> {
    type Error = der::Error;

    fn decode_value<R: Reader<'a>>(reader: &mut R, _header: Header) -> der::Result<Self> {
        let mut elements: Vec<Tlv<'a>> = Vec::new();
        while !reader.is_finished() {
            let element = Tlv::decode(reader)?;
            if elements.len() == MAX {
                return Err(reader.error(Self::TAG.length_error()));
            }
            if elements.last().is_some_and(|last| last.0 >= element.0) {
                return Err(reader.error(der::ErrorKind::SetOrdering));
            }
            elements.push(element);
        }
        Ok(Self(elements))
    }
}

impl<const MAX: usize> EncodeValue for TlvSet<'_, MAX> {
    fn value_len(&self) -> der::Result<Length> {
        self.0.iter().try_fold(Length::ZERO, |sum, element| sum + element.encoded_len()?)
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        self.0.iter().try_for_each(|element| element.encode(writer))
    }
}
