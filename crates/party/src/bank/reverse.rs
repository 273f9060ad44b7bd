//! Reversals (`0400`, `0420`): cancel or reduce an authorization, sale or capture. Reversing
//! twice changes nothing. Reversing what never arrived leaves a tombstone, so that it is refused
//! when it arrives late.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use counterfoil_iso8583::original::replacement_amount;

use super::account;
use super::capture::check_purchase;
use super::ledger::{Transfer, transfer};
use super::link::{ANSWER_KEPT_DAYS, Done};
use super::payment;
use super::refusal::{Refusal, Stop};
use super::request::Request;
use super::transaction::{self, State, Transaction};
use crate::event::Event;
use crate::machine::Env;
use crate::records::{Records, RecordsError, Table};

pub(super) const TOMBSTONES_NAME: &str = "bank_tombstone";
const TOMBSTONES: Table<Tombstone> = Table::new(TOMBSTONES_NAME);

/// A message that was reversed before it arrived.
#[derive(Debug, Serialize, Deserialize)]
struct Tombstone {
    at: Timestamp,
}

/// Refuses what was reversed before it arrived.
pub(super) fn check_not_reversed(records: &dyn Records, key: &str) -> Result<(), Stop> {
    match TOMBSTONES.get(records, key.as_bytes())? {
        Some(_) => Err(Refusal::REVERSED_BEFORE.into()),
        None => Ok(()),
    }
}

/// Forgets a tombstone that no message can meet any more.
pub(super) fn forget_tombstone(records: &mut dyn Records, key: &[u8]) {
    TOMBSTONES.remove(records, key);
    TOMBSTONES.set_alarm(records, key, None);
}

/// Cancels or reduces the original.
pub(super) fn reverse(request: &Request<'_>, env: &mut Env<'_>) -> Result<Done, Stop> {
    let named = request.original()?;
    let key = named.key();
    let Some(original) = transaction::get(env.records, &key)? else {
        bury(&key, env);
        return Err(Refusal::UNKNOWN_ORIGINAL.into());
    };
    check_purchase(request, &original)?;
    if original.mti != named.mti.as_str() || original.amount_minor != request.amount_minor()? {
        return Err(Refusal::INCONSISTENT.into());
    }
    let remaining_minor = replacement_amount(request.message)
        .map_err(|error| Refusal::FORMAT.in_field(error.number))?
        .unwrap_or(0);
    let event = match original.state {
        State::Captured => return Err(Refusal::CAPTURED.into()),
        State::Refused | State::Reversed | State::Expired if remaining_minor > 0 => {
            return Err(Refusal::NOT_HELD.into());
        }
        State::Refused | State::Reversed | State::Expired => {
            original.told(Event::info("bank.reversal_repeated"), 0)
        }
        State::Held | State::Posted if remaining_minor > original.remaining_minor => {
            return Err(Refusal::ABOVE_ORIGINAL.into());
        }
        State::Held => let_go(&key, original, remaining_minor, env)?,
        State::Posted => give_back(&key, original, remaining_minor, request, env)?,
    };
    Ok(Done { approval: None, event })
}

fn bury(key: &str, env: &mut Env<'_>) {
    TOMBSTONES.put(env.records, key.as_bytes(), &Tombstone { at: env.now });
    let until = env.now.checked_add(SignedDuration::from_hours(24 * ANSWER_KEPT_DAYS));
    TOMBSTONES.set_alarm(env.records, key.as_bytes(), until.ok());
}

/// Reduces what an authorization holds.
fn let_go(
    key: &str,
    mut original: Transaction,
    remaining_minor: u64,
    env: &mut Env<'_>,
) -> Result<Event, RecordsError> {
    let released = original.remaining_minor - remaining_minor;
    transaction::release(env.records, &mut original, released)?;
    let is_whole = remaining_minor == 0 && original.captured_minor == 0;
    uncount(&original, released, is_whole, env.records)?;
    if remaining_minor == 0 {
        original.state = if is_whole { State::Reversed } else { State::Captured };
    }
    transaction::put(env.records, key, &original);
    Ok(original.told(Event::info("bank.hold_reversed"), released))
}

/// Moves money of a sale or capture back to the card.
fn give_back(
    key: &str,
    mut original: Transaction,
    remaining_minor: u64,
    request: &Request<'_>,
    env: &mut Env<'_>,
) -> Result<Event, RecordsError> {
    let returned = original.remaining_minor - remaining_minor;
    let (from, to) = (original.merchant_account(), original.card_account());
    if returned > 0 {
        let transaction = request.key();
        let moved =
            Transfer { from: &from, to: &to, amount_minor: returned, transaction: &transaction };
        transfer(env.records, env.now, &moved)?;
    }
    original.remaining_minor = remaining_minor;
    payment::change(env.records, &original, |payment| {
        payment.paid_minor -= returned;
        payment.returned_minor += returned;
    })?;
    if remaining_minor == 0 {
        original.state = State::Reversed;
    }
    transaction::put(env.records, key, &original);
    match original.original.clone() {
        None => uncount(&original, returned, remaining_minor == 0, env.records)?,
        Some(authorization) if remaining_minor == 0 => {
            hold_again(&authorization, &original, returned, env.records)?;
        }
        Some(_) => {}
    }
    Ok(original.told(Event::info("bank.posting_reversed"), returned))
}

/// The authorization of a capture that was cancelled whole holds again what it got back, unless
/// it was over by then.
fn hold_again(
    key: &str,
    capture: &Transaction,
    returned_minor: u64,
    records: &mut dyn Records,
) -> Result<(), RecordsError> {
    let Some(mut authorization) = transaction::get(records, key)? else {
        return Ok(());
    };
    authorization.captured_minor -= capture.amount_minor;
    if matches!(authorization.state, State::Held | State::Captured) && returned_minor > 0 {
        account::hold(records, &capture.card_account(), returned_minor)?;
        authorization.state = State::Held;
        authorization.remaining_minor += returned_minor;
        payment::change(records, &authorization, |payment| payment.held_minor += returned_minor)?;
    }
    transaction::put(records, key, &authorization);
    Ok(())
}

fn uncount(
    original: &Transaction,
    amount_minor: u64,
    is_whole: bool,
    records: &mut dyn Records,
) -> Result<(), RecordsError> {
    let id = original.card_account();
    let mut account = account::existing(records, &id)?;
    account.uncount(amount_minor, is_whole, original.at);
    account::put(records, &id, &account);
    Ok(())
}
