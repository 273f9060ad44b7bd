//! [`List`]: `SEQUENCE OF` with a limit.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use der::{DecodeValue, EncodeValue, ErrorKind, FixedTag, Header, Length, Reader, Tag, Writer};

use super::{Asn1, DecodeError, TypeInfo};
use crate::limits::Limit;

/// `SEQUENCE SIZE (0..L) OF T`. Decoding stops at the first element above the limit.
pub struct List<T, L>(Vec<T>, PhantomData<fn() -> L>);

impl<T, L> List<T, L> {
    /// The elements.
    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl<T: fmt::Debug, L> fmt::Debug for List<T, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0).finish()
    }
}

impl<T: Clone, L> Clone for List<T, L> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<T: PartialEq, L> PartialEq for List<T, L> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T: Eq, L> Eq for List<T, L> {}

impl<T, L> Default for List<T, L> {
    fn default() -> Self {
        Self(Vec::new(), PhantomData)
    }
}

/// Takes any number of elements; more than the limit fail when encoded.
impl<T, L> From<Vec<T>> for List<T, L> {
    fn from(elements: Vec<T>) -> Self {
        Self(elements, PhantomData)
    }
}

impl<T, L> FromIterator<T> for List<T, L> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        Self(elements.into_iter().collect(), PhantomData)
    }
}

impl<T, L> Deref for List<T, L> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T, L> IntoIterator for List<T, L> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, T, L> IntoIterator for &'a List<T, L> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T, L> FixedTag for List<T, L> {
    const TAG: Tag = Tag::Sequence;
}

impl<'r, T: Asn1, L: Limit> DecodeValue<'r> for List<T, L> {
    type Error = DecodeError;

    fn decode_value<R: Reader<'r>>(reader: &mut R, _header: Header) -> Result<Self, DecodeError> {
        let mut elements = Vec::new();
        while !reader.is_finished() {
            let start = usize::try_from(reader.position())?;
            if elements.len() == L::MAX {
                let error = DecodeError::over_limit(L::NAME, L::MAX, L::MAX + 1);
                return Err(error.or_at(start));
            }
            let element =
                T::read(reader).map_err(|error| error.or_at(start).at_index(elements.len()))?;
            elements.push(element);
        }
        Ok(Self(elements, PhantomData))
    }
}

impl<T: Asn1, L: Limit> EncodeValue for List<T, L> {
    fn value_len(&self) -> der::Result<Length> {
        if self.0.len() > L::MAX {
            return Err(ErrorKind::Overlength.into());
        }
        self.0.iter().try_fold(Length::ZERO, |sum, element| sum + element.encoded_len()?)
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        self.0.iter().try_for_each(|element| element.encode(writer))
    }
}

impl<T: Asn1, L: Limit> Asn1 for List<T, L> {
    const NAME: &'static str = T::NAME;
    const INFO: Option<&'static TypeInfo> = T::INFO;
    const LIST: bool = true;

    fn accepts(tag: Tag) -> bool {
        tag == Tag::Sequence
    }

    fn read<'r, R: Reader<'r>>(reader: &mut R) -> Result<Self, DecodeError> {
        super::field::element(reader)
    }
}
