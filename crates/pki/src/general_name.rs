//! [`GeneralName`]: the forms of name in alternative names, constraints and CRL locations.

use der::{
    Class, Decode, Reader, SliceReader, Tag, Tagged,
    asn1::{Any, AnyRef},
};

use crate::{
    error::{FieldError, InField},
    limit::GENERAL_NAMES_MAX,
    name::DistinguishedName,
};

/// `GeneralName` of RFC 5280 4.2.1.6.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GeneralName {
    /// An e-mail address; in a constraint a host, or a domain that starts with a dot.
    Rfc822(String),
    /// A DNS name.
    Dns(String),
    /// An X.500 name.
    Directory(DistinguishedName),
    /// A URI.
    Uri(String),
    /// 4 or 16 octets; in a constraint 8 or 32 (address and mask).
    Ip(Vec<u8>),
    /// A form that is not interpreted here: otherName 0, x400Address 3, ediPartyName 5,
    /// registeredID 8.
    Other {
        /// The context tag number.
        tag_number: u8,
        /// The content octets.
        value: Vec<u8>,
    },
}

impl GeneralName {
    /// The context tag number of the form.
    pub fn tag_number(&self) -> u8 {
        match self {
            Self::Rfc822(_) => 1,
            Self::Dns(_) => 2,
            Self::Directory(_) => 4,
            Self::Uri(_) => 6,
            Self::Ip(_) => 7,
            Self::Other { tag_number, .. } => *tag_number,
        }
    }

    pub(crate) fn read(reader: &mut SliceReader<'_>) -> Result<Self, FieldError> {
        let any = AnyRef::decode(reader)?;
        let tag = any.tag();
        let number = tag.number().value();
        if tag.class() != Class::ContextSpecific || number > 8 {
            return Err(FieldError::new("generalName", "unknown form of name"));
        }
        let constructed = matches!(number, 0 | 3 | 4 | 5);
        if tag.is_constructed() != constructed {
            return Err(FieldError::new("generalName", "wrong encoding of its form"));
        }
        let value = any.value();
        Ok(match number {
            1 => Self::Rfc822(ascii(value).field("rfc822Name")?),
            2 => Self::Dns(ascii(value).field("dNSName")?),
            4 => {
                let mut inner = SliceReader::new(value)?;
                let name = DistinguishedName::read(&mut inner).field("directoryName")?;
                inner.finish()?;
                Self::Directory(name)
            }
            6 => Self::Uri(ascii(value).field("uniformResourceIdentifier")?),
            7 => Self::Ip(value.to_vec()),
            other => Self::Other { tag_number: other as u8, value: value.to_vec() },
        })
    }

    /// Reads `GeneralName`s until `reader` ends.
    pub(crate) fn read_all(reader: &mut SliceReader<'_>) -> Result<Vec<Self>, FieldError> {
        let mut names = Vec::new();
        while !reader.is_finished() {
            if names.len() == GENERAL_NAMES_MAX {
                return Err(FieldError::new("generalNames", "too many names"));
            }
            names.push(Self::read(reader)?);
        }
        if names.is_empty() {
            return Err(FieldError::new("generalNames", "no name at all"));
        }
        Ok(names)
    }

    /// Reads one `GeneralNames ::= SEQUENCE OF GeneralName` that fills `der`.
    pub(crate) fn read_sequence(der: &[u8]) -> Result<Vec<Self>, FieldError> {
        let any = AnyRef::try_from(der)?;
        if any.tag() != Tag::Sequence {
            return Err(FieldError::new("generalNames", "SEQUENCE expected"));
        }
        Self::read_all(&mut SliceReader::new(any.value())?)
    }

    /// This name as it is encoded.
    pub(crate) fn to_any(&self) -> der::Result<Any> {
        let (value, constructed) = match self {
            Self::Rfc822(text) | Self::Dns(text) | Self::Uri(text) => (text.as_bytes(), false),
            Self::Directory(name) => (name.der(), true),
            Self::Ip(octets) => (octets.as_slice(), false),
            Self::Other { tag_number, value } => {
                (value.as_slice(), matches!(tag_number, 0 | 3 | 5))
            }
        };
        let number = der::TagNumber(u32::from(self.tag_number()));
        Any::new(Tag::ContextSpecific { constructed, number }, value)
    }
}

fn ascii(octets: &[u8]) -> Result<String, FieldError> {
    match std::str::from_utf8(octets) {
        Ok(text) if text.is_ascii() => Ok(text.to_owned()),
        _ => Err(FieldError::new("", "not an IA5String")),
    }
}
