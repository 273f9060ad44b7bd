//! The gateway calls its bank at an address where the bank does not listen.
//!
//! Authorizations cannot be asked for; every purchase ends undecided or declined, while gateway and
//! bank both say that they are well.
//!
//! ## How it shows
//!
//! `bank_link.connection_refused` or `bank_link.call_failed` in the gateway's log, every few
//! seconds; nothing at all in the bank's.
//!
//! ## How it is confirmed
//!
//! The address in `[node.bank_link]` of the gateway differs from the one in
//! `[node.bank_listener]` of the bank, and a connection to the gateway's does not reach a bank.
//! When the bank's own file was recorded with the address that the gateway calls, it is the bank
//! that was moved. Without the bank's settings it cannot be told: somebody else may run it there.
//!
//! ## How it is repaired
//!
//! `host` and `port` of `[node.bank_link]` are set to where the bank listens and the gateway
//! reloads; a bank that was moved gets its recorded address back.
//!
//! ## How the repair is proved
//!
//! The connection is tried again, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It changes the port, or the host, in the gateway's settings.

use super::address::{self, Agreement};
use crate::fact::{Facts, Link, Observation as _, Role, Settings};
use crate::fault::{AFTER_A_BROKEN_LINK, Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;
use crate::remedy;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "bank-address-wrong",
    class: Class::Configuration,
    title: "The gateway calls its bank at an address where the bank does not listen.",
    source: include_str!("bank_address_wrong.rs"),
    symptoms: &[
        "`bank_link.connection_refused` in the gateway's log",
        "every purchase is undecided",
    ],
    explains: AFTER_A_BROKEN_LINK,
    needs: &[Link::KIND, Settings::KIND],
    look,
    plan,
};

const SETTING: &str = "node.bank_link";

static AGREEMENT: Agreement = Agreement {
    setting: SETTING,
    listener: "node.bank_listener",
    called: "the bank",
    meant: |facts, _| address::of_role(facts, Role::Bank),
    effect: Effect::StopsPurchases,
    stops: "all purchases through the gateway",
};

fn look(facts: &Facts) -> Vec<Case> {
    AGREEMENT.look(facts)
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    AGREEMENT.plan(facts, case, |_, party, address| {
        let Some((host, port)) = address.rsplit_once(':') else { return Vec::new() };
        vec![
            remedy::set(party, &format!("{SETTING}.host"), format!("\"{host}\"")),
            remedy::set(party, &format!("{SETTING}.port"), port),
        ]
    })
}
