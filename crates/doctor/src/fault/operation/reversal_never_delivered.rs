//! The gateway takes a payment back, and the bank does not acknowledge it.
//!
//! The bank's answer did not come in time, so that the gateway told the merchant no and sends a
//! reversal until the bank settles it. As long as it does not, the cardholder's money may be held
//! or moved for nothing.
//!
//! ## How it shows
//!
//! `authorization.in_doubt` in the gateway's log with no `authorization.reversed` after it;
//! customers see a hold for an order that failed.
//!
//! ## How it is confirmed
//!
//! The gateway's own books have the reversal as sent twice or more and not acknowledged, long after
//! the bank's time-out.
//!
//! Whose it is: where the link to the bank stands, the bank takes messages and does not answer
//! them. Where it does not stand, that is another finding, and this follows from it.
//!
//! ## How it is repaired
//!
//! The gateway goes on sending by itself, and the bank takes the first that arrives. What keeps the
//! two apart is repaired; the bank is told which reversals it has not answered.
//!
//! ## How the repair is proved
//!
//! The gateway's books have the payment as reversed, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It loses every answer of the bank, makes a purchase, and leaves it so.

use jiff::SignedDuration;

use crate::fact::{
    Books, Facts, Link, Observation as _, Outcome, Payment, PaymentState, Role, Seen, State,
};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;

use super::views::{Views, age};

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "reversal-never-delivered",
    class: Class::Operation,
    title: "The gateway takes a payment back, and the bank does not acknowledge it.",
    source: include_str!("reversal_never_delivered.rs"),
    symptoms: &[
        "`authorization.in_doubt` with no `authorization.reversed` after it",
        "customers see a hold for an order that failed",
    ],
    explains: &["payment-in-doubt", "backlog-growing"],
    needs: &[Books::KIND],
    look,
    plan,
};

/// Age from which on a reversal counts, in seconds: longer than the bank has to answer twice.
const AGE_SECONDS_MIN: i64 = 30;
/// How often it was sent.
const SENT_MIN: u64 = 2;
/// How long the bank has, in hours.
const CLEAR_HOURS: i64 = 24;
/// Payments that are shown.
const SHOWN_MAX: usize = 3;

fn look(facts: &Facts) -> Vec<Case> {
    let views = Views::of(facts);
    views.with(Role::Gateway).filter_map(|gateway| judge(facts, gateway)).collect()
}

fn judge(facts: &Facts, gateway: &Seen<'_, Books>) -> Option<Case> {
    let late = |payment: &&Payment| {
        payment.state == PaymentState::Reversing
            && payment.tries >= SENT_MIN
            && age(facts.now(), payment.at).as_secs() >= AGE_SECONDS_MIN
    };
    let open: Vec<&Payment> = gateway.payments.iter().filter(late).collect();
    let first = open.first()?;
    let (name, count) = (gateway.party, open.len());
    let bank = facts.parties(Role::Bank).into_iter().next();
    let bank_name = bank.as_ref().map_or("bank", |bank| bank.party);
    let what = format!(
        "{bank_name} has not acknowledged {count} reversal{} of {name}, the oldest sent {} times",
        if count == 1 { "" } else { "s" },
        open.iter().map(|payment| payment.tries).max().unwrap_or_default()
    );
    let until = facts.now() + SignedDuration::from_hours(CLEAR_HOURS);
    let mut case = Case::confirmed(name, bank_name, Effect::WillStop(until), what)
        .with("reversing", count.to_string(), gateway.source)
        .touching([format!("party:{name}"), format!("link:{name}>{bank_name}")])
        .stopping([format!("{count} cardholder(s) whose money is held for nothing")]);
    for payment in open.iter().take(SHOWN_MAX) {
        let since = payment.at.map(|at| at.to_string()).unwrap_or_default();
        let words = format!("asked {since}, reversal sent {} times", payment.tries);
        case = case.with(&payment.xid, words, gateway.source);
    }
    let case = case.check_again(format!(
        "sqlite3 {} \"SELECT direction, message, at FROM journal WHERE xid='{}'\"",
        gateway.source, first.xid
    ));
    if takes_messages(facts, name) && bank.is_some_and(|bank| bank.state == State::Ready) {
        return Some(case);
    }
    let missing = "why the bank cannot be reached: that finding comes first".to_owned();
    Some(case.inconclusive(vec![missing]))
}

/// Does the link to the bank stand?
fn takes_messages(facts: &Facts, gateway: &str) -> bool {
    let links = facts.about::<Link>(gateway);
    links.iter().any(|link| {
        link.setting == "node.bank_link"
            && matches!(link.outcome, Outcome::Reached | Outcome::Plain)
    })
}

fn plan(_: &Facts, case: &Case) -> Vec<Step> {
    let text = "answer the gateway's reversals; it sends them until they are answered";
    vec![Step::advice(&case.owner, text)]
}
