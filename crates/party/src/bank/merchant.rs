//! Merchants: those of the settings and those added by command.

use std::collections::BTreeSet;

use super::config::Setup;
use super::refusal::{Refusal, Stop};
use crate::records::{Records, Table};

pub(super) const MERCHANTS: Table<BTreeSet<String>> = Table::new("bank_merchant");

/// Whether a merchant and its terminal are known.
pub(super) fn check(
    setup: &Setup,
    records: &dyn Records,
    merchant: &str,
    terminal: &str,
) -> Result<(), Stop> {
    let added = MERCHANTS.get(records, merchant.as_bytes())?;
    let terminals =
        added.as_ref().or(setup.merchants.get(merchant)).ok_or(Refusal::UNKNOWN_MERCHANT)?;
    if !terminals.is_empty() && !terminals.contains(terminal) {
        return Err(Refusal::UNKNOWN_TERMINAL.into());
    }
    Ok(())
}
