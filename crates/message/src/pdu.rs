//! Messages by name and tag, without one list of them all: each exchange declares its own.

use crate::codec::{Asn1, DecodeError, TypeInfo};

/// A message of the protocol: one alternative of SET 1.0's `Message`.
pub trait Pdu: Asn1 {
    /// Tag number of the alternative, `[TAG] EXPLICIT`.
    const TAG: u32;
}

/// Which media type an exchange uses (registered with IANA in 1996).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// `application/set-payment`.
    Payment,
    /// `application/set-registration`.
    Registration,
}

/// One exchange: a request, its response, and the types in them.
#[derive(Debug)]
pub struct Exchange {
    /// Name of the exchange, and of its file.
    pub name: &'static str,
    /// Payment or registration.
    pub family: Family,
    /// Its messages.
    pub messages: &'static [MessageInfo],
    /// What its messages sign and seal.
    pub contents: &'static [ContentEntry],
}

/// One message.
#[derive(Debug)]
pub struct MessageInfo {
    /// Tag number of the alternative.
    pub tag: u32,
    /// Name as the specification spells it.
    pub name: &'static str,
    /// Table of its type.
    pub info: Option<&'static TypeInfo>,
    /// Decodes octets as this message and forgets the result: are they well formed?
    pub check: fn(&[u8]) -> Result<(), DecodeError>,
}

/// One content type.
#[derive(Debug)]
pub struct ContentEntry {
    /// Last arc of the content type.
    pub number: u32,
    /// Name of the content type.
    pub name: &'static str,
    /// What it contains, in the notation of the operators.
    pub notation: &'static str,
    /// Table of the main type inside.
    pub info: Option<&'static TypeInfo>,
}

/// Declares the messages and contents of one exchange.
macro_rules! exchange {
    (
        $name:literal $family:ident
        messages { $($message:ident = $tag:literal),* $(,)? }
        contents { $($number:literal $content:literal $notation:literal $type:ty),* $(,)? }
    ) => {
        $(
            impl $crate::pdu::Pdu for $message {
                const TAG: u32 = $tag;
            }
        )*

        /// This exchange.
        pub const EXCHANGE: $crate::pdu::Exchange = $crate::pdu::Exchange {
            name: $name,
            family: $crate::pdu::Family::$family,
            messages: &[$($crate::pdu::MessageInfo {
                tag: $tag,
                name: <$message as $crate::codec::Asn1>::NAME,
                info: <$message as $crate::codec::Asn1>::INFO,
                check: |bytes| $crate::codec::decode::<$message>(bytes).map(|_| ()),
            }),*],
            contents: &[$($crate::pdu::ContentEntry {
                number: $number,
                name: $content,
                notation: $notation,
                info: <$type as $crate::codec::Asn1>::INFO,
            }),*],
        };
    };
}

pub(crate) use exchange;
