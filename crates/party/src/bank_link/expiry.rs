//! The month until whose end a card is valid.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use counterfoil_secret::{Fault, Report};

/// Year and month (SET writes `YYYYMM`, ISO 8583 `YYMM`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Expiry {
    year: i16,
    month: i8,
}

/// A text is no month of an expiry date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an expiry date is written YYYYMM or YYMM")]
pub struct ExpiryError;

impl Report for ExpiryError {
    fn id(&self) -> &'static str {
        "card-expiry-malformed"
    }

    fn hint(&self) -> String {
        "write the month until which the card is valid, for example 203112".into()
    }

    fn fault(&self) -> Fault {
        Fault::Malformed
    }
}

impl Expiry {
    /// Reads `YYYYMM` or `YYMM` (of this century).
    ///
    /// # Errors
    /// [`ExpiryError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, ExpiryError> {
        if !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(ExpiryError);
        }
        let (year, month) = match text.len() {
            4 => (format!("20{}", &text[..2]), &text[2..]),
            6 => (text[..4].to_owned(), &text[4..]),
            _ => return Err(ExpiryError),
        };
        let year = year.parse().map_err(|_| ExpiryError)?;
        let month = month.parse().map_err(|_| ExpiryError)?;
        if !(1..=12).contains(&month) {
            return Err(ExpiryError);
        }
        Ok(Self { year, month })
    }

    /// `YYMM`, as field 14 has it.
    pub fn field_text(self) -> String {
        format!("{:02}{:02}", self.year % 100, self.month)
    }

    /// Whether the month is over, in UTC.
    pub fn is_past(self, now: Timestamp) -> bool {
        let today = TimeZone::UTC.to_datetime(now);
        (today.year(), today.month()) > (self.year, self.month)
    }
}

impl fmt::Display for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}{:02}", self.year, self.month)
    }
}

impl TryFrom<String> for Expiry {
    type Error = ExpiryError;

    fn try_from(text: String) -> Result<Self, ExpiryError> {
        Self::parse(&text)
    }
}

impl From<Expiry> for String {
    fn from(expiry: Expiry) -> Self {
        expiry.to_string()
    }
}
