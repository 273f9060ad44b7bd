//! Accounts: what they hold, what is held of it, and what a cardholder may do in a day.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::refusal::{Refusal, Stop};
use crate::records::{Records, RecordsError, Table};

pub(super) const ACCOUNTS: Table<Account> = Table::new("bank_account");

/// Names an account. Its text is the record's key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccountId {
    /// A card's, by the keyed hash of its number.
    Card {
        /// Keyed hash in hexadecimal.
        card: String,
        /// ISO 4217 numeric code.
        currency: u16,
    },
    /// A merchant's, where its settlement gathers.
    Merchant {
        /// The merchant's number.
        merchant: String,
        /// ISO 4217 numeric code.
        currency: u16,
    },
    /// Where deposits come from.
    Suspense {
        /// ISO 4217 numeric code.
        currency: u16,
    },
}

impl AccountId {
    /// ISO 4217 numeric code.
    pub fn currency(&self) -> u16 {
        match self {
            Self::Card { currency, .. }
            | Self::Merchant { currency, .. }
            | Self::Suspense { currency } => *currency,
        }
    }

    /// Kind of account: `card`, `merchant` or `suspense`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Card { .. } => "card",
            Self::Merchant { .. } => "merchant",
            Self::Suspense { .. } => "suspense",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once('/')?;
        if kind == "suspense" {
            return Some(Self::Suspense { currency: rest.parse().ok()? });
        }
        let (owner, currency) = rest.rsplit_once('/')?;
        let (owner, currency) = (owner.to_owned(), currency.parse().ok()?);
        match kind {
            "card" => Some(Self::Card { card: owner, currency }),
            "merchant" => Some(Self::Merchant { merchant: owner, currency }),
            _ => None,
        }
    }

    /// Reads the key of a record.
    ///
    /// # Errors
    /// [`RecordsError`] when this bank did not write it.
    pub(super) fn of_key(key: &[u8]) -> Result<Self, RecordsError> {
        std::str::from_utf8(key).ok().and_then(Self::parse).ok_or_else(|| RecordsError {
            attempt: "read the name of an account".into(),
            cause: "it is not one of the bank's".into(),
        })
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Card { card, currency } => write!(f, "card/{card}/{currency:03}"),
            Self::Merchant { merchant, currency } => {
                write!(f, "merchant/{merchant}/{currency:03}")
            }
            Self::Suspense { currency } => write!(f, "suspense/{currency:03}"),
        }
    }
}

/// What a cardholder may do. Amounts in minor units of the account's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Terms {
    /// How far the account may go below zero.
    pub credit_limit_minor: u64,
    /// Most for one transaction.
    #[serde(default)]
    pub transaction_minor_max: Option<u64>,
    /// Most for one day in UTC.
    #[serde(default)]
    pub day_minor_max: Option<u64>,
    /// Most transactions for one day in UTC.
    #[serde(default)]
    pub day_transactions_max: Option<u32>,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Account {
    /// Masked card number, merchant's number, or `suspense`.
    pub(super) holder: String,
    /// Sum of all postings: positive is what the bank owes the holder.
    pub(super) balance_minor: i64,
    /// Sum of all holds.
    pub(super) held_minor: u64,
    #[serde(default)]
    pub(super) terms: Terms,
    #[serde(default)]
    pub(super) day: Day,
}

/// What was approved in a day.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Day {
    /// `YYYY-MM-DD` in UTC; empty before the first.
    pub(super) date: String,
    pub(super) approved_minor: u64,
    pub(super) transactions: u32,
}

impl Account {
    pub(super) fn new(holder: String, terms: Terms) -> Self {
        Self { holder, balance_minor: 0, held_minor: 0, terms, day: Day::default() }
    }

    /// What can still be spent: balance and credit, less what is held.
    pub(super) fn available_minor(&self) -> i128 {
        i128::from(self.balance_minor) + i128::from(self.terms.credit_limit_minor)
            - i128::from(self.held_minor)
    }

    /// Whether the terms and the funds allow one more transaction of `amount_minor`.
    pub(super) fn check(&self, amount_minor: u64, now: Timestamp) -> Result<(), Refusal> {
        let above = |most: Option<u64>, amount: u64| most.is_some_and(|most| amount > most);
        let today = self.today(now);
        if above(self.terms.transaction_minor_max, amount_minor) {
            return Err(Refusal::TRANSACTION_LIMIT);
        }
        if above(self.terms.day_minor_max, today.approved_minor.saturating_add(amount_minor)) {
            return Err(Refusal::DAY_LIMIT);
        }
        if self.terms.day_transactions_max.is_some_and(|most| today.transactions >= most) {
            return Err(Refusal::DAY_TRANSACTIONS);
        }
        if i128::from(amount_minor) > self.available_minor() {
            return Err(Refusal::FUNDS);
        }
        Ok(())
    }

    /// Counts an approval.
    pub(super) fn count(&mut self, amount_minor: u64, now: Timestamp) {
        let mut today = self.today(now);
        today.approved_minor = today.approved_minor.saturating_add(amount_minor);
        today.transactions = today.transactions.saturating_add(1);
        self.day = today;
    }

    /// Takes back what an approval of `approved_at` counted; a transaction that was cancelled
    /// whole counts no more.
    pub(super) fn uncount(&mut self, amount_minor: u64, whole: bool, approved_at: Timestamp) {
        if self.day.date != date_of(approved_at) {
            return;
        }
        self.day.approved_minor = self.day.approved_minor.saturating_sub(amount_minor);
        self.day.transactions = self.day.transactions.saturating_sub(u32::from(whole));
    }

    fn today(&self, now: Timestamp) -> Day {
        let date = date_of(now);
        if self.day.date == date { self.day.clone() } else { Day { date, ..Day::default() } }
    }
}

fn date_of(at: Timestamp) -> String {
    TimeZone::UTC.to_datetime(at).date().to_string()
}

/// The account of a card that must have one: the card may have none in this currency.
pub(super) fn of_card(
    records: &dyn Records,
    card: &str,
    currency: u16,
) -> Result<(AccountId, Account), Stop> {
    let id = AccountId::Card { card: card.to_owned(), currency };
    let account = ACCOUNTS.get(records, id.to_string().as_bytes())?;
    Ok((id, account.ok_or(Refusal::NO_ACCOUNT_IN_CURRENCY)?))
}

/// An account that holds or postings say is there.
pub(super) fn existing(records: &dyn Records, id: &AccountId) -> Result<Account, RecordsError> {
    ACCOUNTS.get(records, id.to_string().as_bytes())?.ok_or_else(|| RecordsError {
        attempt: format!("read account {id}"),
        cause: "it is gone".into(),
    })
}

pub(super) fn put(records: &mut dyn Records, id: &AccountId, account: &Account) {
    ACCOUNTS.put(records, id.to_string().as_bytes(), account);
}

/// Adds to what is held of an account.
pub(super) fn hold(
    records: &mut dyn Records,
    id: &AccountId,
    amount_minor: u64,
) -> Result<(), RecordsError> {
    let mut account = existing(records, id)?;
    account.held_minor = account.held_minor.saturating_add(amount_minor);
    put(records, id, &account);
    Ok(())
}

/// Takes from what is held of an account.
pub(super) fn release(
    records: &mut dyn Records,
    id: &AccountId,
    amount_minor: u64,
) -> Result<(), RecordsError> {
    let mut account = existing(records, id)?;
    account.held_minor =
        account.held_minor.checked_sub(amount_minor).ok_or_else(|| RecordsError {
            attempt: format!("release a hold of account {id}"),
            cause: "more would be released than is held".into(),
        })?;
    put(records, id, &account);
    Ok(())
}
