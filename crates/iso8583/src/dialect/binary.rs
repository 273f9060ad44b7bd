//! `binary`: bitmaps and binary fields as they are, digits and lengths packed two to an octet.
//!
//! As hosts do that grew up with expensive lines. Field 55 carries chip data as octets.

use super::{Dialect, DigitCoding, OctetCoding};
use crate::field::{Content, Field, Length};

/// The dialect.
pub static DIALECT: Dialect = Dialect {
    name: "binary",
    title: "ISO 8583:1987, binary bitmaps, packed digits and lengths",
    message_type: DigitCoding::Bcd,
    bitmap: OctetCoding::Raw,
    digits: DigitCoding::Bcd,
    lengths: DigitCoding::Bcd,
    octets: OctetCoding::Raw,
    differing: &[Field::hidden(55, Content::Octets, Length::Three(255), "Chip data")],
};
