//! `ascii1987`: everything in ASCII, bitmaps and binary fields in hexadecimal.
//!
//! A message of this dialect can be read in a terminal, which is why it is the default.

use super::{Dialect, DigitCoding, OctetCoding};

/// The dialect.
pub static DIALECT: Dialect = Dialect {
    name: "ascii1987",
    title: "ISO 8583:1987, all ASCII, hexadecimal bitmaps",
    message_type: DigitCoding::Ascii,
    bitmap: OctetCoding::Hex,
    digits: DigitCoding::Ascii,
    lengths: DigitCoding::Ascii,
    octets: OctetCoding::Hex,
    differing: &[],
};
