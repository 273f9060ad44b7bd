//! Money is held for an order that nobody captures.
//!
//! The bank holds an authorized amount for some days and then gives it back to the cardholder. An
//! order that was shipped and not captured until then is not paid, and the customer's money was
//! out of reach for nothing.
//!
//! ## How it shows
//!
//! Orders stay `authorized`; customers ask why their money is held.
//!
//! ## How it is confirmed
//!
//! The bank's own books show the hold, with nothing captured of it and more than three quarters of
//! its time gone; the merchant's books have the payment as approved and not captured. A merchant
//! that captures at once, or a few days later, is not this.
//!
//! ## How it is repaired
//!
//! The merchant captures what it has shipped (`counterfoil order capture`) or gives it back. Which
//! of the two is the merchant's to say, so that the capture waits for approval.
//!
//! ## How the repair is proved
//!
//! The bank's books have nothing left of it among its holds, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It makes a purchase and sets the bank's record of the hold back by most of its time, as if
//! nobody had captured for days.

use jiff::Timestamp;

use crate::fact::{Books, Facts, Observation as _, Payment, PaymentState, Role, Seen};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;

use super::views::{View, Views};

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "authorization-never-captured",
    class: Class::Operation,
    title: "Money is held for an order that nobody captures.",
    source: include_str!("authorization_never_captured.rs"),
    symptoms: &["orders stay `authorized` for days", "customers ask why their money is held"],
    explains: &[],
    needs: &[Books::KIND],
    look,
    plan,
};

/// Payments that are shown, and that one plan captures.
const SHOWN_MAX: usize = 3;
const CAPTURED_MAX: usize = 50;

/// A hold that is nearly over, and the order that it is for.
struct Held<'v> {
    at_bank: &'v Payment,
    until: Timestamp,
    at_merchant: &'v Payment,
}

fn look(facts: &Facts) -> Vec<Case> {
    let views = Views::of(facts);
    let merchants = views.with(Role::Merchant);
    merchants
        .filter_map(|merchant| judge(facts, merchant, &held(facts, &views, merchant)))
        .collect()
}

fn held<'v>(facts: &Facts, views: &'v Views<'_>, merchant: &'v Seen<'_, Books>) -> Vec<Held<'v>> {
    let approved = merchant.payments.iter().filter(|payment| {
        payment.state == PaymentState::Approved && payment.captured_minor == 0 && !payment.is_moving
    });
    let mut held: Vec<Held<'v>> = approved
        .filter_map(|at_merchant| {
            let View::Is(_, at_bank) = views.at(Role::Bank, &at_merchant.xid) else { return None };
            let (from, until) = (at_bank.at?, at_bank.hold_until?);
            let quarters = until.duration_since(from).as_secs() * 3;
            let gone = facts.now().duration_since(from).as_secs() * 4;
            let is_late = at_bank.captured_minor == 0 && gone >= quarters && until > facts.now();
            is_late.then_some(Held { at_bank, until, at_merchant })
        })
        .collect();
    held.sort_by_key(|held| held.until);
    held
}

fn judge(_: &Facts, merchant: &Seen<'_, Books>, held: &[Held<'_>]) -> Option<Case> {
    let first = held.first()?;
    let (name, count) = (merchant.party, held.len());
    let what = format!(
        "{count} authorization{} of {name} {} not captured, and the first hold ends {}",
        if count == 1 { "" } else { "s" },
        if count == 1 { "is" } else { "are" },
        first.until
    );
    let mut case = Case::confirmed(name, name, Effect::WillStop(first.until), what)
        .with("held", count.to_string(), merchant.source)
        .touching(["party:bank"])
        .stopping([format!("the payment of {count} order(s) at {name}")]);
    for one in held.iter().take(SHOWN_MAX) {
        let Payment { authorized_minor, currency, at, .. } = one.at_bank;
        let since = at.map(|at| at.to_string()).unwrap_or_default();
        let words = format!(
            "{authorized_minor} minor units of {currency} held since {since} until {}",
            one.until
        );
        case = case.with(&one.at_bank.xid, words, "bank/state.sqlite");
    }
    let xid = &first.at_bank.xid;
    Some(case.check_again(format!(
        "sqlite3 bank/state.sqlite \"SELECT value FROM record WHERE tbl='bank_transaction' \
         AND json_extract(value, '$.xid') = '{xid}'\""
    )))
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    let views = Views::of(facts);
    let Some(merchant) = views.with(Role::Merchant).find(|seen| seen.party == case.subject) else {
        return Vec::new();
    };
    let orders = held(facts, &views, merchant);
    let orders = orders.iter().filter_map(|held| held.at_merchant.order.as_deref());
    orders
        .take(CAPTURED_MAX)
        .map(|order| {
            let text = format!("capture what is authorized for order {order}");
            Step::approved("capture-order", &case.owner, text).with("order", order)
        })
        .collect()
}
