//! Names, times and extensions as they stand.

use der::{
    Decode, Reader, SliceReader, Tag,
    asn1::{AnyRef, OctetStringRef},
};
use jiff::Timestamp;

use super::Flaws;
use crate::{
    error::FieldError,
    extension::Extension,
    limit::NAME_PARTS_MAX,
    name::DistinguishedName,
    oid::{self, Oid},
    time,
};

/// Most extensions of one object that are looked at.
const EXTENSIONS_LOOKED_AT_MAX: usize = 1024;

/// A distinguished name as it stands.
#[derive(Debug, Clone, Default)]
pub struct NameView {
    /// DER as received; empty when there was none to read.
    pub der: Vec<u8>,
    /// Its relative distinguished names, most significant first.
    pub rdns: Vec<Vec<AttributeView>>,
    /// The name as everything else here takes it, when it is well formed.
    pub name: Option<DistinguishedName>,
}

/// One attribute of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeView {
    /// Which attribute.
    pub oid: Oid,
    /// Type of its value.
    pub tag: Tag,
    /// The value's octets.
    pub octets: Vec<u8>,
}

impl AttributeView {
    /// The value for people, unreadable octets replaced.
    pub fn text(&self) -> String {
        match self.tag {
            Tag::BmpString => {
                let units: Vec<u16> = self
                    .octets
                    .chunks(2)
                    .map(|pair| u16::from_be_bytes([pair[0], *pair.get(1).unwrap_or(&0)]))
                    .collect();
                String::from_utf16_lossy(&units)
            }
            Tag::TeletexString => self.octets.iter().copied().map(char::from).collect(),
            _ => String::from_utf8_lossy(&self.octets).into_owned(),
        }
    }

    /// The short name of the attribute's type, or its identifier.
    pub fn name(&self) -> String {
        oid::attribute_name(&self.oid).map_or_else(|| self.oid.to_string(), str::to_owned)
    }
}

impl NameView {
    pub(crate) fn read(der: &[u8]) -> Result<Self, FieldError> {
        let mut reader = SliceReader::new(der)?;
        let mut view = Self { der: der.to_vec(), ..Self::default() };
        reader.sequence(|names| {
            while !names.is_finished() && view.rdns.len() < NAME_PARTS_MAX {
                view.rdns.push(read_rdn(names)?);
            }
            names.drain(names.remaining_len())?;
            Ok::<_, FieldError>(())
        })?;
        view.name = DistinguishedName::from_der(der).ok();
        Ok(view)
    }

    /// Every attribute, most significant first.
    pub fn attributes(&self) -> impl Iterator<Item = &AttributeView> {
        self.rdns.iter().flatten()
    }

    /// The values of one kind of attribute.
    pub fn values(&self, kind: Oid) -> impl Iterator<Item = &AttributeView> {
        self.attributes().filter(move |attribute| attribute.oid == kind)
    }

    /// Has it no part at all?
    pub fn is_empty(&self) -> bool {
        self.rdns.is_empty()
    }
}

impl std::fmt::Display for NameView {
    /// As RFC 4514 writes it; what is not well formed is written as it can be.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(name) = &self.name {
            return if name.is_empty() { f.write_str("(empty)") } else { name.fmt(f) };
        }
        if self.is_empty() {
            return f.write_str("(unreadable)");
        }
        for (index, rdn) in self.rdns.iter().rev().enumerate() {
            let parts: Vec<String> =
                rdn.iter().map(|a| format!("{}={}", a.name(), printable(&a.text()))).collect();
            write!(f, "{}{}", if index > 0 { "," } else { "" }, parts.join("+"))?;
        }
        Ok(())
    }
}

/// `text` without characters that would move a terminal's cursor or turn text around (UAX 9).
pub(crate) fn printable(text: &str) -> String {
    let moves = |c: char| c.is_control() || crate::name::turns_text(c);
    text.chars().map(|c| if moves(c) { '\u{fffd}' } else { c }).collect()
}

fn read_rdn(reader: &mut SliceReader<'_>) -> Result<Vec<AttributeView>, FieldError> {
    let set = AnyRef::decode(reader)?;
    if set.header().tag() != Tag::Set {
        return Err(FieldError::new("", "SET expected"));
    }
    let mut reader = SliceReader::new(set.value())?;
    let mut attributes = Vec::with_capacity(1);
    while !reader.is_finished() && attributes.len() < NAME_PARTS_MAX {
        attributes.push(reader.sequence(|r| {
            let oid = Oid::decode(r)?;
            let value = AnyRef::decode(r)?;
            let (tag, octets) = (value.header().tag(), value.value().to_vec());
            Ok::<_, FieldError>(AttributeView { oid, tag, octets })
        })?);
    }
    Ok(attributes)
}

/// A time as it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TimeView {
    /// UTCTime or GeneralizedTime, or what stands in their place.
    pub tag: Option<Tag>,
    /// Its octets.
    pub octets: Vec<u8>,
    /// The moment, when it has the form of RFC 5280 4.1.2.5.
    pub at: Option<Timestamp>,
}

impl TimeView {
    pub(crate) fn read(reader: &mut SliceReader<'_>) -> Result<Self, FieldError> {
        let any = AnyRef::decode(reader)?;
        let (tag, octets) = (any.header().tag(), any.value().to_vec());
        let at = time::timestamp(tag, &octets).ok();
        Ok(Self { tag: Some(tag), octets, at })
    }

    /// The octets as text.
    pub fn text(&self) -> String {
        printable(&String::from_utf8_lossy(&self.octets))
    }
}

impl std::fmt::Display for TimeView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.at {
            Some(at) => at.fmt(f),
            None => write!(f, "`{}` (not a time of RFC 5280)", self.text()),
        }
    }
}

/// An extension as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtensionView {
    /// The extension.
    pub extension: Extension,
    /// `critical` is written although it has its default, FALSE (X.690 11.5).
    pub writes_default: bool,
}

impl ExtensionView {
    /// Reads `Extensions ::= SEQUENCE OF Extension`; the same one twice is kept twice.
    pub(crate) fn read_all(der: &[u8], flaws: &mut Flaws, field: &'static str) -> Vec<Self> {
        let mut list = Vec::new();
        let mut read = || {
            let mut reader = SliceReader::new(der)?;
            reader.sequence(|r| {
                while !r.is_finished() && list.len() < EXTENSIONS_LOOKED_AT_MAX {
                    let extension = r.tlv_bytes()?;
                    match Self::read(extension) {
                        Ok(read) => list.push(read),
                        Err(error) => flaws.0.push(super::Flaw::of(error, field)),
                    }
                }
                r.drain(r.remaining_len())?;
                Ok::<_, FieldError>(())
            })?;
            reader.finish()?;
            Ok::<_, FieldError>(())
        };
        if let Err(error) = read() {
            flaws.0.push(super::Flaw::of(error, field));
        }
        list
    }

    fn read(der: &[u8]) -> Result<Self, FieldError> {
        let mut reader = SliceReader::new(der)?;
        reader.sequence(|r| {
            let oid = Oid::decode(r)?;
            let (mut critical, mut writes_default) = (false, false);
            if Tag::peek(r)? == Tag::Boolean {
                critical = AnyRef::decode(r)?.value().first().is_some_and(|octet| *octet != 0);
                writes_default = !critical;
            }
            let value = <&OctetStringRef>::decode(r)?.as_bytes().to_vec();
            Ok::<_, FieldError>(Self {
                extension: Extension { oid, critical, value },
                writes_default,
            })
        })
    }
}
