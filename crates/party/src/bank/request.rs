//! A request as the bank's rules read it: fields that must be there, or a format error that
//! names the field.

use counterfoil_iso8583::Message;
use counterfoil_iso8583::field::number as n;
use counterfoil_iso8583::original::OriginalData;
use counterfoil_iso8583::private_data::PrivateData;

use super::refusal::Refusal;

/// An authentic request.
pub(super) struct Request<'a> {
    pub(super) message: &'a Message,
    pub(super) id: OriginalData,
    /// Hexadecimal XID, where the message tells one.
    pub(super) xid: Option<String>,
}

impl<'a> Request<'a> {
    pub(super) fn new(message: &'a Message) -> Result<Self, Refusal> {
        let id = OriginalData::of(message).map_err(|e| Refusal::FORMAT.in_field(e.number))?;
        Ok(Self { message, id, xid: xid_of(message) })
    }

    /// The key of this request in every table.
    pub(super) fn key(&self) -> String {
        self.id.key()
    }

    pub(super) fn text(&self, number: u8) -> Result<&'a str, Refusal> {
        self.message
            .text(number)
            .filter(|text| !text.is_empty())
            .ok_or(Refusal::FORMAT.in_field(number))
    }

    pub(super) fn xid(&self) -> Result<&str, Refusal> {
        self.xid.as_deref().ok_or(Refusal::FORMAT.in_field(n::PRIVATE_DATA))
    }

    pub(super) fn amount_minor(&self) -> Result<u64, Refusal> {
        self.message.number(n::AMOUNT).ok_or(Refusal::FORMAT.in_field(n::AMOUNT))
    }

    pub(super) fn currency(&self) -> Result<u16, Refusal> {
        self.message
            .number(n::CURRENCY)
            .and_then(|code| u16::try_from(code).ok())
            .ok_or(Refusal::FORMAT.in_field(n::CURRENCY))
    }

    /// Which earlier message this one is about: it must be of the same acquirer.
    pub(super) fn original(&self) -> Result<OriginalData, Refusal> {
        let original = OriginalData::named_by(self.message)
            .map_err(|error| Refusal::FORMAT.in_field(error.number))?;
        if original.acquirer != self.id.acquirer {
            return Err(Refusal::UNKNOWN_ORIGINAL.in_field(n::ORIGINAL_DATA));
        }
        Ok(original)
    }
}

/// The purchase that a message says it belongs to.
pub(super) fn xid_of(message: &Message) -> Option<String> {
    PrivateData::of(message).ok()?.xid.map(hex::encode)
}
