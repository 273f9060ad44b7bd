//! A merchant calls the payment gateway at an address where it does not listen.
//!
//! The merchant cannot have anything authorized; its customers wait and are told that nothing is
//! decided.
//!
//! ## How it shows
//!
//! `call.failed` and `gateway.silent` in the merchant's log; the gateway sees nothing of that
//! merchant, while others may pay.
//!
//! ## How it is confirmed
//!
//! The address in `[node.endpoints.gateway]` of the merchant differs from where the gateway listens
//! (`public` or `listen` of its `[node.set]`), and a connection to it fails or ends at another
//! party. When the gateway's own file was recorded with the address that is called, it is the
//! gateway that was moved.
//!
//! ## How it is repaired
//!
//! The URL is set to where the gateway listens and the caller reloads; a listener that was moved
//! gets
//! its recorded address back.
//!
//! ## How the repair is proved
//!
//! The connection is tried again, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It changes the port or the host in the caller's settings, or sends the caller to another
//! party's port.

use super::address::{self, Agreement};
use crate::fact::{Facts, Link, Observation as _, Role, Settings};
use crate::fault::{AFTER_A_BROKEN_LINK, Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;
use crate::remedy;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "gateway-address-wrong",
    class: Class::Configuration,
    title: "A merchant calls the payment gateway at an address where it does not listen.",
    source: include_str!("gateway_address_wrong.rs"),
    symptoms: &[
        "`call.failed` for `gateway` in a merchant's log",
        "one merchant sells nothing, others do",
    ],
    explains: AFTER_A_BROKEN_LINK,
    needs: &[Link::KIND, Settings::KIND],
    look,
    plan,
};

const SETTING: &str = "node.endpoints.gateway.url";

static AGREEMENT: Agreement = Agreement {
    setting: SETTING,
    listener: "node.set",
    called: "the gateway",
    meant: |facts, _| address::of_role(facts, Role::Gateway),
    effect: Effect::StopsPurchases,
    stops: "all purchases at this merchant",
};

fn look(facts: &Facts) -> Vec<Case> {
    AGREEMENT.look(facts)
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    AGREEMENT.plan(facts, case, |_, party, address| {
        vec![remedy::set(party, SETTING, format!("\"https://{address}/set\""))]
    })
}
