//! Card data: what only the cardholder, the gateway and the CA may name.
//!
//! Everything here prints masked. The merchant's code has no use for this module.

use counterfoil_secret::{Pan, Secret};
use der::{DecodeValue, EncodeValue, FixedTag, Header, Length, Reader, Tag, Writer};

use super::leaf::{CardSecret, ExNonce, PanSecret, ValueError, text};
use crate::codec::table::{asn1_name, choice, sequence};
use crate::codec::{DecodeError, field};

/// A card number as a field: `NumericString (SIZE(8..19))` with a right check digit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardNumber(pub Pan);

const CARD_NUMBER: &str = "a NumericString that is a card number of 8 to 19 digits";

impl FixedTag for CardNumber {
    const TAG: Tag = Tag::NumericString;
}

impl<'r> DecodeValue<'r> for CardNumber {
    type Error = DecodeError;

    fn decode_value<R: Reader<'r>>(reader: &mut R, header: Header) -> Result<Self, DecodeError> {
        let digits = Secret::new(field::octets(reader, header, 8..=19, CARD_NUMBER)?);
        let text = std::str::from_utf8(digits.expose()).unwrap_or_default();
        match Pan::parse(text) {
            Ok(pan) if pan.expose() == text => Ok(Self(pan)),
            _ => Err(DecodeError::value(CARD_NUMBER)),
        }
    }
}

impl EncodeValue for CardNumber {
    fn value_len(&self) -> der::Result<Length> {
        Length::try_from(self.0.expose().len())
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        writer.write(self.0.expose().as_bytes())
    }
}

asn1_name!(CardNumber, "PAN");

/// Month after which a card is no longer valid: `NumericString (SIZE(6))`, `YYYYMM`.
#[derive(Clone, PartialEq, Eq)]
pub struct CardExpiry(Digits);

text! {
    /// Month after which a card is no longer valid: `YYYYMM`.
    Digits "CardExpiry" NumericString "NumericString" 6 6 PRIVATE
}

impl CardExpiry {
    /// A month of a year.
    ///
    /// # Errors
    /// [`ValueError`] unless the text is `YYYYMM` with a month from 01 to 12.
    pub fn new(text: &str) -> Result<Self, ValueError> {
        let expiry = Self(Digits::new(text)?);
        if (1..=12).contains(&expiry.month()) {
            return Ok(expiry);
        }
        Err(ValueError { type_name: "CardExpiry", expected: "YYYYMM with a month from 01 to 12" })
    }

    /// The six digits. Every use of this call is a place to review.
    pub fn expose(&self) -> &str {
        self.0.as_str()
    }

    /// The year.
    pub fn year(&self) -> u16 {
        self.expose()[..4].parse().unwrap_or(0)
    }

    /// The month, 1 to 12.
    pub fn month(&self) -> u8 {
        self.expose()[4..].parse().unwrap_or(0)
    }
}

impl std::fmt::Debug for CardExpiry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

impl FixedTag for CardExpiry {
    const TAG: Tag = Tag::NumericString;
}

impl<'r> DecodeValue<'r> for CardExpiry {
    type Error = DecodeError;

    fn decode_value<R: Reader<'r>>(reader: &mut R, header: Header) -> Result<Self, DecodeError> {
        let digits = Digits::decode_value(reader, header)?;
        Self::new(digits.as_str()).map_err(|error| DecodeError::value(error.expected))
    }
}

impl EncodeValue for CardExpiry {
    fn value_len(&self) -> der::Result<Length> {
        self.0.value_len()
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        self.0.encode_value(writer)
    }
}

asn1_name!(CardExpiry, "CardExpiry", Some(Digits::INFO));

sequence! {
    /// Card data of a signed payment instruction.
    PanData "PANData" {
        /// Card number.
        pan: CardNumber = "pan",
        /// Expiry of the card.
        card_expiry: CardExpiry = "cardExpiry",
        /// Binds the card to the cardholder's certificate.
        pan_secret: PanSecret = "panSecret",
        /// Salt of the digest over this value.
        ex_nonce: ExNonce = "exNonce",
    }
}

sequence! {
    /// Card data of a cardholder's certificate request.
    PanData0 "PANData0" {
        /// Card number.
        pan: CardNumber = "pan",
        /// Expiry of the card.
        card_expiry: CardExpiry = "cardExpiry",
        /// The cardholder's half of PANSecret.
        card_secret: CardSecret = "cardSecret",
        /// Salt of the digest over this value.
        ex_nonce: ExNonce = "exNonce",
    }
}

sequence! {
    /// Card data of tokens and of unsigned payment instructions.
    PanToken "PANToken" {
        /// Card number.
        pan: CardNumber = "pan",
        /// Expiry of the card.
        card_expiry: CardExpiry = "cardExpiry",
        /// Salt of the digest over this value.
        ex_nonce: ExNonce = "exNonce",
    }
}

sequence! {
    /// Card data of a request for a registration form.
    PanOnly "PANOnly" {
        /// Card number.
        pan: CardNumber = "pan",
        /// Salt of the digest over this value.
        ex_nonce: ExNonce = "exNonce",
    }
}

text! {
    /// How a merchant or a gateway identifies its account to its CA.
    AcctIdentification "AcctIdentification" VisibleString "VisibleString" 1 74 PRIVATE
}

sequence! {
    /// Account data of a merchant or a gateway.
    AcctData "AcctData" {
        /// The account.
        acct_identification: AcctIdentification = "acctIdentification",
        /// Salt of the digest over this value.
        ex_nonce: ExNonce = "exNonce",
    }
}

choice! {
    /// Account data in a certificate request.
    AcctInfo "AcctInfo" {
        /// A card.
        PanData0(PanData0) = "panData0" [0 EXPLICIT],
        /// An account of a merchant or a gateway.
        AcctData(AcctData) = "acctData" [1 EXPLICIT],
    }
}
