//! The books: what reconciliation reads, and the rules that they must always keep.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::account::{ACCOUNTS, AccountId};
use super::ledger::POSTINGS;
use super::payment::{self, PAYMENTS, Payment};
use super::transaction::{State, TRANSACTIONS, Transaction};
use crate::records::{Records, RecordsError, Table};

/// Most payments in one page of the books.
pub const PAYMENTS_PER_PAGE_MAX: usize = 10_000;
const ROWS_PER_SCAN: usize = 1000;

/// One page of the books. Holds masked card numbers and keyed hashes only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Books {
    /// Every account, in order of kind; on the first page only.
    pub accounts: Vec<AccountLine>,
    /// Payments in order of their XID.
    pub payments: Vec<PaymentLine>,
    /// What to give as `after` for the next page; none on the last.
    pub next_after: Option<String>,
}

/// One account. Amounts in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountLine {
    /// `card/<keyed hash>/<currency>`, `merchant/<number>/<currency>` or `suspense/<currency>`.
    pub account: String,
    /// `card`, `merchant` or `suspense`.
    pub kind: String,
    /// Masked card number, merchant's number, or `suspense`.
    pub holder: String,
    /// ISO 4217 numeric code.
    pub currency: u16,
    /// Sum of all postings; positive is what the bank owes the holder.
    pub balance_minor: i64,
    /// Sum of all holds.
    pub held_minor: u64,
    /// How far the account may go below zero.
    pub credit_limit_minor: u64,
}

/// What all transactions of one purchase come to. Amounts in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentLine {
    /// Hexadecimal XID.
    pub xid: String,
    /// ISO 4217 numeric code.
    pub currency: u16,
    /// Approved by authorizations and sales, whatever became of it.
    pub approved_minor: u64,
    /// Held now.
    pub held_minor: u64,
    /// Moved to the merchant and not back.
    pub paid_minor: u64,
    /// Moved to the merchant and back again.
    pub returned_minor: u64,
}

/// Sums over the whole bank, per currency.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Totals {
    /// By ISO 4217 numeric code.
    pub currencies: BTreeMap<u16, CurrencyTotals>,
    /// How many postings there are.
    pub postings: u64,
}

/// Sums of one currency, in minor units. The three balances add up to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CurrencyTotals {
    /// Balances of all cards.
    pub cards_minor: i64,
    /// Balances of all merchants.
    pub merchants_minor: i64,
    /// Balance of the suspense account: what was deposited, negative.
    pub suspense_minor: i64,
    /// Holds of all cards.
    pub held_minor: u64,
}

/// Reads one page of the books.
pub(super) fn read(
    records: &dyn Records,
    after: Option<&str>,
    limit: usize,
) -> Result<Books, RecordsError> {
    let mut accounts = Vec::new();
    if after.is_none() {
        each(&ACCOUNTS, records, |key, account| {
            let id = AccountId::of_key(key)?;
            accounts.push(AccountLine {
                account: id.to_string(),
                kind: id.kind().to_owned(),
                holder: account.holder,
                currency: id.currency(),
                balance_minor: account.balance_minor,
                held_minor: account.held_minor,
                credit_limit_minor: account.terms.credit_limit_minor,
            });
            Ok(())
        })?;
    }
    let limit = limit.clamp(1, PAYMENTS_PER_PAGE_MAX);
    let rows = PAYMENTS.scan(records, b"", after.map(str::as_bytes), limit)?;
    let last = rows.last().filter(|_| rows.len() == limit);
    let next_after = last.map(|(key, _)| String::from_utf8_lossy(key).into_owned());
    let payments = rows.iter().map(|(key, payment)| payment_line(key, payment));
    Ok(Books { accounts, payments: payments.collect::<Result<_, _>>()?, next_after })
}

fn payment_line(key: &[u8], payment: &Payment) -> Result<PaymentLine, RecordsError> {
    let text = String::from_utf8_lossy(key);
    let (xid, currency) = text
        .split_once('/')
        .and_then(|(xid, currency)| Some((xid.to_owned(), currency.parse().ok()?)))
        .ok_or_else(|| RecordsError {
            attempt: "read the name of a payment".into(),
            cause: "it is not one of the bank's".into(),
        })?;
    let Payment { approved_minor, held_minor, paid_minor, returned_minor } = *payment;
    Ok(PaymentLine { xid, currency, approved_minor, held_minor, paid_minor, returned_minor })
}

/// Checks everything that must always be so: postings add up to nothing, balances are the sums
/// of their postings, holds are the sums of what authorizations hold, no card is beyond its
/// funds, the captures of an authorization and what it still holds are never above it, and
/// payments are the sums of their transactions.
///
/// # Errors
/// A sentence naming the account, posting, transaction or payment that breaks a rule.
pub fn check_books(records: &dyn Records) -> Result<Totals, String> {
    let mut sums = Sums::default();
    let mut failures = Vec::new();
    let mut note = |checked: Result<(), String>| {
        failures.extend(checked.err());
        Ok(())
    };
    let scanned = each(&POSTINGS, records, |_, posting| note(sums.add_posting(&posting)))
        .and_then(|()| each(&TRANSACTIONS, records, |key, t| note(sums.add_transaction(key, &t))))
        .and_then(|()| each(&ACCOUNTS, records, |key, a| note(sums.check_account(key, &a))))
        .and_then(|()| each(&PAYMENTS, records, |key, p| note(sums.check_payment(key, &p))));
    scanned.map_err(|error| error.to_string())?;
    failures.extend(sums.check_rest().err());
    match failures.into_iter().next() {
        Some(failure) => Err(failure),
        None => Ok(sums.totals),
    }
}

#[derive(Default)]
struct Sums {
    totals: Totals,
    balances: BTreeMap<String, i64>,
    holds: BTreeMap<String, u64>,
    payments: BTreeMap<String, Payment>,
    /// Sum of the captures, by authorization.
    captured: BTreeMap<String, u64>,
    /// Of every authorization what it says is captured, and what may be at most.
    authorized: BTreeMap<String, (u64, u64)>,
}

impl Sums {
    fn add_posting(&mut self, posting: &super::ledger::Posting) -> Result<(), String> {
        self.totals.postings += 1;
        for line in &posting.lines {
            *self.balances.entry(line.account.clone()).or_default() += line.amount_minor;
        }
        let sum: i64 = posting.lines.iter().map(|line| line.amount_minor).sum();
        if sum != 0 || posting.lines.len() < 2 {
            return Err(format!("a posting of {} adds up to {sum}", posting.transaction));
        }
        Ok(())
    }

    fn add_transaction(&mut self, key: &[u8], transaction: &Transaction) -> Result<(), String> {
        let key = String::from_utf8_lossy(key).into_owned();
        let remaining = transaction.remaining_minor;
        let name = payment::key(&transaction.xid, transaction.currency);
        let payment = self.payments.entry(name).or_default();
        match transaction.state {
            State::Refused => {}
            State::Held if remaining == 0 => {
                return Err(format!("transaction {key} is held and holds nothing"));
            }
            State::Held => payment.held_minor += remaining,
            State::Posted => payment.paid_minor += remaining,
            State::Captured | State::Reversed | State::Expired if remaining == 0 => {}
            State::Captured | State::Reversed | State::Expired => {
                return Err(format!("transaction {key} is over and still has {remaining}"));
            }
        }
        if transaction.state != State::Refused {
            let captured_from = transaction.original.is_some();
            payment.approved_minor += if captured_from { 0 } else { transaction.amount_minor };
            if !transaction.is_authorization() {
                payment.returned_minor += transaction.amount_minor - remaining;
            }
        }
        if transaction.state == State::Held {
            *self.holds.entry(transaction.card_account().to_string()).or_default() += remaining;
        }
        if remaining > transaction.amount_minor {
            return Err(format!("transaction {key} has more than it was approved for"));
        }
        if transaction.is_authorization() && transaction.state != State::Refused {
            let at_most = transaction.amount_minor - remaining;
            self.authorized.insert(key, (transaction.captured_minor, at_most));
        }
        if let (State::Posted, Some(original)) = (transaction.state, &transaction.original) {
            *self.captured.entry(original.clone()).or_default() += transaction.amount_minor;
        }
        Ok(())
    }

    fn check_account(
        &mut self,
        key: &[u8],
        account: &super::account::Account,
    ) -> Result<(), String> {
        let id = AccountId::of_key(key).map_err(|error| error.to_string())?;
        let name = id.to_string();
        let totals = self.totals.currencies.entry(id.currency()).or_default();
        match id {
            AccountId::Card { .. } => totals.cards_minor += account.balance_minor,
            AccountId::Merchant { .. } => totals.merchants_minor += account.balance_minor,
            AccountId::Suspense { .. } => totals.suspense_minor += account.balance_minor,
        }
        totals.held_minor += account.held_minor;
        let posted = self.balances.remove(&name).unwrap_or_default();
        if posted != account.balance_minor {
            return Err(format!(
                "account {name} has {}, its postings {posted}",
                account.balance_minor
            ));
        }
        let held = self.holds.remove(&name).unwrap_or_default();
        if held != account.held_minor {
            return Err(format!(
                "account {name} holds {}, its authorizations {held}",
                account.held_minor
            ));
        }
        if matches!(id, AccountId::Card { .. }) && account.available_minor() < 0 {
            return Err(format!("account {name} is beyond its funds"));
        }
        Ok(())
    }

    fn check_payment(&mut self, key: &[u8], payment: &Payment) -> Result<(), String> {
        let key = String::from_utf8_lossy(key).into_owned();
        let summed = self.payments.remove(&key).unwrap_or_default();
        if summed != *payment {
            return Err(format!("payment {key} is {payment:?}, its transactions {summed:?}"));
        }
        if payment.paid_minor + payment.held_minor > payment.approved_minor {
            return Err(format!("payment {key} is above what was approved: {payment:?}"));
        }
        Ok(())
    }

    fn check_rest(&mut self) -> Result<(), String> {
        if let Some((account, _)) = self.balances.first_key_value() {
            return Err(format!("account {account} has postings and does not exist"));
        }
        if let Some((account, _)) = self.holds.first_key_value() {
            return Err(format!("account {account} has holds and does not exist"));
        }
        for (original, (said, at_most)) in &self.authorized {
            let captured = self.captured.remove(original).unwrap_or_default();
            if captured > *at_most {
                return Err(format!("authorization {original} is captured above its amount"));
            }
            if captured != *said {
                return Err(format!(
                    "authorization {original} says that {said} is captured, its captures {captured}"
                ));
            }
        }
        if let Some((original, _)) = self.captured.first_key_value() {
            return Err(format!("authorization {original} is captured and does not exist"));
        }
        let empty = Payment::default();
        if let Some((payment, _)) = self.payments.iter().find(|(_, summed)| **summed != empty) {
            return Err(format!("payment {payment} has transactions and no totals"));
        }
        for (currency, totals) in &self.totals.currencies {
            let sum = totals.cards_minor + totals.merchants_minor + totals.suspense_minor;
            if sum != 0 {
                return Err(format!("currency {currency:03} adds up to {sum}"));
            }
        }
        Ok(())
    }
}

/// Visits every record of a table, in key order.
fn each<V: Serialize + DeserializeOwned>(
    table: &Table<V>,
    records: &dyn Records,
    mut visit: impl FnMut(&[u8], V) -> Result<(), RecordsError>,
) -> Result<(), RecordsError> {
    let mut after: Option<Vec<u8>> = None;
    loop {
        let rows = table.scan(records, b"", after.as_deref(), ROWS_PER_SCAN)?;
        let Some((last, _)) = rows.last() else {
            return Ok(());
        };
        after = Some(last.clone());
        for (key, value) in rows {
            visit(&key, value)?;
        }
    }
}
