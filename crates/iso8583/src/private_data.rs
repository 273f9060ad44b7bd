//! Field 48: what a SET gateway tells the bank beside the standard's fields, as a list of
//! two-character tag, three digits of length, and value.
//!
//! | tag | value |
//! |---|---|
//! | `XI` | XID, the purchase's id, 20 octets in hexadecimal |
//! | `TS` | TransStain, HMAC of the XID under the card's secret, 32 octets in hexadecimal |
//!
//! Host specifications of the SET years carried both, at their sizes of then.

use std::collections::BTreeMap;

use crate::error::FieldError;
use crate::field::number::PRIVATE_DATA;
use crate::message::Message;

/// Octets of an XID.
pub const XID_BYTES: usize = 20;
/// Octets of a TransStain.
pub const TRANS_STAIN_BYTES: usize = 32;

const TAG_XID: &str = "XI";
const TAG_TRANS_STAIN: &str = "TS";

/// What field 48 carries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PrivateData {
    /// Which purchase the message is about.
    pub xid: Option<[u8; XID_BYTES]>,
    /// What the card's secret makes of the XID.
    pub trans_stain: Option<[u8; TRANS_STAIN_BYTES]>,
    /// Values under tags that this product does not know, kept as they are.
    pub others: BTreeMap<String, String>,
}

impl PrivateData {
    /// Reads field 48; without the field, nothing is carried.
    ///
    /// # Errors
    /// [`FieldError`] when the list is cut short, a tag comes twice or a value has the wrong form.
    pub fn of(message: &Message) -> Result<Self, FieldError> {
        let wrong = |what| Message::meaning(PRIVATE_DATA, what);
        let mut rest = message.text(PRIVATE_DATA).unwrap_or_default();
        let mut values = BTreeMap::new();
        while !rest.is_empty() {
            let (tag, length) = rest
                .get(..2)
                .zip(rest.get(2..5))
                .filter(|(_, length)| length.bytes().all(|b| b.is_ascii_digit()))
                .ok_or(wrong("an entry does not start with a tag and three digits"))?;
            let length: usize =
                length.parse().map_err(|_| wrong("an entry's length is not a number"))?;
            let value = rest.get(5..5 + length).ok_or(wrong("an entry is cut short"))?;
            if values.insert(tag.to_owned(), value.to_owned()).is_some() {
                return Err(wrong("a tag comes twice"));
            }
            rest = &rest[5 + length..];
        }
        let mut take = |tag: &str| values.remove(tag);
        let xid = take(TAG_XID)
            .map(|value| octets(&value).ok_or(wrong("the XID is not 20 octets of hexadecimal")))
            .transpose()?;
        let trans_stain = take(TAG_TRANS_STAIN)
            .map(|v| octets(&v).ok_or(wrong("the TransStain is not 32 octets of hexadecimal")))
            .transpose()?;
        Ok(Self { xid, trans_stain, others: values })
    }

    /// The text of field 48.
    pub fn field_text(&self) -> String {
        let xid = self.xid.map(|xid| (TAG_XID, hexadecimal(&xid)));
        let trans_stain = self.trans_stain.map(|stain| (TAG_TRANS_STAIN, hexadecimal(&stain)));
        let others = self.others.iter().map(|(tag, value)| (tag.as_str(), value.clone()));
        xid.into_iter()
            .chain(trans_stain)
            .chain(others)
            .map(|(tag, value)| format!("{tag}{:03}{value}", value.len()))
            .collect()
    }
}

fn hexadecimal(octets: &[u8]) -> String {
    let digit = |nibble: u8| char::from(b"0123456789ABCDEF"[usize::from(nibble)]);
    octets.iter().flat_map(|octet| [digit(octet >> 4), digit(octet & 0xf)]).collect()
}

fn octets<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut octets = [0; N];
    for (place, octet) in octets.iter_mut().enumerate() {
        *octet = u8::from_str_radix(text.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(octets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mti::Mti;

    fn read(text: &str) -> Result<PrivateData, String> {
        let message = Message::new(Mti::AUTHORIZATION).with(PRIVATE_DATA, text);
        PrivateData::of(&message).map_err(|error| error.problem.to_string())
    }

    #[test]
    fn what_is_written_is_read_with_tags_of_others() {
        let data = PrivateData {
            xid: Some([7; XID_BYTES]),
            trans_stain: Some([0xAB; TRANS_STAIN_BYTES]),
            others: [("EC".to_owned(), "05".to_owned())].into(),
        };
        let text = data.field_text();
        assert!(text.starts_with("XI0400707"), "{text}");
        assert!(text.ends_with("EC00205"), "{text}");
        assert_eq!(read(&text), Ok(data));
        assert_eq!(read(""), Ok(PrivateData::default()));
    }

    #[test]
    fn broken_lists_are_refused_by_name() {
        let said = |text: &str| read(text).unwrap_err();
        assert_eq!(said("XI"), "an entry does not start with a tag and three digits");
        assert_eq!(said("XI+10aa"), "an entry does not start with a tag and three digits");
        assert_eq!(said("EC00305"), "an entry is cut short");
        assert_eq!(said("EC00205EC00205"), "a tag comes twice");
        assert_eq!(said("XI00200"), "the XID is not 20 octets of hexadecimal");
        assert_eq!(said("TS00200"), "the TransStain is not 32 octets of hexadecimal");
    }
}
