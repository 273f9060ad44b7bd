//! Parts of a structure that stay as they are: whole encodings, borrowed.

use std::cmp::Ordering;
use std::marker::PhantomData;

use der::{
    Decode, DecodeValue, DerOrd, Encode, EncodeValue, FixedTag, Header, Length, Reader, Tag, Writer,
};

use crate::error::CryptoError;

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

/// The content octets of a SEQUENCE, which may carry another tag in place of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SequenceBody<'a>(pub(crate) &'a [u8]);

impl<'a> SequenceBody<'a> {
    /// The content octets of `der`, which is a whole SEQUENCE.
    pub(crate) fn of(der: &'a [u8]) -> der::Result<Self> {
        Self::from_der(der)
    }
}

impl FixedTag for SequenceBody<'_> {
    const TAG: Tag = Tag::Sequence;
}

impl<'a> DecodeValue<'a> for SequenceBody<'a> {
    type Error = der::Error;

    fn decode_value<R: Reader<'a>>(reader: &mut R, header: Header) -> der::Result<Self> {
        reader.read_slice(header.length()).map(Self)
    }
}

impl EncodeValue for SequenceBody<'_> {
    fn value_len(&self) -> der::Result<Length> {
        Length::try_from(self.0.len())
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        writer.write(self.0)
    }
}

/// What a SET OF holds, and how many at most.
pub(crate) trait SetRule {
    /// Name of the structure that has the set.
    const STRUCTURE: &'static str;
    /// Most elements.
    const ELEMENTS_MAX: usize;
    /// What the elements are.
    const UNIT: &'static str;
}

/// A SET OF whole encodings in the order that DER asks for (ITU-T X.690 section 11.6), none of
/// them twice, and no more than its rule allows.
#[derive(Debug)]
pub(crate) struct TlvSet<'a, R>(Vec<Tlv<'a>>, PhantomData<R>);

impl<'a, R: SetRule> TlvSet<'a, R> {
    /// Sorts `elements`; equal ones become one.
    pub(crate) fn new(elements: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, CryptoError> {
        let mut elements: Vec<_> = elements.into_iter().map(Tlv).collect();
        elements.sort_unstable_by_key(|element| element.0);
        elements.dedup();
        if elements.len() > R::ELEMENTS_MAX {
            return Err(Self::too_many());
        }
        Ok(Self(elements, PhantomData))
    }

    pub(crate) fn elements(&self) -> impl ExactSizeIterator<Item = &'a [u8]> + '_ {
        self.0.iter().map(|element| element.0)
    }

    /// The element, when there is exactly one.
    pub(crate) fn only(&self) -> Option<&'a [u8]> {
        match self.0.as_slice() {
            [only] => Some(only.0),
            _ => None,
        }
    }

    fn too_many() -> CryptoError {
        CryptoError::LimitExceeded {
            structure: R::STRUCTURE,
            limit: R::ELEMENTS_MAX,
            unit: R::UNIT,
        }
    }
}

impl<R> FixedTag for TlvSet<'_, R> {
    const TAG: Tag = Tag::Set;
}

impl<'a, S: SetRule + 'a> DecodeValue<'a> for TlvSet<'a, S> {
    type Error = CryptoError;

    fn decode_value<R: Reader<'a>>(reader: &mut R, _header: Header) -> Result<Self, CryptoError> {
        let mut elements: Vec<Tlv<'a>> = Vec::new();
        while !reader.is_finished() {
            let element = Tlv::decode(reader)?;
            if elements.len() == S::ELEMENTS_MAX {
                return Err(Self::too_many());
            }
            if elements.last().is_some_and(|last| last.0 >= element.0) {
                return Err(reader.error(der::ErrorKind::SetOrdering).into());
            }
            elements.push(element);
        }
        Ok(Self(elements, PhantomData))
    }
}

impl<R: SetRule> EncodeValue for TlvSet<'_, R> {
    fn value_len(&self) -> der::Result<Length> {
        self.0.iter().try_fold(Length::ZERO, |sum, element| sum + element.encoded_len()?)
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        self.0.iter().try_for_each(|element| element.encode(writer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Two;

    impl SetRule for Two {
        const STRUCTURE: &'static str = "test";
        const ELEMENTS_MAX: usize = 2;
        const UNIT: &'static str = "numbers";
    }

    fn read(der: &[u8]) -> Result<usize, String> {
        TlvSet::<Two>::from_der(der).map(|set| set.elements().len()).map_err(|e| e.to_string())
    }

    #[test]
    fn sets_have_to_be_sorted_without_repetition_and_within_their_limit() {
        assert_eq!(read(&[0x31, 0]), Ok(0));
        assert_eq!(read(&[0x31, 6, 2, 1, 1, 2, 1, 2]), Ok(2));
        assert!(read(&[0x31, 6, 2, 1, 2, 2, 1, 1]).unwrap_err().contains("ordering"));
        assert!(read(&[0x31, 6, 2, 1, 1, 2, 1, 1]).is_err());
        let many = read(&[0x31, 9, 2, 1, 1, 2, 1, 2, 2, 1, 3]).unwrap_err();
        assert_eq!(many, "the test has more than 2 numbers");
    }

    #[test]
    fn sets_are_sorted_when_made() {
        let numbers: [&[u8]; 3] = [&[2, 1, 2], &[2, 1, 1], &[2, 1, 2]];
        let set = TlvSet::<Two>::new(numbers).unwrap();
        assert_eq!(set.to_der().unwrap(), [0x31, 6, 2, 1, 1, 2, 1, 2]);
        let more: [&[u8]; 3] = [&[2, 1, 2], &[2, 1, 1], &[2, 1, 3]];
        assert!(TlvSet::<Two>::new(more).is_err());
    }
}
