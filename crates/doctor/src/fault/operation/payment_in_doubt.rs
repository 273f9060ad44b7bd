//! An answer about money was lost, and a party does not know whether a payment was made.
//!
//! A party asks again by itself until it gives up. Then the payment is in doubt: one side may have
//! the money while the other still offers the order for payment. Asking again is safe, because
//! the same octets get the stored answer and cause nothing twice.
//!
//! ## How it shows
//!
//! `order list` says `undecided`; the wallet says that nobody has answered; the log has
//! `purchase.undecided`, `capture.undecided` or `gateway.silent`.
//!
//! ## How it is confirmed
//!
//! The party's own books say that it has given up waiting for an answer, or has waited for many
//! minutes. The books of the party that was asked say, for the same XID, whether the answer exists
//! and was lost, or whether the question never came.
//!
//! ## How it is repaired
//!
//! The question is asked again, signed and unchanged (`counterfoil order retry`). Where the gateway
//! knows the purchase that can only bring its answer, and is done at once. Where it does not, it
//! would authorize now, which somebody has to approve. A wallet asks with `counterfoil wallet
//! inquire`, which needs its owner's passphrase.
//!
//! ## How the repair is proved
//!
//! Both parties' books say the same of the purchase, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It has a merchant give up after one try, loses the gateway's answer during a purchase, and then
//! puts both right again.

use jiff::SignedDuration;

use crate::fact::{Books, Facts, Observation as _, Payment, PaymentState, Role, Seen};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;

use super::views::{View, Views, age};

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "payment-in-doubt",
    class: Class::Operation,
    title: "An answer about money was lost, and a party does not know whether a payment was made.",
    source: include_str!("payment_in_doubt.rs"),
    symptoms: &[
        "`order list` says `undecided`",
        "`purchase.undecided` in the merchant's log",
        "the wallet does not know whether it has paid",
    ],
    explains: &[],
    needs: &[Books::KIND],
    look,
    plan,
};

/// Waiting for longer than this is doubt, although the party still asks.
const WAITING_MINUTES_MAX: i64 = 10;
/// How long the parties have to clear it up, when the bank's hold does not say, in hours.
const CLEAR_HOURS: i64 = 48;
/// Payments that are shown, and that one plan resolves.
const SHOWN_MAX: usize = 3;
const RESOLVED_MAX: usize = 50;

fn look(facts: &Facts) -> Vec<Case> {
    let views = Views::of(facts);
    let holders = views.with(Role::Merchant).chain(views.with(Role::Wallet));
    holders.filter_map(|holder| judge(facts, &views, holder)).collect()
}

fn is_doubtful(facts: &Facts, payment: &Payment) -> bool {
    let waits_long = age(facts.now(), payment.at) >= SignedDuration::from_mins(WAITING_MINUTES_MAX);
    payment.state == PaymentState::InDoubt || (payment.state == PaymentState::Waiting && waits_long)
}

/// Who was asked.
fn asked(facts: &Facts, holder: &str) -> Role {
    match facts.party(holder).map(|party| party.role) {
        Some(Role::Wallet) => Role::Merchant,
        _ => Role::Gateway,
    }
}

fn doubtful<'v>(
    facts: &Facts,
    views: &'v Views<'_>,
    holder: &'v Seen<'_, Books>,
) -> Vec<(&'v Payment, View<'v>)> {
    let role = asked(facts, holder.party);
    let payments = holder.payments.iter().filter(|payment| is_doubtful(facts, payment));
    payments
        .map(|payment| (payment, views.at(role, &payment.xid)))
        // What the merchant itself does not know yet is the merchant's, not the wallet's.
        .filter(|(_, view)| {
            role != Role::Merchant || !matches!(view, View::Is(_, its) if !its.state.is_decided())
        })
        .collect()
}

fn judge(facts: &Facts, views: &Views<'_>, holder: &Seen<'_, Books>) -> Option<Case> {
    let doubtful = doubtful(facts, views, holder);
    let (first, view) = doubtful.first()?;
    let name = holder.party;
    let since = doubtful.iter().filter_map(|(payment, _)| payment.at).min();
    let until = doubtful.iter().filter_map(|(payment, _)| hold_until(views, payment)).min();
    let until = until.unwrap_or(facts.now() + SignedDuration::from_hours(CLEAR_HOURS));
    let (asked, link) = whom(facts, views, name, *view);
    let counts = doubtful.len();
    let what = format!(
        "{name} does not know what became of {counts} payment{}, {} says: {}",
        if counts == 1 { "" } else { "s" },
        asked,
        view.words(),
    );
    let mut case = Case::confirmed(name, owner(facts, name, *view), Effect::WillStop(until), what)
        .with("in_doubt", counts.to_string(), holder.source)
        .touching([format!("party:{name}"), format!("party:{asked}"), link])
        .stopping([format!("{counts} order(s) at {name} that are neither paid nor free")]);
    if let Some(since) = since {
        case = case.with("since", since.to_string(), holder.source);
    }
    for (payment, view) in doubtful.iter().take(SHOWN_MAX) {
        case = case.with(&payment.xid, format!("{asked}: {}", view.words()), holder.source);
    }
    let key = &first.xid;
    Some(case.check_again(format!(
        "sqlite3 {} \"SELECT value FROM record WHERE tbl='purchase' AND key=x'{key}'\"",
        holder.source
    )))
}

fn hold_until(views: &Views<'_>, payment: &Payment) -> Option<jiff::Timestamp> {
    match views.at(Role::Bank, &payment.xid) {
        View::Is(_, at_bank) => at_bank.hold_until,
        _ => None,
    }
}

/// The party that was asked, and the link between.
fn whom(facts: &Facts, views: &Views<'_>, holder: &str, view: View<'_>) -> (String, String) {
    let role = asked(facts, holder);
    let first = views.with(role).next().map(|seen| seen.party.to_owned());
    let asked = match view {
        View::Is(party, _) => party.to_owned(),
        _ => first.unwrap_or_else(|| "the party that was asked".into()),
    };
    let link = format!("link:{holder}>{asked}");
    (asked, link)
}

/// Who has to act: the bank while the gateway waits for it, else whoever does not know.
fn owner(facts: &Facts, holder: &str, view: View<'_>) -> String {
    let waits = matches!(
        view,
        View::Is(_, payment)
            if matches!(payment.state, PaymentState::Waiting | PaymentState::Reversing)
    );
    let bank = facts.parties(Role::Bank).into_iter().next();
    match bank {
        Some(bank) if waits && asked(facts, holder) == Role::Gateway => bank.party.to_owned(),
        _ => holder.to_owned(),
    }
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    let views = Views::of(facts);
    let all = views.with(Role::Merchant).chain(views.with(Role::Wallet));
    let Some(holder) = all.into_iter().find(|seen| seen.party == case.subject) else {
        return Vec::new();
    };
    let doubtful = doubtful(facts, &views, holder);
    doubtful
        .iter()
        .take(RESOLVED_MAX)
        .map(|(payment, view)| step(facts, holder, payment, *view))
        .collect()
}

fn step(facts: &Facts, holder: &Seen<'_, Books>, payment: &Payment, view: View<'_>) -> Step {
    let name = holder.party;
    if asked(facts, name) == Role::Merchant {
        let text = format!("run `counterfoil wallet inquire {}`", payment.xid);
        return Step::advice(name, text);
    }
    let Some(order) = &payment.order else {
        let text = format!("ask the gateway about purchase {}", payment.xid);
        return Step::advice(name, text);
    };
    match view {
        View::Is(_, its) if its.state.is_decided() => {
            let text = format!("ask for the answer about order {order} again");
            Step::automatic("resolve-in-doubt", name, text).with("order", order)
        }
        View::Is(..) => {
            let text = format!("wait: the gateway takes back what it asked for order {order}");
            Step::advice(name, text)
        }
        View::Absent | View::Unknown => {
            let text = format!("ask for order {order} again, which may authorize it now");
            Step::approved("resolve-in-doubt", name, text).with("order", order)
        }
    }
}
