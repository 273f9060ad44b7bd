//! The ledger: every movement of money is a posting whose lines add up to nothing.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::account::{self, ACCOUNTS, Account, AccountId, Terms};
use crate::records::{Records, RecordsError, Table};

pub(super) const POSTINGS: Table<Posting> = Table::new("bank_posting");
const COUNTERS: Table<u64> = Table::new("bank_counter");
const POSTING_COUNTER: &[u8] = b"posting";

/// One movement of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Posting {
    pub(super) at: Timestamp,
    /// The transaction that it belongs to, or `deposit`.
    pub(super) transaction: String,
    pub(super) currency: u16,
    pub(super) lines: Vec<Line>,
}

/// What a posting does to one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) account: String,
    pub(super) amount_minor: i64,
}

/// Money on its way from one account to another of the same currency.
pub(super) struct Transfer<'a> {
    pub(super) from: &'a AccountId,
    pub(super) to: &'a AccountId,
    pub(super) amount_minor: u64,
    pub(super) transaction: &'a str,
}

/// Moves money and writes the posting. The receiving account is opened if it is a merchant's or
/// the suspense account.
pub(super) fn transfer(
    records: &mut dyn Records,
    at: Timestamp,
    transfer: &Transfer<'_>,
) -> Result<(), RecordsError> {
    let Transfer { from, to, amount_minor, transaction } = *transfer;
    let amount = i64::try_from(amount_minor).map_err(|_| out_of_range(from))?;
    let mut lines = Vec::with_capacity(2);
    for (id, amount_minor) in [(from, -amount), (to, amount)] {
        let mut account = opened(records, id)?;
        account.balance_minor =
            account.balance_minor.checked_add(amount_minor).ok_or_else(|| out_of_range(id))?;
        account::put(records, id, &account);
        lines.push(Line { account: id.to_string(), amount_minor });
    }
    let number = COUNTERS.get(records, POSTING_COUNTER)?.unwrap_or(0) + 1;
    COUNTERS.put(records, POSTING_COUNTER, &number);
    let transaction = transaction.to_owned();
    let posting = Posting { at, transaction, currency: from.currency(), lines };
    POSTINGS.put(records, &number.to_be_bytes(), &posting);
    Ok(())
}

fn opened(records: &dyn Records, id: &AccountId) -> Result<Account, RecordsError> {
    let holder = match id {
        AccountId::Card { .. } => return account::existing(records, id),
        AccountId::Merchant { merchant, .. } => merchant.clone(),
        AccountId::Suspense { .. } => "suspense".to_owned(),
    };
    let found = ACCOUNTS.get(records, id.to_string().as_bytes())?;
    Ok(found.unwrap_or_else(|| Account::new(holder, Terms::default())))
}

fn out_of_range(id: &AccountId) -> RecordsError {
    RecordsError {
        attempt: format!("post to account {id}"),
        cause: "the balance would be out of range".into(),
    }
}
