//! The data elements of ISO 8583:1987: number, name, content and length, before any dialect.

/// Highest field number (two bitmaps of 64 bits).
pub const FIELD_NUMBER_MAX: u8 = 128;

/// Numbers of the fields that this product fills or reads by name.
pub mod number {
    /// Primary account number.
    pub const PAN: u8 = 2;
    /// Processing code.
    pub const PROCESSING_CODE: u8 = 3;
    /// Amount, transaction, in minor units.
    pub const AMOUNT: u8 = 4;
    /// Transmission date and time, UTC, `MMDDhhmmss`.
    pub const TRANSMISSION_TIME: u8 = 7;
    /// Systems trace audit number.
    pub const STAN: u8 = 11;
    /// Time, local transaction, `hhmmss`.
    pub const LOCAL_TIME: u8 = 12;
    /// Date, local transaction, `MMDD`.
    pub const LOCAL_DATE: u8 = 13;
    /// Date, expiration, `YYMM`.
    pub const EXPIRY: u8 = 14;
    /// Merchant type (category code).
    pub const MERCHANT_TYPE: u8 = 18;
    /// Point of service entry mode.
    pub const ENTRY_MODE: u8 = 22;
    /// Point of service condition code.
    pub const CONDITION_CODE: u8 = 25;
    /// Acquiring institution identification code.
    pub const ACQUIRER: u8 = 32;
    /// Retrieval reference number.
    pub const RRN: u8 = 37;
    /// Authorization identification response (approval code).
    pub const APPROVAL: u8 = 38;
    /// Response code.
    pub const RESPONSE_CODE: u8 = 39;
    /// Card acceptor terminal identification.
    pub const TERMINAL: u8 = 41;
    /// Card acceptor identification code (merchant).
    pub const MERCHANT: u8 = 42;
    /// Card acceptor name and location.
    pub const MERCHANT_NAME: u8 = 43;
    /// Additional data, private: see [`crate::private_data`].
    pub const PRIVATE_DATA: u8 = 48;
    /// Currency code, transaction (ISO 4217 numeric).
    pub const CURRENCY: u8 = 49;
    /// Message authentication code of a message without secondary bitmap.
    pub const MAC_PRIMARY: u8 = 64;
    /// Network management information code.
    pub const NETWORK_CODE: u8 = 70;
    /// Original data elements: see [`crate::original`].
    pub const ORIGINAL_DATA: u8 = 90;
    /// Replacement amounts: see [`crate::original`].
    pub const REPLACEMENT_AMOUNTS: u8 = 95;
    /// Message authentication code of a message with secondary bitmap.
    pub const MAC_SECONDARY: u8 = 128;
}

/// What a field may hold (ISO 8583:1987 section 4.1, the attributes of data elements).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// `n`: digits. Fixed fields are right-justified with leading zeros.
    Digits,
    /// `x+n`: `C` or `D`, then digits.
    SignedDigits,
    /// `a`, `an`, `ans`: printable ASCII. Fixed fields are left-justified with trailing spaces.
    Text,
    /// `z`: digits and the separator `=` of tracks 2 and 3 (ISO/IEC 7813, ISO/IEC 4909).
    Track,
    /// `b`: octets; lengths count octets.
    Octets,
}

/// How long a field is, in digits, characters or octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// Always this long.
    Fixed(usize),
    /// `LLVAR`: two digits of length, at most this long.
    Two(usize),
    /// `LLLVAR`: three digits of length, at most this long.
    Three(usize),
}

impl Length {
    /// The longest value, in digits, characters or octets.
    pub fn most(self) -> usize {
        match self {
            Self::Fixed(most) | Self::Two(most) | Self::Three(most) => most,
        }
    }
}

/// What of a field must not be printed or journaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// Nothing: the field may be shown.
    Open,
    /// A card number: first six and last four digits may be shown (PCI DSS 3.4.1).
    CardNumber,
    /// Everything: track data, PIN block, chip data, account numbers.
    Whole,
}

/// One data element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// 2 to 128.
    pub number: u8,
    /// The standard's name.
    pub name: &'static str,
    /// What it may hold.
    pub content: Content,
    /// How long it is.
    pub length: Length,
    /// What of it must stay hidden.
    pub protection: Protection,
}

impl Field {
    /// A field that may be shown.
    pub const fn open(number: u8, content: Content, length: Length, name: &'static str) -> Self {
        Self { number, name, content, length, protection: Protection::Open }
    }

    /// A field that must be hidden whole.
    pub const fn hidden(number: u8, content: Content, length: Length, name: &'static str) -> Self {
        Self { number, name, content, length, protection: Protection::Whole }
    }
}

/// The data element `number` of ISO 8583:1987, if there is one that this codec reads.
///
/// Field 1 is the secondary bitmap and field 65 a tertiary one: neither is a data element.
pub fn standard(number: u8) -> Option<&'static Field> {
    let place = STANDARD.binary_search_by_key(&number, |field| field.number).ok()?;
    Some(&STANDARD[place])
}

/// The name of field `number`, also of those that are not in the table.
pub fn name(number: u8) -> &'static str {
    standard(number).map_or("not defined", |field| field.name)
}

use Content::{Digits as N, Octets as B, SignedDigits as XN, Text as ANS, Track as Z};
use Length::{Fixed, Three, Two};

/// The data elements of ISO 8583:1987 (table of section 4.3), in order of their numbers.
#[rustfmt::skip]
pub static STANDARD: [Field; 126] = [
    Field { number: 2, name: "Primary account number", content: N, length: Two(19),
            protection: Protection::CardNumber },
    Field::open(3, N, Fixed(6), "Processing code"),
    Field::open(4, N, Fixed(12), "Amount, transaction"),
    Field::open(5, N, Fixed(12), "Amount, settlement"),
    Field::open(6, N, Fixed(12), "Amount, cardholder billing"),
    Field::open(7, N, Fixed(10), "Transmission date and time"),
    Field::open(8, N, Fixed(8), "Amount, cardholder billing fee"),
    Field::open(9, N, Fixed(8), "Conversion rate, settlement"),
    Field::open(10, N, Fixed(8), "Conversion rate, cardholder billing"),
    Field::open(11, N, Fixed(6), "Systems trace audit number"),
    Field::open(12, N, Fixed(6), "Time, local transaction"),
    Field::open(13, N, Fixed(4), "Date, local transaction"),
    Field::open(14, N, Fixed(4), "Date, expiration"),
    Field::open(15, N, Fixed(4), "Date, settlement"),
    Field::open(16, N, Fixed(4), "Date, conversion"),
    Field::open(17, N, Fixed(4), "Date, capture"),
    Field::open(18, N, Fixed(4), "Merchant type"),
    Field::open(19, N, Fixed(3), "Acquiring institution country code"),
    Field::open(20, N, Fixed(3), "Primary account number extended country code"),
    Field::open(21, N, Fixed(3), "Forwarding institution country code"),
    Field::open(22, N, Fixed(3), "Point of service entry mode"),
    Field::open(23, N, Fixed(3), "Card sequence number"),
    Field::open(24, N, Fixed(3), "Network international identifier"),
    Field::open(25, N, Fixed(2), "Point of service condition code"),
    Field::open(26, N, Fixed(2), "Point of service PIN capture code"),
    Field::open(27, N, Fixed(1), "Authorization identification response length"),
    Field::open(28, XN, Fixed(9), "Amount, transaction fee"),
    Field::open(29, XN, Fixed(9), "Amount, settlement fee"),
    Field::open(30, XN, Fixed(9), "Amount, transaction processing fee"),
    Field::open(31, XN, Fixed(9), "Amount, settlement processing fee"),
    Field::open(32, N, Two(11), "Acquiring institution identification code"),
    Field::open(33, N, Two(11), "Forwarding institution identification code"),
    Field::hidden(34, ANS, Two(28), "Primary account number, extended"),
    Field::hidden(35, Z, Two(37), "Track 2 data"),
    Field::hidden(36, Z, Three(104), "Track 3 data"),
    Field::open(37, ANS, Fixed(12), "Retrieval reference number"),
    Field::open(38, ANS, Fixed(6), "Authorization identification response"),
    Field::open(39, ANS, Fixed(2), "Response code"),
    Field::open(40, ANS, Fixed(3), "Service restriction code"),
    Field::open(41, ANS, Fixed(8), "Card acceptor terminal identification"),
    Field::open(42, ANS, Fixed(15), "Card acceptor identification code"),
    Field::open(43, ANS, Fixed(40), "Card acceptor name/location"),
    Field::open(44, ANS, Two(25), "Additional response data"),
    Field::hidden(45, ANS, Two(76), "Track 1 data"),
    Field::open(46, ANS, Three(999), "Additional data, ISO"),
    Field::open(47, ANS, Three(999), "Additional data, national"),
    Field::open(48, ANS, Three(999), "Additional data, private"),
    Field::open(49, N, Fixed(3), "Currency code, transaction"),
    Field::open(50, N, Fixed(3), "Currency code, settlement"),
    Field::open(51, N, Fixed(3), "Currency code, cardholder billing"),
    Field::hidden(52, B, Fixed(8), "Personal identification number data"),
    Field::open(53, N, Fixed(16), "Security related control information"),
    Field::open(54, ANS, Three(120), "Additional amounts"),
    Field::hidden(55, ANS, Three(999), "Reserved for ISO use (chip data)"),
    Field::open(56, ANS, Three(999), "Reserved for ISO use"),
    Field::open(57, ANS, Three(999), "Reserved for national use"),
    Field::open(58, ANS, Three(999), "Reserved for national use"),
    Field::open(59, ANS, Three(999), "Reserved for national use"),
    Field::open(60, ANS, Three(999), "Reserved for private use"),
    Field::open(61, ANS, Three(999), "Reserved for private use"),
    Field::open(62, ANS, Three(999), "Reserved for private use"),
    Field::open(63, ANS, Three(999), "Reserved for private use"),
    Field::open(64, B, Fixed(8), "Message authentication code"),
    Field::open(66, N, Fixed(1), "Settlement code"),
    Field::open(67, N, Fixed(2), "Extended payment code"),
    Field::open(68, N, Fixed(3), "Receiving institution country code"),
    Field::open(69, N, Fixed(3), "Settlement institution country code"),
    Field::open(70, N, Fixed(3), "Network management information code"),
    Field::open(71, N, Fixed(4), "Message number"),
    Field::open(72, N, Fixed(4), "Message number, last"),
    Field::open(73, N, Fixed(6), "Date, action"),
    Field::open(74, N, Fixed(10), "Credits, number"),
    Field::open(75, N, Fixed(10), "Credits, reversal number"),
    Field::open(76, N, Fixed(10), "Debits, number"),
    Field::open(77, N, Fixed(10), "Debits, reversal number"),
    Field::open(78, N, Fixed(10), "Transfer, number"),
    Field::open(79, N, Fixed(10), "Transfer, reversal number"),
    Field::open(80, N, Fixed(10), "Inquiries, number"),
    Field::open(81, N, Fixed(10), "Authorizations, number"),
    Field::open(82, N, Fixed(12), "Credits, processing fee amount"),
    Field::open(83, N, Fixed(12), "Credits, transaction fee amount"),
    Field::open(84, N, Fixed(12), "Debits, processing fee amount"),
    Field::open(85, N, Fixed(12), "Debits, transaction fee amount"),
    Field::open(86, N, Fixed(16), "Credits, amount"),
    Field::open(87, N, Fixed(16), "Credits, reversal amount"),
    Field::open(88, N, Fixed(16), "Debits, amount"),
    Field::open(89, N, Fixed(16), "Debits, reversal amount"),
    Field::open(90, N, Fixed(42), "Original data elements"),
    Field::open(91, ANS, Fixed(1), "File update code"),
    Field::open(92, ANS, Fixed(2), "File security code"),
    Field::open(93, ANS, Fixed(5), "Response indicator"),
    Field::open(94, ANS, Fixed(7), "Service indicator"),
    Field::open(95, ANS, Fixed(42), "Replacement amounts"),
    Field::hidden(96, B, Fixed(8), "Message security code"),
    Field::open(97, XN, Fixed(17), "Amount, net settlement"),
    Field::open(98, ANS, Fixed(25), "Payee"),
    Field::open(99, N, Two(11), "Settlement institution identification code"),
    Field::open(100, N, Two(11), "Receiving institution identification code"),
    Field::open(101, ANS, Two(17), "File name"),
    Field::hidden(102, ANS, Two(28), "Account identification 1"),
    Field::hidden(103, ANS, Two(28), "Account identification 2"),
    Field::open(104, ANS, Three(100), "Transaction description"),
    Field::open(105, ANS, Three(999), "Reserved for ISO use"),
    Field::open(106, ANS, Three(999), "Reserved for ISO use"),
    Field::open(107, ANS, Three(999), "Reserved for ISO use"),
    Field::open(108, ANS, Three(999), "Reserved for ISO use"),
    Field::open(109, ANS, Three(999), "Reserved for ISO use"),
    Field::open(110, ANS, Three(999), "Reserved for ISO use"),
    Field::open(111, ANS, Three(999), "Reserved for ISO use"),
    Field::open(112, ANS, Three(999), "Reserved for national use"),
    Field::open(113, ANS, Three(999), "Reserved for national use"),
    Field::open(114, ANS, Three(999), "Reserved for national use"),
    Field::open(115, ANS, Three(999), "Reserved for national use"),
    Field::open(116, ANS, Three(999), "Reserved for national use"),
    Field::open(117, ANS, Three(999), "Reserved for national use"),
    Field::open(118, ANS, Three(999), "Reserved for national use"),
    Field::open(119, ANS, Three(999), "Reserved for national use"),
    Field::open(120, ANS, Three(999), "Reserved for private use"),
    Field::open(121, ANS, Three(999), "Reserved for private use"),
    Field::open(122, ANS, Three(999), "Reserved for private use"),
    Field::open(123, ANS, Three(999), "Reserved for private use"),
    Field::open(124, ANS, Three(999), "Reserved for private use"),
    Field::open(125, ANS, Three(999), "Reserved for private use"),
    Field::open(126, ANS, Three(999), "Reserved for private use"),
    Field::open(127, ANS, Three(999), "Reserved for private use"),
    Field::open(128, B, Fixed(8), "Message authentication code"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_in_order_and_holds_each_field_but_the_bitmaps() {
        let numbers: Vec<u8> = STANDARD.iter().map(|field| field.number).collect();
        let expected: Vec<u8> = (2..=FIELD_NUMBER_MAX).filter(|number| *number != 65).collect();
        assert_eq!(numbers, expected);
    }

    #[test]
    fn lengths_fit_their_prefix() {
        for field in &STANDARD {
            match field.length {
                Length::Fixed(most) => assert!((1..=42).contains(&most), "{field:?}"),
                Length::Two(most) => assert!(most <= 99, "{field:?}"),
                Length::Three(most) => assert!(most <= 999, "{field:?}"),
            }
        }
    }
}
