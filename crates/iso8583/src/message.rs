//! A message apart from how it is written: a type and fields by number.

use std::collections::BTreeMap;
use std::fmt;

use counterfoil_secret::pan::mask;
use counterfoil_secret::{Pan, PanError, SecretBytes};

use crate::error::{FieldError, FieldProblem};
use crate::field::{self, Protection};
use crate::mti::Mti;

/// What a field holds.
#[derive(Clone)]
pub enum FieldValue {
    /// Digits or printable ASCII, without padding on the right.
    Text(String),
    /// Octets of a binary field.
    Octets(Vec<u8>),
    /// Text or octets that must not be shown: card number, track data, PIN block.
    Protected(SecretBytes),
}

impl FieldValue {
    /// The value as octets; text as its characters. For encoding and comparing only.
    pub(crate) fn expose(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Octets(octets) => octets,
            Self::Protected(secret) => secret.expose(),
        }
    }
}

impl PartialEq for FieldValue {
    fn eq(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
            && self.expose() == other.expose()
    }
}

impl Eq for FieldValue {}

impl fmt::Debug for FieldValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Octets(octets) => write!(f, "[{} octets]", octets.len()),
            Self::Protected(_) => f.write_str("[secret]"),
        }
    }
}

/// A message. Prints with card number masked and other protected fields hidden.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// What it is.
    pub mti: Mti,
    /// Its fields by number, 2 to 128. The bitmaps follow from them.
    pub fields: BTreeMap<u8, FieldValue>,
}

impl Message {
    /// A message without fields.
    pub fn new(mti: Mti) -> Self {
        Self { mti, fields: BTreeMap::new() }
    }

    /// Sets a field of text or digits. Fixed numeric fields may be given without leading zeros.
    #[must_use]
    pub fn with(mut self, number: u8, text: impl Into<String>) -> Self {
        self.set(number, text);
        self
    }

    /// Sets a field of text or digits. Fixed numeric fields may be given without leading zeros.
    pub fn set(&mut self, number: u8, text: impl Into<String>) {
        let text = text.into();
        let value = match field::standard(number).map(|field| field.protection) {
            None | Some(Protection::Open) => FieldValue::Text(text),
            Some(_) => FieldValue::Protected(text.into_bytes().into()),
        };
        self.fields.insert(number, value);
    }

    /// Sets field 2.
    #[must_use]
    pub fn with_pan(mut self, pan: &Pan) -> Self {
        let digits = pan.expose().as_bytes().to_vec();
        self.fields.insert(field::number::PAN, FieldValue::Protected(digits.into()));
        self
    }

    /// Sets a field to what `other` has there, if it has it.
    #[must_use]
    pub fn with_copied(mut self, other: &Self, numbers: &[u8]) -> Self {
        for number in numbers {
            if let Some(value) = other.fields.get(number) {
                self.fields.insert(*number, value.clone());
            }
        }
        self
    }

    /// The text of a field that may be shown; none when it is absent, binary or protected.
    pub fn text(&self, number: u8) -> Option<&str> {
        match self.fields.get(&number)? {
            FieldValue::Text(text) => Some(text),
            FieldValue::Octets(_) | FieldValue::Protected(_) => None,
        }
    }

    /// The octets of a binary field that may be shown.
    pub fn octets(&self, number: u8) -> Option<&[u8]> {
        match self.fields.get(&number)? {
            FieldValue::Octets(octets) => Some(octets),
            FieldValue::Text(_) | FieldValue::Protected(_) => None,
        }
    }

    /// A numeric field of at most 18 digits as a number.
    pub fn number(&self, number: u8) -> Option<u64> {
        let text = self.text(number)?;
        let fits = !text.is_empty() && text.len() <= 18;
        if fits && text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
    }

    /// Field 2 as a card number, when the field is there.
    ///
    /// # Errors
    /// [`PanError`] when the field's digits are no card number.
    pub fn pan(&self) -> Result<Option<Pan>, PanError> {
        let Some(value) = self.fields.get(&field::number::PAN) else { return Ok(None) };
        let digits = std::str::from_utf8(value.expose()).map_err(|_| PanError::NotDigits)?;
        Pan::parse(digits).map(Some)
    }

    /// Where the message authentication code belongs: field 128 when there is any field above
    /// 64, else field 64.
    pub fn mac_field(&self) -> u8 {
        use field::number::{MAC_PRIMARY, MAC_SECONDARY};
        match self.fields.last_key_value() {
            Some((number, _)) if *number > MAC_PRIMARY => MAC_SECONDARY,
            _ => MAC_PRIMARY,
        }
    }

    /// An error about a field of this message that has the wrong meaning.
    pub fn meaning(number: u8, what: &'static str) -> FieldError {
        FieldError { number, offset: 0, problem: FieldProblem::Meaning(what) }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.mti, self.mti.name())?;
        for (number, value) in &self.fields {
            write!(f, "\n{number:>5} {}: ", field::name(*number))?;
            match value {
                FieldValue::Text(text) => f.write_str(text)?,
                FieldValue::Octets(octets) => {
                    octets.iter().try_for_each(|octet| write!(f, "{octet:02X}"))?;
                }
                FieldValue::Protected(secret) if *number == field::number::PAN => {
                    f.write_str(&mask(&String::from_utf8_lossy(secret.expose())))?;
                }
                FieldValue::Protected(_) => f.write_str("[secret]")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
