//! [`DistinguishedName`]: names that compare as RFC 5280 7.1 says and print as RFC 4514 says.

use std::fmt;

use der::{
    Decode, Encode, Reader, SliceReader, Tag,
    asn1::{Any, AnyRef, SetOfVec},
};

use crate::{
    error::{FieldError, InField, PkiError},
    limit::NAME_PARTS_MAX,
    oid::{self, Oid},
};

/// A distinguished name. Equality is that of RFC 5280 7.1: letters fold, runs of spaces collapse,
/// and PrintableString, UTF8String and TeletexString with the same text are the same.
#[derive(Clone)]
pub struct DistinguishedName {
    der: Vec<u8>,
    rdns: Vec<Vec<Attribute>>,
    keys: Vec<Vec<u8>>,
}

/// One attribute of a name.
#[derive(Clone)]
struct Attribute {
    kind: Oid,
    /// The value's text; `None` for a value that is not a string.
    text: Option<String>,
    /// The value as DER.
    value: Vec<u8>,
}

/// The four attributes that SET's names are made of (SET 1.0 Book 2, certificate profile).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttributeKind {
    /// countryName, two letters.
    Country,
    /// organizationName: the brand, except in the root.
    Organization,
    /// organizationalUnitName: the institution.
    OrganizationalUnit,
    /// commonName: who it is.
    CommonName,
}

impl AttributeKind {
    fn oid(self) -> Oid {
        match self {
            Self::Country => oid::AT_COUNTRY,
            Self::Organization => oid::AT_ORGANIZATION,
            Self::OrganizationalUnit => oid::AT_ORGANIZATIONAL_UNIT,
            Self::CommonName => oid::AT_COMMON_NAME,
        }
    }
}

impl DistinguishedName {
    /// Reads a `Name` and nothing after it.
    ///
    /// # Errors
    /// [`PkiError::Malformed`] when `der` is not one Name.
    pub fn from_der(der: &[u8]) -> Result<Self, PkiError> {
        Self::read_whole(der).map_err(|error| error.of("name"))
    }

    /// A name of one attribute for each RDN, in the order given (most significant first).
    ///
    /// # Errors
    /// [`PkiError::Template`] when a country is not two letters or a value is empty.
    pub fn of(parts: &[(AttributeKind, &str)]) -> Result<Self, PkiError> {
        let template = |reason: &str| PkiError::Template { reason: reason.into() };
        let mut rdns = Vec::with_capacity(parts.len());
        for &(kind, text) in parts {
            if text.trim().is_empty() {
                return Err(template("a part of the name is empty"));
            }
            let country = kind == AttributeKind::Country;
            if country && !(text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic())) {
                return Err(template("the country is not two letters"));
            }
            let tag = if country { Tag::PrintableString } else { Tag::Utf8String };
            let rdn = encode_rdn(&kind.oid(), tag, text);
            rdns.push(rdn.map_err(|_| template("a part of the name cannot be encoded"))?);
        }
        let der = rdns.to_der().map_err(|_| template("the name is too long"))?;
        Self::from_der(&der)
    }

    pub(crate) fn read(reader: &mut SliceReader<'_>) -> Result<Self, FieldError> {
        let der = reader.tlv_bytes()?;
        Self::read_whole(der)
    }

    pub(crate) fn read_whole(der: &[u8]) -> Result<Self, FieldError> {
        let mut reader = SliceReader::new(der)?;
        let mut rdns = Vec::new();
        reader.sequence(|names| {
            while !names.is_finished() {
                if rdns.len() == NAME_PARTS_MAX {
                    return Err(FieldError::new("rdnSequence", "too many parts"));
                }
                rdns.push(read_rdn(names).field("relativeDistinguishedName")?);
            }
            Ok(())
        })?;
        reader.finish()?;
        let keys = rdns.iter().map(|rdn| rdn_key(rdn)).collect();
        Ok(Self { der: der.to_vec(), rdns, keys })
    }

    /// The name of this one followed by the RDN whose `SET` content is `rdn`
    /// (nameRelativeToCRLIssuer, RFC 5280 4.2.1.13).
    pub(crate) fn with_relative(&self, rdn_content: &[u8]) -> Result<Self, FieldError> {
        let mut rdns: Vec<Any> = Vec::new();
        let mut reader = SliceReader::new(&self.der)?;
        reader.sequence(|names| {
            while !names.is_finished() {
                rdns.push(Any::decode(names)?);
            }
            Ok::<_, FieldError>(())
        })?;
        rdns.push(Any::new(Tag::Set, rdn_content)?);
        Self::read_whole(&rdns.to_der()?)
    }

    /// The name as it was received, DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Has it no parts at all?
    pub fn is_empty(&self) -> bool {
        self.rdns.is_empty()
    }

    /// The first value of `kind`, searched from the most significant end.
    pub fn attribute(&self, kind: AttributeKind) -> Option<&str> {
        let wanted = kind.oid();
        self.attributes().find(|a| a.kind == wanted).and_then(|a| a.text.as_deref())
    }

    /// Every e-mail address in the name, for name constraints (RFC 5280 4.2.1.10).
    pub(crate) fn email_addresses(&self) -> impl Iterator<Item = &str> {
        self.attributes().filter(|a| a.kind == oid::AT_EMAIL).filter_map(|a| a.text.as_deref())
    }

    /// Does this name equal `base` or lie below it? (RFC 5280 4.2.1.10, directoryName)
    pub fn is_within(&self, base: &Self) -> bool {
        self.keys.len() >= base.keys.len() && self.keys[..base.keys.len()] == base.keys[..]
    }

    fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        self.rdns.iter().flatten()
    }
}

impl PartialEq for DistinguishedName {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der || self.keys == other.keys
    }
}

impl Eq for DistinguishedName {}

impl PartialOrd for DistinguishedName {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for DistinguishedName {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.keys.cmp(&other.keys)
    }
}

impl fmt::Display for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // RFC 4514 2.1: the last RDN comes first.
        for (index, rdn) in self.rdns.iter().rev().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            for (index, attribute) in rdn.iter().enumerate() {
                if index > 0 {
                    f.write_str("+")?;
                }
                write_attribute(f, attribute)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DistinguishedName({self})")
    }
}

fn write_attribute(f: &mut fmt::Formatter<'_>, attribute: &Attribute) -> fmt::Result {
    match oid::attribute_name(&attribute.kind) {
        Some(name) => write!(f, "{name}=")?,
        None => write!(f, "{}=", attribute.kind)?,
    }
    let Some(text) = &attribute.text else {
        f.write_str("#")?;
        return attribute.value.iter().try_for_each(|octet| write!(f, "{octet:02X}"));
    };
    let last = text.chars().count().saturating_sub(1);
    for (index, c) in text.chars().enumerate() {
        match c {
            '#' if index == 0 => f.write_str("\\#")?,
            ' ' if index == 0 || index == last => f.write_str("\\ ")?,
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => write!(f, "\\{c}")?,
            // RFC 4514 2.4: as octets, where a character would move the cursor or turn text around.
            _ if c.is_control() || turns_text(c) => {
                let mut octets = [0; 4];
                let octets = c.encode_utf8(&mut octets).bytes();
                octets.into_iter().try_for_each(|octet| write!(f, "\\{octet:02X}"))?;
            }
            _ => write!(f, "{c}")?,
        }
    }
    Ok(())
}

/// Is it a character that changes the direction of what follows (UAX 9)?
pub(crate) fn turns_text(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn read_rdn(reader: &mut SliceReader<'_>) -> Result<Vec<Attribute>, FieldError> {
    let set = AnyRef::decode(reader)?;
    if set.header().tag() != Tag::Set {
        return Err(FieldError::new("", "SET expected"));
    }
    let mut reader = SliceReader::new(set.value())?;
    let mut attributes = Vec::with_capacity(1);
    while !reader.is_finished() {
        if attributes.len() == NAME_PARTS_MAX {
            return Err(FieldError::new("", "too many attributes"));
        }
        attributes.push(reader.sequence(|r| {
            let kind = Oid::decode(r)?;
            let value = r.tlv_bytes()?;
            Ok::<_, FieldError>(Attribute { kind, text: text_of(value)?, value: value.to_vec() })
        })?);
    }
    if attributes.is_empty() {
        return Err(FieldError::new("", "empty SET"));
    }
    Ok(attributes)
}

/// The text of a string type; `None` when the value is not a string.
fn text_of(tlv: &[u8]) -> Result<Option<String>, FieldError> {
    let any = AnyRef::try_from(tlv)?;
    let octets = any.value();
    let invalid = || FieldError::new("attributeValue", "not valid text of its string type");
    let text = match any.header().tag() {
        Tag::Utf8String => String::from_utf8(octets.to_vec()).map_err(|_| invalid())?,
        Tag::PrintableString | Tag::Ia5String | Tag::NumericString | Tag::VisibleString => {
            if !octets.is_ascii() {
                return Err(invalid());
            }
            octets.iter().copied().map(char::from).collect()
        }
        // T.61 as everybody uses it: Latin-1.
        Tag::TeletexString => octets.iter().copied().map(char::from).collect(),
        Tag::BmpString => {
            let units = octets.chunks(2).map(|pair| match pair {
                [high, low] => Ok(u16::from_be_bytes([*high, *low])),
                _ => Err(invalid()),
            });
            let units: Vec<u16> = units.collect::<Result<_, _>>()?;
            String::from_utf16(&units).map_err(|_| invalid())?
        }
        _ => return Ok(None),
    };
    Ok(Some(text))
}

/// What two equal RDNs have in common: each attribute folded, in sorted order.
fn rdn_key(rdn: &[Attribute]) -> Vec<u8> {
    let mut parts: Vec<Vec<u8>> = rdn
        .iter()
        .map(|attribute| {
            let (mark, value) = match &attribute.text {
                Some(text) => (0u8, fold(text).into_bytes()),
                None => (1u8, attribute.value.clone()),
            };
            let kind = attribute.kind.as_octets();
            let mut part = Vec::with_capacity(kind.len() + value.len() + 6);
            part.extend_from_slice(&(kind.len() as u16).to_be_bytes());
            part.extend_from_slice(kind);
            part.push(mark);
            part.extend_from_slice(&(value.len() as u32).to_be_bytes());
            part.extend_from_slice(&value);
            part
        })
        .collect();
    parts.sort_unstable();
    parts.concat()
}

/// RFC 5280 7.1 with RFC 4518: case folded, leading and trailing space gone, inner runs one space.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.extend(word.chars().flat_map(char::to_lowercase));
    }
    folded
}

fn encode_rdn(kind: &Oid, tag: Tag, text: &str) -> der::Result<Any> {
    let mut content = kind.to_der()?;
    content.extend(Any::new(tag, text.as_bytes())?.to_der()?);
    let attribute = Any::new(Tag::Sequence, content)?;
    let mut set = SetOfVec::new();
    set.insert(attribute)?;
    Any::encode_from(&set)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(parts: &[(AttributeKind, &str)]) -> DistinguishedName {
        DistinguishedName::of(parts).unwrap()
    }

    #[test]
    fn compares_folded_and_prints_escaped() {
        use AttributeKind::*;
        let a = name(&[(Country, "DE"), (Organization, "Acme  Card"), (CommonName, " x, y+z ")]);
        let b = name(&[(Country, "de"), (Organization, " ACME card"), (CommonName, "X, Y+Z")]);
        assert_eq!(a, b);
        assert_eq!(a.to_string(), "CN=\\ x\\, y\\+z\\ ,O=Acme  Card,C=DE");
        assert_eq!(a.attribute(Organization), Some("Acme  Card"));
        let base = name(&[(Country, "DE"), (Organization, "acme card")]);
        assert!(a.is_within(&base) && !base.is_within(&a));
        assert!(base < a);
    }

    #[test]
    fn refuses_names_that_set_cannot_have() {
        use AttributeKind::*;
        assert!(DistinguishedName::of(&[(Country, "DEU")]).is_err());
        assert!(DistinguishedName::of(&[(CommonName, " ")]).is_err());
    }
}
