//! Two parties' books say different things of the same payment.
//!
//! One of them ships, charges or pays out what the other does not know. Books that disagree do not
//! mend themselves: somebody works from an older copy of its records, has lost some, or has
//! changed them.
//!
//! ## How it shows
//!
//! A customer is charged for an order that is not paid, or the other way round; captures are
//! refused for authorizations that the gateway does not know.
//!
//! ## How it is confirmed
//!
//! For each of the latest payments, by XID, what is authorized and what is captured is compared
//! between merchant, gateway and bank, once it is decided at all three and half a minute old. Two
//! of them agree, and the third says something else: that one is named. Where all three differ, or
//! one cannot be asked, nobody is.
//!
//! ## How it is repaired
//!
//! By people: the party that differs restores its records from its newest backup, or the three
//! settle each payment by their journals, which hold the signed messages (`counterfoil evidence`).
//!
//! ## How the repair is proved
//!
//! The books agree, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It has the gateway work from a copy of its records that is some purchases old.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;

use crate::fact::{Books, Facts, Observation as _, Role, Settings};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;

use super::views::{View, Views, age};

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "books-disagree",
    class: Class::Operation,
    title: "Two parties' books say different things of the same payment.",
    source: include_str!("books_disagree.rs"),
    symptoms: &["a customer is charged for an order that is not paid", "captures are refused"],
    explains: &["payment-in-doubt", "authorization-never-captured"],
    needs: &[Books::KIND],
    look,
    plan,
};

/// Time in which books may still differ, in seconds.
const SETTLING_SECONDS: i64 = 30;
/// How long the bank holds when its settings do not say, in hours.
const HOLD_HOURS: i64 = 24;
/// Payments that are shown.
const SHOWN_MAX: usize = 3;

/// A payment that two parties see alike and a third does not.
struct Difference<'v> {
    xid: &'v str,
    what: &'static str,
    words: String,
}

fn look(facts: &Facts) -> Vec<Case> {
    let views = Views::of(facts);
    let mut odd: BTreeMap<Option<String>, Vec<Difference<'_>>> = BTreeMap::new();
    for xid in settled(facts, &views) {
        if let Some((party, difference)) = compare(facts, &views, xid) {
            odd.entry(party).or_default().push(difference);
        }
    }
    odd.into_iter().map(|(party, all)| case(facts, party.as_deref(), &all)).collect()
}

/// XIDs of payments that are old enough everywhere.
fn settled<'v>(facts: &Facts, views: &'v Views<'_>) -> BTreeSet<&'v str> {
    let wait = SignedDuration::from_secs(SETTLING_SECONDS);
    let all = [Role::Merchant, Role::Gateway, Role::Bank];
    let payments = || all.iter().flat_map(|role| views.with(*role)).flat_map(|seen| &seen.payments);
    let young: BTreeSet<&str> = payments()
        .filter(|payment| payment.at.is_some() && age(facts.now(), payment.at) < wait)
        .map(|payment| payment.xid.as_str())
        .collect();
    // What is older than a hold may have run out at the bank.
    let hold = SignedDuration::from_hours(hold_hours(facts));
    let old: BTreeSet<&str> = payments()
        .filter(|payment| age(facts.now(), payment.at) >= hold)
        .map(|payment| payment.xid.as_str())
        .collect();
    let dated = payments().filter(|payment| payment.at.is_some());
    let dated = dated.filter(|payment| !old.contains(payment.xid.as_str()));
    dated.map(|payment| payment.xid.as_str()).filter(|xid| !young.contains(xid)).collect()
}

/// How long the bank holds what is not captured.
fn hold_hours(facts: &Facts) -> i64 {
    let banks = facts.parties(Role::Bank);
    let settings =
        banks.iter().find_map(|bank| facts.about::<Settings>(bank.party).into_iter().next());
    let hours = settings.and_then(|settings| settings.number("party.hold_hours"));
    hours.and_then(|hours| i64::try_from(hours).ok()).unwrap_or(HOLD_HOURS)
}

fn compare<'v>(
    facts: &Facts,
    views: &Views<'_>,
    xid: &'v str,
) -> Option<(Option<String>, Difference<'v>)> {
    let [merchant, gateway, bank] =
        [Role::Merchant, Role::Gateway, Role::Bank].map(|role| views.at(role, xid));
    // A hold that ran out says nothing of the others.
    let expired = |view: View<'_>| match view {
        View::Is(_, payment) => payment.hold_until.is_some_and(|at| at <= facts.now()),
        _ => false,
    };
    if expired(bank) {
        return None;
    }
    let stands = [merchant, gateway, bank].map(View::stands_minor);
    let captured = [merchant, gateway, bank].map(View::captured_minor);
    let what = if differ(stands) {
        "authorized"
    } else if differ(captured) {
        "captured"
    } else {
        return None;
    };
    let odd = odd_one(if what == "authorized" { stands } else { captured });
    let role = odd.map(|place| [Role::Merchant, Role::Gateway, Role::Bank][place]);
    let party = role.and_then(|role| facts.parties(role).into_iter().next());
    let words = format!(
        "merchant: {}; gateway: {}; bank: {}",
        merchant.words(),
        gateway.words(),
        bank.words()
    );
    Some((party.map(|party| party.party.to_owned()), Difference { xid, what, words }))
}

/// Do two that are known differ?
fn differ(amounts: [Option<u64>; 3]) -> bool {
    let known: BTreeSet<u64> = amounts.into_iter().flatten().collect();
    known.len() > 1
}

/// The place of the one that differs from the two others, where all are known.
fn odd_one([merchant, gateway, bank]: [Option<u64>; 3]) -> Option<usize> {
    let (merchant, gateway, bank) = (merchant?, gateway?, bank?);
    match (merchant == gateway, gateway == bank, merchant == bank) {
        (true, false, false) => Some(2),
        (false, true, false) => Some(0),
        (false, false, true) => Some(1),
        _ => None,
    }
}

fn case(facts: &Facts, odd: Option<&str>, all: &[Difference<'_>]) -> Case {
    let gateways = facts.parties(Role::Gateway);
    let gateway = gateways.first().map_or("gateway", |party| party.party);
    let name = odd.unwrap_or("merchant, gateway and bank");
    let what = all.first().map_or("authorized", |first| first.what);
    let count = all.len();
    let summary = match odd {
        Some(odd) => {
            format!("{odd} differs from the two others in what is {what} of {count} payment(s)")
        }
        None => format!(
            "merchant, gateway and bank do not agree on what is {what} of {count} payment(s)"
        ),
    };
    let mut case = Case::confirmed(name, odd.unwrap_or(gateway), Effect::Weakens, summary)
        .with("payments", count.to_string(), "")
        .touching(["party:merchant", "party:gateway", "party:bank"])
        .stopping(["the trust in what was paid"]);
    for difference in all.iter().take(SHOWN_MAX) {
        case = case.with(difference.xid, difference.words.clone(), "");
    }
    if let Some(first) = all.first() {
        case = case.check_again(format!(
            "sqlite3 bank/state.sqlite \"SELECT key, value FROM record WHERE tbl='bank_payment' \
             AND key >= cast('{}' AS blob) LIMIT 1\"",
            first.xid
        ));
    }
    match odd {
        Some(_) => case,
        None => case.inconclusive(vec![
            "which of them is right: two that agree, or the journals of all three".to_owned(),
        ]),
    }
}

fn plan(_: &Facts, case: &Case) -> Vec<Step> {
    let text = "compare the journals of the three parties for these XIDs, and restore the records \
                of the one that differs from its newest backup";
    vec![Step::advice(&case.owner, text)]
}
