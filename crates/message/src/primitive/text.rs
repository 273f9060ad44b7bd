//! Names and codes that are texts or small numbers.

use super::leaf::{number, text};

text! {
    /// A language tag (RFC 5646; SET 1.0: RFC 1766).
    Language "Language" VisibleString "VisibleString" 1 35
}

text! {
    /// Bank identification number: the first six digits of a card number.
    Bin "BIN" NumericString "NumericString" 6 6
}

text! {
    /// `Brand` or `Brand:Product`.
    BrandId "BrandID" Utf8String "UTF8String" 1 40
}

text! {
    /// Merchant id that the acquirer assigned.
    MerchantId "MerchantID" Utf8String "UTF8String" 1 30
}

text! {
    /// Id that the payment network assigned; the gateway fills it in.
    PaySysId "PaySysID" VisibleString "VisibleString" 1 64
}

text! {
    /// Software vendor and version of the sender.
    SwIdent "SWIdent" VisibleString "VisibleString" 1 256
}

text! {
    /// A web address.
    Url "URL" VisibleString "VisibleString" 1 512
}

text! {
    /// Terminal id at the merchant.
    TerminalId "TerminalID" VisibleString "VisibleString" 1 48
}

text! {
    /// A city, state, place or postal code.
    Place "SETString50" Utf8String "UTF8String" 1 50
}

text! {
    /// A short text for people.
    ShortText "SETString128" Utf8String "UTF8String" 1 128
}

text! {
    /// A text for people.
    LongText "SETString512" Utf8String "UTF8String" 1 512
}

text! {
    /// A telephone number as printed on cards.
    Phone "Phone" VisibleString "VisibleString" 1 50
}

number! {
    /// ISO 3166-1 numeric code.
    CountryCode "CountryCode" u16 1 999
}

number! {
    /// A count or an index within one message, a batch or a payment.
    Count "Count" u32 0 4294967295
}

text! {
    /// A value of a registration form, or an address: personal data.
    PrivateText "SETString512" Utf8String "UTF8String" 1 512 PRIVATE
}

impl Count {
    /// None.
    pub const ZERO: Self = Self(0);
    /// One.
    pub const ONE: Self = Self(1);
}
