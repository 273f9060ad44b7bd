//! Amounts of money: ISO 4217 currency and minor units, exact, never a floating point number.

use std::fmt;

use iso_currency::Currency;
use serde::{Deserialize, Serialize};

use counterfoil_message::primitive::CurrencyAmount;
use counterfoil_secret::{Fault, Report};

/// Largest amount in minor units: twelve digits, what field 4 of ISO 8583 can carry.
pub const AMOUNT_MINOR_MAX: u64 = 999_999_999_999;

/// An amount in the minor units of a currency (cents for USD, none for JPY).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// ISO 4217 numeric code, 1 to 999.
    pub currency: u16,
    /// Minor units, at most [`AMOUNT_MINOR_MAX`].
    pub minor: u64,
}

/// Why a text or a pair of numbers is not an amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AmountError {
    /// The currency is not in ISO 4217.
    UnknownCurrency(String),
    /// ISO 4217 has the code, and it names no money: XXX (no currency) and XTS (for tests).
    NotMoney(&'static str),
    /// The number is not a decimal number of at most the currency's decimal places.
    Number(String),
    /// More than [`AMOUNT_MINOR_MAX`].
    TooLarge,
    /// Two amounts of different currencies met.
    CurrencyMismatch,
}

impl Amount {
    /// An amount of `minor` units.
    ///
    /// # Errors
    /// [`AmountError`] when the currency is unknown or the amount too large.
    pub fn new(currency: u16, minor: u64) -> Result<Self, AmountError> {
        entry(currency)?;
        if minor > AMOUNT_MINOR_MAX {
            return Err(AmountError::TooLarge);
        }
        Ok(Self { currency, minor })
    }

    /// Reads `49.99 USD` (or `USD 49.99`).
    ///
    /// # Errors
    /// [`AmountError`] naming what is wrong.
    pub fn parse(text: &str) -> Result<Self, AmountError> {
        let mut words = text.split_whitespace();
        let (Some(first), Some(second), None) = (words.next(), words.next(), words.next()) else {
            return Err(AmountError::Number(text.to_owned()));
        };
        let (number, code) = if first.starts_with(|c: char| c.is_alphabetic()) {
            (second, first)
        } else {
            (first, second)
        };
        let currency = Currency::from_code(&code.to_ascii_uppercase())
            .ok_or_else(|| AmountError::UnknownCurrency(code.to_owned()))?;
        Self::new(currency.numeric(), minor_units(number, exponent_of(currency))?)
    }

    /// How many decimal places the currency has.
    pub fn exponent(self) -> u8 {
        entry(self.currency).map_or(0, exponent_of)
    }

    /// The ISO 4217 letters of the currency.
    pub fn code(self) -> &'static str {
        entry(self.currency).map_or("XXX", |currency| currency.code())
    }

    /// The amount as SET writes it.
    ///
    /// # Errors
    /// [`AmountError::UnknownCurrency`] when the currency is not in ISO 4217.
    pub fn to_wire(self) -> Result<CurrencyAmount, AmountError> {
        let digits = i8::try_from(exponent_of(entry(self.currency)?)).unwrap_or(0);
        CurrencyAmount::minor(self.currency, self.minor, digits).map_err(|_| AmountError::TooLarge)
    }

    /// Reads an amount of a message; it must count the currency's own minor units.
    ///
    /// # Errors
    /// [`AmountError`] when the currency is unknown or the exponent is not the currency's.
    pub fn from_wire(wire: &CurrencyAmount) -> Result<Self, AmountError> {
        let amount = Self::new(wire.currency.get(), wire.amount.get())?;
        if amount.to_wire()?.amt_exp10 != wire.amt_exp10 {
            return Err(AmountError::Number(wire.to_string()));
        }
        Ok(amount)
    }

    /// Sum of two amounts of one currency.
    ///
    /// # Errors
    /// [`AmountError::CurrencyMismatch`] or [`AmountError::TooLarge`].
    pub fn plus(self, other: Self) -> Result<Self, AmountError> {
        if self.currency != other.currency {
            return Err(AmountError::CurrencyMismatch);
        }
        Self::new(self.currency, self.minor.saturating_add(other.minor))
    }
}

fn entry(currency: u16) -> Result<Currency, AmountError> {
    match Currency::from_numeric(currency) {
        Some(code @ (Currency::XXX | Currency::XTS)) => Err(AmountError::NotMoney(code.code())),
        Some(currency) => Ok(currency),
        None => Err(AmountError::UnknownCurrency(currency.to_string())),
    }
}

fn exponent_of(currency: Currency) -> u8 {
    u8::try_from(currency.exponent().unwrap_or(0)).unwrap_or(0)
}

fn minor_units(number: &str, exponent: u8) -> Result<u64, AmountError> {
    let wrong = || AmountError::Number(number.to_owned());
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let places = usize::from(exponent);
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > places {
        return Err(wrong());
    }
    if number.ends_with('.') || whole.len() + places > 18 {
        return Err(wrong());
    }
    format!("{whole}{fraction:0<places$}").parse().map_err(|_| wrong())
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = usize::from(self.exponent());
        if places == 0 {
            return write!(f, "{} {}", self.minor, self.code());
        }
        let scale = 10_u64.pow(u32::from(self.exponent()));
        write!(f, "{}.{:0places$} {}", self.minor / scale, self.minor % scale, self.code())
    }
}

impl fmt::Display for AmountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownCurrency(code) => write!(f, "'{code}' is not a currency of ISO 4217"),
            Self::NotMoney("XTS") => {
                f.write_str("currency XTS is for tests of ISO 4217, not money")
            }
            Self::NotMoney(code) => write!(f, "currency {code} says that there is no currency"),
            Self::Number(text) => write!(f, "'{text}' is not an amount"),
            Self::TooLarge => f.write_str("the amount has more than twelve digits"),
            Self::CurrencyMismatch => f.write_str("the two amounts have different currencies"),
        }
    }
}

impl std::error::Error for AmountError {}

impl Report for AmountError {
    fn id(&self) -> &'static str {
        match self {
            Self::UnknownCurrency(_) => "currency-unknown",
            Self::NotMoney(_) => "currency-not-money",
            Self::Number(_) => "amount-malformed",
            Self::TooLarge => "amount-too-large",
            Self::CurrencyMismatch => "currency-mismatch",
        }
    }

    fn hint(&self) -> String {
        "write a decimal number and the currency's letters, for example '49.99 USD'".into()
    }

    fn fault(&self) -> Fault {
        Fault::Malformed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let shown = match Amount::parse(text) {
            Ok(amount) => format!("{amount} = {}", amount.minor),
            Err(error) => error.to_string(),
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn reads_and_prints_amounts_with_the_decimal_places_of_their_currency() {
        check("49.99 USD", "49.99 USD = 4999");
        check("usd 49.9", "49.90 USD = 4990");
        check("500 JPY", "500 JPY = 500");
        check("1.234 KWD", "1.234 KWD = 1234");
        check("0 EUR", "0.00 EUR = 0");
    }

    #[test]
    fn refuses_what_is_no_amount() {
        check("49.999 USD", "'49.999' is not an amount");
        check("5.5 JPY", "'5.5' is not an amount");
        check("-1 USD", "'-1' is not an amount");
        check("49. USD", "'49.' is not an amount");
        check("49.99", "'49.99' is not an amount");
        check("1 XXX", "currency XXX says that there is no currency");
        check("1 XTS", "currency XTS is for tests of ISO 4217, not money");
        check("1 QQQ", "'QQQ' is not a currency of ISO 4217");
        check("9999999999999 JPY", "the amount has more than twelve digits");
    }

    #[test]
    fn codes_that_name_no_money_are_refused_by_number_and_in_messages() {
        for (number, code) in [(999, "XXX"), (963, "XTS")] {
            let refused = AmountError::NotMoney(code);
            assert_eq!(Amount::new(number, 1), Err(refused.clone()));
            let wire = CurrencyAmount::minor(number, 1, 0).unwrap();
            assert_eq!(Amount::from_wire(&wire), Err(refused.clone()));
            assert_eq!(refused.id(), "currency-not-money");
        }
        assert!(Amount::new(840, 1).is_ok());
    }

    #[test]
    fn amounts_of_two_currencies_do_not_add() {
        let dollars = Amount::parse("1 USD").unwrap();
        let euros = Amount::parse("1 EUR").unwrap();
        assert_eq!(dollars.plus(euros), Err(AmountError::CurrencyMismatch));
        assert_eq!(dollars.plus(dollars).unwrap().to_string(), "2.00 USD");
    }
}
