//! Amounts of money, ratios between them, and rates of exchange.

use super::leaf::number;
use crate::codec::table::sequence;

/// What a [`Ratio`] of one is written as.
pub const RATIO_ONE: u64 = 1_000_000_000;

number! {
    /// ISO 4217 numeric code.
    Currency "Currency" u16 1 999
}

number! {
    /// Units of `10^amtExp10` of a currency; twelve digits as in ISO 8583 field 4.
    Amount "Amount" u64 0 999_999_999_999
}

impl Amount {
    /// Nothing at all.
    pub const ZERO: Self = Self(0);

    /// The sum, unless it is out of bounds.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).and_then(|sum| Self::new(sum).ok())
    }

    /// The difference, unless it is negative.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }
}

number! {
    /// Power of ten that an amount counts; -2 for cents.
    AmountExponent "AmtExp10" i8 -9 9
}

number! {
    /// A part of a whole in parts per 1,000,000,000; a thousandfold at most.
    ///
    /// SET 1.0 has a `REAL` here, which has many spellings of one value.
    Ratio "Ratio" u64 0 1_000_000_000_000
}

impl Ratio {
    /// The whole.
    pub const ONE: Self = Self(RATIO_ONE);

    /// `part` divided by `whole`, rounded half up.
    ///
    /// `None` when the ratio means nothing: the whole is zero, the currencies differ, or the
    /// result is out of bounds.
    pub fn of(part: &CurrencyAmount, whole: &CurrencyAmount) -> Option<Self> {
        let same = part.currency == whole.currency && part.amt_exp10 == whole.amt_exp10;
        if !same || whole.amount.get() == 0 {
            return None;
        }
        let whole = u128::from(whole.amount.get());
        let scaled = u128::from(part.amount.get()) * u128::from(RATIO_ONE);
        let ratio = u64::try_from((scaled + whole / 2) / whole).ok()?;
        Self::new(ratio).ok()
    }

    /// This part of `whole`, rounded half up; `None` when out of bounds.
    pub fn part_of(self, whole: &CurrencyAmount) -> Option<CurrencyAmount> {
        let one = u128::from(RATIO_ONE);
        let scaled = u128::from(whole.amount.get()) * u128::from(self.0);
        let part = u64::try_from((scaled + one / 2) / one).ok()?;
        Some(CurrencyAmount { amount: Amount::new(part).ok()?, ..*whole })
    }
}

sequence! {
    /// An amount of money: `amount * 10^amtExp10` of `currency`.
    CurrencyAmount "CurrencyAmount" {
        /// ISO 4217 numeric code.
        currency: Currency = "currency",
        /// Units of the power of ten that follows.
        amount: Amount = "amount",
        /// Power of ten.
        amt_exp10: AmountExponent = "amtExp10",
    }
}

impl Copy for CurrencyAmount {}

impl CurrencyAmount {
    /// An amount from plain numbers: ISO 4217 numeric code, minor units, and how many decimal
    /// digits the currency has.
    ///
    /// # Errors
    /// [`ValueError`](super::ValueError) naming the part that is out of bounds.
    pub fn minor(currency: u16, amount: u64, digits: i8) -> Result<Self, super::ValueError> {
        Ok(Self {
            currency: Currency::new(currency)?,
            amount: Amount::new(amount)?,
            amt_exp10: AmountExponent::new(digits.saturating_neg())?,
        })
    }

    /// The same currency and unit, another amount.
    pub fn with_amount(&self, amount: Amount) -> Self {
        Self { amount, ..*self }
    }

    /// Do both count the same unit, so that their amounts can be compared?
    pub fn same_unit(&self, other: &Self) -> bool {
        self.currency == other.currency && self.amt_exp10 == other.amt_exp10
    }
}

/// The amount as a decimal number and the numeric currency code: `12.50 (978)`.
impl std::fmt::Display for CurrencyAmount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let exponent = self.amt_exp10.get();
        let amount = self.amount.get();
        if exponent >= 0 {
            let zeros = usize::from(exponent.unsigned_abs());
            return write!(f, "{amount}{:0<zeros$} ({})", "", self.currency);
        }
        let digits = u32::from(exponent.unsigned_abs());
        let unit = 10_u64.pow(digits);
        let width = usize::from(exponent.unsigned_abs());
        write!(f, "{}.{:0width$} ({})", amount / unit, amount % unit, self.currency)
    }
}

sequence! {
    /// A rate of exchange: `mantissa * 10^exponent`.
    ConversionRate "ConversionRate" {
        /// Significant digits of the rate.
        mantissa: Amount = "mantissa",
        /// Power of ten.
        exponent: AmountExponent = "exponent",
    }
}

impl Copy for ConversionRate {}

#[cfg(test)]
mod tests {
    use super::*;

    fn euros(cents: u64) -> CurrencyAmount {
        CurrencyAmount::minor(978, cents, 2).unwrap()
    }

    #[test]
    fn a_ratio_gives_back_the_part_it_was_made_of() {
        for (part, whole) in [(1, 3), (0, 5), (999_999, 1_000_000), (7, 7), (1234, 98_765)] {
            let ratio = Ratio::of(&euros(part), &euros(whole)).unwrap();
            assert_eq!(ratio.part_of(&euros(whole)), Some(euros(part)), "{part}/{whole}");
        }
    }

    #[test]
    fn a_ratio_of_nothing_or_of_another_currency_means_nothing() {
        let dollars = CurrencyAmount::minor(840, 5, 2).unwrap();
        assert_eq!(Ratio::of(&euros(5), &euros(0)), None);
        assert_eq!(Ratio::of(&dollars, &euros(5)), None);
        assert_eq!(Ratio::of(&euros(999_999_999_999), &euros(1)), None);
    }

    #[test]
    fn amounts_print_with_their_decimal_digits() {
        assert_eq!(euros(1205).to_string(), "12.05 (978)");
        assert_eq!(CurrencyAmount::minor(392, 300, 0).unwrap().to_string(), "300 (392)");
        assert_eq!(CurrencyAmount::minor(978, 3, -2).unwrap().to_string(), "300 (978)");
    }
}
