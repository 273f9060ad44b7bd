//! Fields 90 and 95: which earlier message a capture or reversal is about, and by how much.

use crate::error::FieldError;
use crate::field::number::{ACQUIRER, ORIGINAL_DATA, REPLACEMENT_AMOUNTS, STAN, TRANSMISSION_TIME};
use crate::message::Message;
use crate::mti::Mti;

/// Most digits of an institution's identification (field 32).
pub const INSTITUTION_DIGITS_MAX: usize = 11;

/// What names a message between two institutions for as long as it matters (field 90, without
/// the forwarding institution, which this product leaves zero).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OriginalData {
    /// What the message was, as first sent.
    pub mti: Mti,
    /// Its field 11, six digits.
    pub stan: String,
    /// Its field 7, ten digits.
    pub transmission_time: String,
    /// Its field 32 without leading zeros.
    pub acquirer: String,
}

impl OriginalData {
    /// What names `message` itself.
    ///
    /// # Errors
    /// [`FieldError`] when fields 7, 11 or 32 are missing.
    pub fn of(message: &Message) -> Result<Self, FieldError> {
        let text = |number: u8| {
            message.text(number).ok_or(Message::meaning(number, "the field is missing"))
        };
        Ok(Self {
            mti: message.mti.first_sent(),
            stan: text(STAN)?.to_owned(),
            transmission_time: text(TRANSMISSION_TIME)?.to_owned(),
            acquirer: institution(text(ACQUIRER)?),
        })
    }

    /// Reads field 90 of `message`.
    ///
    /// # Errors
    /// [`FieldError`] when the field is missing or holds no message type.
    pub fn named_by(message: &Message) -> Result<Self, FieldError> {
        let wrong = |what| Message::meaning(ORIGINAL_DATA, what);
        let text = message.text(ORIGINAL_DATA).ok_or(wrong("the field is missing"))?;
        let (Some(mti), Some(stan), Some(time), Some(acquirer)) =
            (text.get(..4), text.get(4..10), text.get(10..20), text.get(20..31))
        else {
            return Err(wrong("it is shorter than 42 digits"));
        };
        let mti = Mti::parse(mti.as_bytes())
            .map_err(|_| wrong("it starts with no message type of 1987"))?;
        Ok(Self {
            mti: mti.first_sent(),
            stan: stan.to_owned(),
            transmission_time: time.to_owned(),
            acquirer: institution(acquirer),
        })
    }

    /// The 42 digits of field 90.
    pub fn field_text(&self) -> String {
        format!(
            "{}{:0>6}{:0>10}{:0>11}{:011}",
            self.mti, self.stan, self.transmission_time, self.acquirer, 0
        )
    }

    /// `stan/transmission time/acquirer`: the key under which both ends may keep the message.
    pub fn key(&self) -> String {
        format!("{}/{}/{}", self.acquirer, self.transmission_time, self.stan)
    }
}

/// An institution's identification without the zeros that fill field 90.
pub fn institution(digits: &str) -> String {
    digits.trim_start_matches('0').to_owned()
}

/// The text of field 95 for a transaction that shall be `amount_minor` in the end.
pub fn replacement_text(amount_minor: u64) -> String {
    format!("{amount_minor:012}{:012}C{:08}C{:08}", 0, 0, 0)
}

/// What the transaction shall be in the end, in minor units; none without field 95.
///
/// # Errors
/// [`FieldError`] when the field does not start with twelve digits.
pub fn replacement_amount(message: &Message) -> Result<Option<u64>, FieldError> {
    let Some(text) = message.text(REPLACEMENT_AMOUNTS) else { return Ok(None) };
    text.get(..12)
        .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
        .and_then(|digits| digits.parse().ok())
        .map(Some)
        .ok_or(Message::meaning(REPLACEMENT_AMOUNTS, "it does not start with twelve digits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_90_names_the_message_it_was_made_from() {
        let first = Message::new(Mti::parse(b"0101").unwrap())
            .with(STAN, "000042")
            .with(TRANSMISSION_TIME, "1123133741")
            .with(ACQUIRER, "400100");
        let original = OriginalData::of(&first).unwrap();
        let text = original.field_text();
        assert_eq!(text, "010000004211231337410000040010000000000000");
        let later = Message::new(Mti::REVERSAL).with(ORIGINAL_DATA, text);
        assert_eq!(OriginalData::named_by(&later), Ok(original));
    }

    #[test]
    fn field_95_carries_the_final_amount() {
        let text = replacement_text(1250);
        assert_eq!(text.len(), 42);
        let message = Message::new(Mti::REVERSAL).with(REPLACEMENT_AMOUNTS, text);
        assert_eq!(replacement_amount(&message), Ok(Some(1250)));
        let message = Message::new(Mti::REVERSAL).with(REPLACEMENT_AMOUNTS, "C".repeat(42));
        expect_test::expect![
            "field 95 (Replacement amounts) at offset 0: it does not start with twelve digits"
        ]
        .assert_eq(&replacement_amount(&message).unwrap_err().to_string());
    }
}
