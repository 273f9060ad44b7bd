//! Authorizations (`0100`, and `0120` that was approved elsewhere first) and sales (`0200`): the
//! rules of the card, the account and the merchant, in this order.

use counterfoil_iso8583::Mti;
use counterfoil_iso8583::field::number as n;

use super::account::{self, Account, AccountId};
use super::card::CARDS;
use super::config::Setup;
use super::ledger::{Transfer, transfer};
use super::link::Done;
use super::refusal::{Refusal, Stop, settle};
use super::request::Request;
use super::reverse;
use super::transaction::{self, State, Transaction};
use super::{merchant, payment};
use crate::bank_link::{Expiry, PROCESSING_PURCHASE};
use crate::event::Event;
use crate::machine::Env;

/// Holds or moves the amount, or refuses; a refusal is kept too, so that reversing it is known
/// to have nothing to do.
pub(super) fn authorize(
    setup: &Setup,
    request: &Request<'_>,
    env: &mut Env<'_>,
) -> Result<Done, Stop> {
    reverse::check_not_reversed(env.records, &request.key())?;
    let mut transaction = read(setup, request, env)?;
    match settle(judge(setup, request, &transaction, env))? {
        Ok((id, account)) => {
            let approval = format!("{:06}", env.rng.next_u32() % 1_000_000);
            transaction.approval = Some(approval.clone());
            let event = approve(setup, &request.key(), transaction, id, account, env)?;
            Ok(Done { approval: Some(approval), event })
        }
        Err(refusal) => {
            transaction::put(env.records, &request.key(), &transaction);
            Err(refusal.into())
        }
    }
}

/// The transaction that the request asks for, not yet approved.
fn read(setup: &Setup, request: &Request<'_>, env: &Env<'_>) -> Result<Transaction, Stop> {
    if request.text(n::PROCESSING_CODE)? != PROCESSING_PURCHASE {
        return Err(Refusal::NOT_SUPPORTED.in_field(n::PROCESSING_CODE).into());
    }
    let pan = request.message.pan().map_err(|_| Refusal::UNKNOWN_CARD.in_field(n::PAN))?;
    let pan = pan.ok_or(Refusal::FORMAT.in_field(n::PAN))?;
    request.text(n::TERMINAL)?;
    request.text(n::EXPIRY)?;
    let amount_minor = request.amount_minor()?;
    Ok(Transaction {
        mti: request.id.mti.to_string(),
        state: State::Refused,
        xid: request.xid()?.to_owned(),
        card: setup.card_key(&pan),
        merchant: request.text(n::MERCHANT)?.to_owned(),
        currency: request.currency()?,
        amount_minor,
        remaining_minor: 0,
        captured_minor: 0,
        at: env.now,
        retrieval_reference: request.text(n::RRN)?.to_owned(),
        approval: None,
        hold_until: None,
        original: None,
    })
}

fn judge(
    setup: &Setup,
    request: &Request<'_>,
    transaction: &Transaction,
    env: &Env<'_>,
) -> Result<(AccountId, Account), Stop> {
    let Transaction { merchant, card, currency, amount_minor, .. } = transaction;
    merchant::check(setup, env.records, merchant, request.text(n::TERMINAL)?)?;
    if !setup.currencies.contains(currency) {
        return Err(Refusal::CURRENCY.into());
    }
    if *amount_minor == 0 {
        return Err(Refusal::AMOUNT.into());
    }
    let found = CARDS.get(env.records, card.as_bytes())?.ok_or(Refusal::UNKNOWN_CARD)?;
    let given = Expiry::parse(request.text(n::EXPIRY)?).map_err(|_| Refusal::WRONG_EXPIRY)?;
    found.check(given, env.now)?;
    let (id, account) = account::of_card(env.records, card, *currency)?;
    account.check(*amount_minor, env.now)?;
    Ok((id, account))
}

fn approve(
    setup: &Setup,
    key: &str,
    mut transaction: Transaction,
    id: AccountId,
    mut account: Account,
    env: &mut Env<'_>,
) -> Result<Event, Stop> {
    let amount_minor = transaction.amount_minor;
    let is_sale = transaction.mti == Mti::FINANCIAL.as_str();
    account.count(amount_minor, env.now);
    account::put(env.records, &id, &account);
    transaction.remaining_minor = amount_minor;
    let event = if is_sale {
        transaction.state = State::Posted;
        let to = transaction.merchant_account();
        let moved = Transfer { from: &id, to: &to, amount_minor, transaction: key };
        transfer(env.records, env.now, &moved)?;
        Event::info("bank.sale_posted")
    } else {
        transaction.state = State::Held;
        transaction.hold_until = env.now.checked_add(setup.hold).ok();
        account::hold(env.records, &id, amount_minor)?;
        Event::info("bank.hold_placed")
    };
    transaction::put(env.records, key, &transaction);
    payment::change(env.records, &transaction, |payment| {
        payment.approved_minor += amount_minor;
        if is_sale {
            payment.paid_minor += amount_minor;
        } else {
            payment.held_minor += amount_minor;
        }
    })?;
    Ok(transaction.told(event, amount_minor))
}
