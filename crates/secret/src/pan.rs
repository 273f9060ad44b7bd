//! The card number (primary account number, ISO/IEC 7812-1).

use std::fmt;

use zeroize::Zeroize;

use crate::report::{Fault, Report};

/// Fewest digits of a card number that this product accepts (ISO/IEC 7812-1 allows 8 to 19).
pub const PAN_DIGITS_MIN: usize = 8;
/// Most digits of a card number (ISO/IEC 7812-1).
pub const PAN_DIGITS_MAX: usize = 19;

/// A card number. Prints as first six and last four digits at most, and is wiped on drop.
#[derive(Clone, PartialEq, Eq)]
pub struct Pan(String);

/// Why a text is not a card number. Says nothing of the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PanError {
    /// Fewer than [`PAN_DIGITS_MIN`] or more than [`PAN_DIGITS_MAX`] digits.
    Length,
    /// Something other than the digits 0 to 9.
    NotDigits,
    /// The last digit is not the check digit of the others (ISO/IEC 7812-1 annex B).
    CheckDigit,
}

impl Pan {
    /// Reads a card number; spaces and hyphens between groups are accepted.
    ///
    /// # Errors
    /// [`PanError`] when the length, the digits or the check digit are wrong.
    pub fn parse(text: &str) -> Result<Self, PanError> {
        let mut digits: String =
            text.chars().filter(|c| !matches!(c, ' ' | '-')).take(PAN_DIGITS_MAX + 1).collect();
        let verdict = check(&digits);
        if let Err(error) = verdict {
            digits.zeroize();
            return Err(error);
        }
        Ok(Self(digits))
    }

    /// The digits. Every use of this call is a place to review.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The bank identification number: the first six digits, which are no secret.
    pub fn bin(&self) -> &str {
        &self.0[..6]
    }

    /// First six and last four digits, the rest as `*` (PCI DSS 3.4.1).
    pub fn masked(&self) -> String {
        mask(&self.0)
    }
}

/// Masks `digits` like [`Pan::masked`]; texts too short to hide anything in are masked whole.
pub fn mask(digits: &str) -> String {
    let count = digits.chars().count();
    if count < 13 {
        return "*".repeat(count);
    }
    digits
        .chars()
        .enumerate()
        .map(|(place, digit)| if place < 6 || place >= count - 4 { digit } else { '*' })
        .collect()
}

fn check(digits: &str) -> Result<(), PanError> {
    if digits.len() < PAN_DIGITS_MIN || digits.len() > PAN_DIGITS_MAX {
        return Err(PanError::Length);
    }
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(PanError::NotDigits);
    }
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0');
            match (place % 2, digit) {
                (0, digit) => digit,
                (_, digit) if digit > 4 => digit * 2 - 9,
                (_, digit) => digit * 2,
            }
        })
        .sum();
    if sum.is_multiple_of(10) { Ok(()) } else { Err(PanError::CheckDigit) }
}

impl Drop for Pan {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Pan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Display for Pan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Display for PanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "a card number has 8 to 19 digits",
            Self::NotDigits => "a card number consists of digits only",
            Self::CheckDigit => "the check digit of the card number is wrong",
        })
    }
}

impl std::error::Error for PanError {}

impl Report for PanError {
    fn id(&self) -> &'static str {
        match self {
            Self::Length => "pan-length",
            Self::NotDigits => "pan-not-digits",
            Self::CheckDigit => "pan-check-digit",
        }
    }

    fn hint(&self) -> String {
        "compare the number with the card; one digit may be missing, added or swapped".into()
    }

    fn fault(&self) -> Fault {
        Fault::Malformed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_a_grouped_number_and_prints_it_masked() {
        let pan = Pan::parse("4929 1234-1234 1232").unwrap();
        assert_eq!(pan.expose(), "4929123412341232");
        assert_eq!(format!("{pan} {pan:?}"), "492912******1232 492912******1232");
        assert_eq!(pan.bin(), "492912");
    }

    #[test]
    fn refuses_what_is_no_card_number() {
        assert_eq!(Pan::parse("4929").unwrap_err(), PanError::Length);
        assert_eq!(Pan::parse("49291234123412321234").unwrap_err(), PanError::Length);
        assert_eq!(Pan::parse("492912341234123x").unwrap_err(), PanError::NotDigits);
        assert_eq!(Pan::parse("4929123412341233").unwrap_err(), PanError::CheckDigit);
    }

    #[test]
    fn short_numbers_are_masked_whole() {
        assert_eq!(mask("123456789012"), "************");
    }
}
