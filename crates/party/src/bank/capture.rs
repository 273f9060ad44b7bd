//! Captures (`0220` with field 90): move at most what an authorization still holds. An
//! authorization may be captured in parts; what is left stays held until it is captured, reversed,
//! or its time is over.

use counterfoil_iso8583::field::number as n;

use super::ledger::{Transfer, transfer};
use super::link::Done;
use super::payment;
use super::refusal::{Refusal, Stop};
use super::request::Request;
use super::reverse;
use super::transaction::{self, State, Transaction};
use crate::bank_link::PROCESSING_PURCHASE;
use crate::event::Event;
use crate::machine::Env;
use crate::records::RecordsError;

/// Captures an authorization, or refuses and changes nothing.
pub(super) fn capture(request: &Request<'_>, env: &mut Env<'_>) -> Result<Done, Stop> {
    reverse::check_not_reversed(env.records, &request.key())?;
    if request.text(n::PROCESSING_CODE)? != PROCESSING_PURCHASE {
        return Err(Refusal::NOT_SUPPORTED.in_field(n::PROCESSING_CODE).into());
    }
    let original = request.original()?;
    let amount_minor = request.amount_minor()?;
    let authorization = transaction::get(env.records, &original.key())?
        .filter(|found| found.is_authorization() && found.mti == original.mti.as_str())
        .ok_or(Refusal::UNKNOWN_ORIGINAL)?;
    check_consistent(request, &authorization)?;
    if amount_minor == 0 {
        return Err(Refusal::AMOUNT.into());
    }
    match authorization.state {
        State::Held => {}
        State::Expired => return Err(Refusal::HOLD_EXPIRED.into()),
        State::Refused | State::Captured | State::Posted | State::Reversed => {
            return Err(Refusal::NOT_HELD.into());
        }
    }
    if authorization.hold_until.is_some_and(|until| until <= env.now) {
        return Err(Refusal::HOLD_EXPIRED.into());
    }
    if amount_minor > authorization.remaining_minor {
        return Err(Refusal::ABOVE_ORIGINAL.into());
    }
    let approval = authorization.approval.clone();
    let event = post(request, &original.key(), authorization, amount_minor, env)?;
    Ok(Done { approval, event })
}

/// Fields 37, 38, 42, 48 and 49 must be the authorization's.
fn check_consistent(request: &Request<'_>, authorization: &Transaction) -> Result<(), Refusal> {
    check_purchase(request, authorization)?;
    if Some(request.text(n::APPROVAL)?) != authorization.approval.as_deref() {
        return Err(Refusal::INCONSISTENT.in_field(n::APPROVAL));
    }
    Ok(())
}

/// Fields 37, 42, 48 and 49 must be the original's.
pub(super) fn check_purchase(request: &Request<'_>, original: &Transaction) -> Result<(), Refusal> {
    let differs = |number: u8| Err(Refusal::INCONSISTENT.in_field(number));
    if request.xid()? != original.xid {
        return differs(n::PRIVATE_DATA);
    }
    if request.text(n::MERCHANT)? != original.merchant {
        return differs(n::MERCHANT);
    }
    if request.currency()? != original.currency {
        return differs(n::CURRENCY);
    }
    if request.text(n::RRN)? != original.retrieval_reference {
        return differs(n::RRN);
    }
    Ok(())
}

fn post(
    request: &Request<'_>,
    original_key: &str,
    mut authorization: Transaction,
    amount_minor: u64,
    env: &mut Env<'_>,
) -> Result<Event, RecordsError> {
    let key = request.key();
    let captured = Transaction {
        mti: request.id.mti.to_string(),
        state: State::Posted,
        amount_minor,
        remaining_minor: amount_minor,
        captured_minor: 0,
        at: env.now,
        hold_until: None,
        original: Some(original_key.to_owned()),
        ..authorization.clone()
    };
    transaction::release(env.records, &mut authorization, amount_minor)?;
    authorization.captured_minor += amount_minor;
    if authorization.remaining_minor == 0 {
        authorization.state = State::Captured;
    }
    transaction::put(env.records, original_key, &authorization);
    transaction::put(env.records, &key, &captured);
    let (from, to) = (captured.card_account(), captured.merchant_account());
    let moved = Transfer { from: &from, to: &to, amount_minor, transaction: &key };
    transfer(env.records, env.now, &moved)?;
    payment::change(env.records, &captured, |payment| payment.paid_minor += amount_minor)?;
    Ok(captured.told(Event::info("bank.capture_posted"), amount_minor))
}
