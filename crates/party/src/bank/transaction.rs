//! Transactions: every authorization, sale and capture, and what became of it.
//!
//! ```text
//! authorization  Refused
//!                Held --capture of a part--> Held
//!                Held --capture of all that is left--> Captured
//!                Held, Captured --capture reversed--> Held
//!                Held --reversal--> Reversed, or Captured when a part was captured
//!                Held --time--> Expired
//! sale, capture  Refused (sale only)
//!                Posted --reversal--> Reversed
//! ```

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::account::{self, AccountId};
use super::payment;
use crate::event::Event;
use crate::records::{Records, RecordsError, Table};

pub(super) const TRANSACTIONS_NAME: &str = "bank_transaction";
pub(super) const TRANSACTIONS: Table<Transaction> = Table::new(TRANSACTIONS_NAME);

/// Where a transaction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// Never happened.
    Refused,
    /// An authorization holds `remaining_minor`.
    Held,
    /// An authorization was captured, in one or more parts; it holds nothing.
    Captured,
    /// A sale or capture has moved `remaining_minor` to the merchant.
    Posted,
    /// Cancelled whole.
    Reversed,
    /// What was left of an authorization was not captured in time.
    Expired,
}

/// A transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Transaction {
    /// `0100`, `0120`, `0200` or `0220`.
    pub(super) mti: String,
    pub(super) state: State,
    /// Hexadecimal XID.
    pub(super) xid: String,
    /// Keyed hash of the card number.
    pub(super) card: String,
    pub(super) merchant: String,
    pub(super) currency: u16,
    /// As asked for.
    pub(super) amount_minor: u64,
    /// What is held or posted now.
    pub(super) remaining_minor: u64,
    /// Of an authorization, the sum of its captures that were not cancelled.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub(super) captured_minor: u64,
    pub(super) at: Timestamp,
    pub(super) retrieval_reference: String,
    pub(super) approval: Option<String>,
    /// Until when an authorization holds.
    pub(super) hold_until: Option<Timestamp>,
    /// Of a capture, the authorization.
    pub(super) original: Option<String>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_nothing(minor: &u64) -> bool {
    *minor == 0
}

impl Transaction {
    pub(super) fn is_authorization(&self) -> bool {
        self.mti.starts_with("01")
    }

    pub(super) fn card_account(&self) -> AccountId {
        AccountId::Card { card: self.card.clone(), currency: self.currency }
    }

    pub(super) fn merchant_account(&self) -> AccountId {
        AccountId::Merchant { merchant: self.merchant.clone(), currency: self.currency }
    }

    /// An event about this transaction.
    pub(super) fn told(&self, event: Event, amount_minor: u64) -> Event {
        let mut event = event
            .with("amount_minor", amount_minor)
            .with("currency", self.currency)
            .with("merchant", self.merchant.as_str());
        event.xid = Some(self.xid.clone());
        event
    }
}

pub(super) fn get(records: &dyn Records, key: &str) -> Result<Option<Transaction>, RecordsError> {
    TRANSACTIONS.get(records, key.as_bytes())
}

pub(super) fn put(records: &mut dyn Records, key: &str, transaction: &Transaction) {
    TRANSACTIONS.put(records, key.as_bytes(), transaction);
    let held = transaction.state == State::Held;
    let alarm = transaction.hold_until.filter(|_| held);
    TRANSACTIONS.set_alarm(records, key.as_bytes(), alarm);
}

/// Lets go of `amount_minor` of what an authorization holds.
pub(super) fn release(
    records: &mut dyn Records,
    transaction: &mut Transaction,
    amount_minor: u64,
) -> Result<(), RecordsError> {
    account::release(records, &transaction.card_account(), amount_minor)?;
    transaction.remaining_minor -= amount_minor;
    payment::change(records, transaction, |payment| payment.held_minor -= amount_minor)
}

/// Handles the alarm of a hold whose time is over.
pub(super) fn expire(records: &mut dyn Records, key: &[u8]) -> Result<Option<Event>, RecordsError> {
    let found = TRANSACTIONS.get(records, key)?;
    let Some(mut transaction) = found.filter(|transaction| transaction.state == State::Held) else {
        TRANSACTIONS.set_alarm(records, key, None);
        return Ok(None);
    };
    let released = transaction.remaining_minor;
    release(records, &mut transaction, released)?;
    transaction.state = State::Expired;
    put(records, &String::from_utf8_lossy(key), &transaction);
    Ok(Some(transaction.told(Event::info("bank.hold_expired"), released)))
}
