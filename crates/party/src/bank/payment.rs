//! What all transactions of one purchase come to: the totals that other parties' books are
//! compared with.

use serde::{Deserialize, Serialize};

use super::transaction::Transaction;
use crate::records::{Records, RecordsError, Table};

pub(super) const PAYMENTS: Table<Payment> = Table::new("bank_payment");

/// Totals of one purchase in one currency, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Payment {
    /// Approved by authorizations and sales, whatever became of it.
    pub(super) approved_minor: u64,
    /// Held now.
    pub(super) held_minor: u64,
    /// Moved to the merchant and not back.
    pub(super) paid_minor: u64,
    /// Moved to the merchant and back again.
    pub(super) returned_minor: u64,
}

pub(super) fn key(xid: &str, currency: u16) -> String {
    format!("{xid}/{currency:03}")
}

/// Changes the totals of the purchase that a transaction belongs to.
pub(super) fn change(
    records: &mut dyn Records,
    transaction: &Transaction,
    change: impl FnOnce(&mut Payment),
) -> Result<(), RecordsError> {
    let key = key(&transaction.xid, transaction.currency);
    let mut payment = PAYMENTS.get(records, key.as_bytes())?.unwrap_or_default();
    change(&mut payment);
    PAYMENTS.put(records, key.as_bytes(), &payment);
    Ok(())
}
