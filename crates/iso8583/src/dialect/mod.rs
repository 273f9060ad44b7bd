//! How one kind of host writes ISO 8583: a table of codings and the fields that differ.
//!
//! To add a dialect, write one file with one [`Dialect`] and name it in [`DIALECTS`].

pub mod ascii1987;
pub mod binary;

use crate::field::{self, Field};

/// Every dialect.
pub static DIALECTS: &[&Dialect] = &[&ascii1987::DIALECT, &binary::DIALECT];

/// How digits are written: message type, numeric fields, length prefixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigitCoding {
    /// One ASCII character each.
    Ascii,
    /// Two to an octet, high nibble first; an odd number of digits gets a leading zero.
    Bcd,
}

/// How octets are written: bitmaps and binary fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OctetCoding {
    /// Two ASCII hexadecimal digits each; capitals are written, both are read.
    Hex,
    /// As they are.
    Raw,
}

/// One host's way of writing messages.
#[derive(Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Name in settings.
    pub name: &'static str,
    /// One line for people.
    pub title: &'static str,
    /// How the message type is written.
    pub message_type: DigitCoding,
    /// How both bitmaps are written.
    pub bitmap: OctetCoding,
    /// How digits in numeric and track fields are written.
    pub digits: DigitCoding,
    /// How length prefixes are written.
    pub lengths: DigitCoding,
    /// How binary fields are written.
    pub octets: OctetCoding,
    /// Fields that are not as [`field::STANDARD`] has them.
    pub differing: &'static [Field],
}

impl Dialect {
    /// The dialect of that name.
    pub fn by_name(name: &str) -> Option<&'static Self> {
        DIALECTS.iter().copied().find(|dialect| dialect.name == name)
    }

    /// What this dialect holds field `number` to be.
    pub fn field(&self, number: u8) -> Option<&'static Field> {
        self.differing.iter().find(|field| field.number == number).or(field::standard(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialects_are_found_by_their_names_only() {
        for dialect in DIALECTS {
            assert_eq!(Dialect::by_name(dialect.name), Some(*dialect));
        }
        assert_eq!(Dialect::by_name("ascii"), None);
    }
}
