//! The bank waits for a sign-on that the gateway does not make.
//!
//! It answers every request with response code 91 until then. A gateway of this product signs on
//! when it is told so; one that does not has lost the answer, or the bank has lost the sign-on.
//!
//! ## How it shows
//!
//! `bank.request_refused` with `not-signed-on` in the bank's log, again and again.
//!
//! ## How it is confirmed
//!
//! The bank's link has `sign_on_required`, its last refusal for that reason is later than every
//! sign-on that its log knows, and than the gateway's `bank.signed_on`.
//!
//! ## How it is repaired
//!
//! The gateway is restarted, which signs on.
//!
//! ## How the repair is proved
//!
//! The bank's log has a sign-on after the last refusal, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It does not: this product's gateway signs on by itself within one request. The rule is tested on
//! logs of a gateway that does not.

use super::agreement::{pairs, refused};
use crate::fact::{Facts, LogEvent, Observation as _, Settings};
use crate::fault::{AFTER_A_BROKEN_LINK, Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "sign-on-missing",
    class: Class::Configuration,
    title: "The bank waits for a sign-on that the gateway does not make.",
    source: include_str!("sign_on_missing.rs"),
    symptoms: &[
        "`bank.request_refused` with `not-signed-on` in the bank's log",
        "the bank answers every request with response code 91",
    ],
    explains: AFTER_A_BROKEN_LINK,
    needs: &[Settings::KIND, LogEvent::KIND],
    look,
    plan,
};

/// Refusals before a gateway is taken not to sign on: one makes it do so.
const REFUSALS_MIN: u64 = 3;

fn look(facts: &Facts) -> Vec<Case> {
    pairs(facts)
        .iter()
        .filter_map(|pair| {
            let link = pair.link.as_ref()?;
            let required = pair.bank.flag(&format!("{link}.sign_on_required")).unwrap_or(true);
            let (gateway, bank) = (pair.gateway.party, pair.bank.party);
            let event = refused(facts, bank, "not-signed-on").filter(|_| required)?;
            let last = |party: &str, name: &str| {
                let events = facts.about::<LogEvent>(party).into_iter();
                events.filter(|event| event.event == name).map(|event| event.last).max()
            };
            let signed = last(bank, "bank.link_signed_on").max(last(gateway, "bank.signed_on"));
            if signed.is_some_and(|signed| signed >= event.last) || event.count < REFUSALS_MIN {
                return None;
            }
            let summary = format!("{bank} has refused {gateway} since {}: no sign-on", event.first);
            Some(
                Case::confirmed(
                    format!("{gateway}>{bank}"),
                    gateway,
                    Effect::StopsPurchases,
                    summary,
                )
                .with(
                    "refused",
                    format!("{} requests, last {}", event.count, event.last),
                    event.source,
                )
                .with("signed_on", signed.map_or("never".into(), |at| at.to_string()), event.source)
                .check_again(format!("grep -E 'not-signed-on|link_signed_on' {}", event.source))
                .touching([format!("link:{gateway}>{bank}")])
                .stopping(["all purchases through the gateway"]),
            )
        })
        .collect()
}

fn plan(_: &Facts, case: &Case) -> Vec<Step> {
    let text = format!("start {} again: it signs on", case.owner);
    vec![Step::automatic("restart-party", &case.owner, text)]
}
