//! A party calls its CA at an address where that CA does not listen.
//!
//! Nobody can be registered from there, and nothing be renewed. Payments go on until a certificate
//! ends.
//!
//! ## How it shows
//!
//! `counterfoil register` ends with `call-failed`, or with an answer of a CA that certifies others.
//!
//! ## How it is confirmed
//!
//! The address in `[node.endpoints.ca]` differs from where the CA listens that certifies this kind
//! of party, and a connection to it fails or ends at another party.
//!
//! ## How it is repaired
//!
//! The URL is set to where the CA listens and the caller reloads; a listener that was moved gets
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

use super::address::Agreement;
use crate::fact::{Facts, Link, Observation as _, Role, Settings};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;
use crate::remedy;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "ca-address-wrong",
    class: Class::Configuration,
    title: "A party calls its CA at an address where that CA does not listen.",
    source: include_str!("ca_address_wrong.rs"),
    symptoms: &[
        "`counterfoil register` fails with `call-failed`",
        "a CA refuses a registration as not its own",
    ],
    explains: &[],
    needs: &[Link::KIND, Settings::KIND],
    look,
    plan,
};

const SETTING: &str = "node.endpoints.ca.url";

static AGREEMENT: Agreement = Agreement {
    setting: SETTING,
    listener: "node.set",
    called: "the CA",
    meant: certifies,
    effect: Effect::StopsRegistrations,
    stops: "registrations from this party",
};

/// The CAs of the kind that certifies the caller.
fn certifies(facts: &Facts, caller: &str) -> Vec<String> {
    let kind = match facts.party(caller).map(|party| party.role) {
        Some(Role::Wallet) => "cca",
        Some(Role::Merchant) => "mca",
        Some(Role::Gateway) => "pca",
        _ => return Vec::new(),
    };
    let authorities = facts.parties(Role::Ca).into_iter();
    let of_kind = authorities.filter(|party| party.ca.as_deref() == Some(kind));
    of_kind.map(|party| party.party.to_owned()).collect()
}

fn look(facts: &Facts) -> Vec<Case> {
    AGREEMENT.look(facts)
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    AGREEMENT.plan(facts, case, |_, party, address| {
        vec![remedy::set(party, SETTING, format!("\"https://{address}/set\""))]
    })
}
