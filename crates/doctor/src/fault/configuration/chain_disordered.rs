//! The certificates of a file do not stand in the order of their issuing.
//!
//! The first has to be the one of the key, and each be followed by its issuer's. A party takes the
//! first for its own and refuses the file when the key is another; old TLS clients give up at the
//! first that does not follow.
//!
//! ## How it shows
//!
//! `error[key-malformed]` at a start or reload although key and certificate are both there; or
//! some TLS clients fail and others do not.
//!
//! ## How it is confirmed
//!
//! The file's certificates are one path, each issued by another of the file, and stand in another
//! order.
//!
//! ## How it is repaired
//!
//! The file is written anew in order, and the party reloads.
//!
//! ## How the repair is proved
//!
//! The order is looked at again, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It turns the order of a file around, or exchanges the CAs' certificates in it.

use super::{chain_incomplete, next_start};
use crate::fact::{Chain, Facts, Observation as _};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect};
use crate::issued::{issued, issuers};
use crate::plan::Step;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "chain-disordered",
    class: Class::Configuration,
    title: "The certificates of a file do not stand in the order of their issuing.",
    source: include_str!("chain_disordered.rs"),
    symptoms: &[
        "`key-malformed` at a start although key and certificate are there",
        "some TLS clients fail and others do not",
    ],
    explains: &[
        "key-mismatch",
        "certificate-wrong-role",
        "party-down",
        "party-not-ready",
        "restart-loop",
    ],
    needs: &[Chain::KIND],
    look,
    plan,
};

fn look(facts: &Facts) -> Vec<Case> {
    let own = facts.of::<Chain>().into_iter().filter(|chain| chain.used_as == "own");
    own.filter_map(|chain| {
        let held = chain.read();
        // The one that has issued none of the others.
        let is_lowest = |one: &&counterfoil_pki::Certificate| {
            !held.iter().any(|other| other != *one && issued(one, other))
        };
        let mut lowest = held.iter().filter(is_lowest);
        let leaf = lowest.next()?;
        if held.len() < 2 || lowest.next().is_some() {
            return None;
        }
        let mut right = vec![leaf.clone()];
        right.extend(issuers(leaf, &held));
        if right.len() != held.len() || right == held {
            return None;
        }
        let effect = if held.first() == Some(leaf) {
            Effect::Hinders
        } else {
            next_start::effect(facts, chain.party)
        };
        let names = |all: &[counterfoil_pki::Certificate]| {
            let names = all.iter().filter_map(|one| one.common_name().map(str::to_owned));
            names.collect::<Vec<_>>().join(", ")
        };
        let summary = format!("{} holds {} in that order", chain.source, names(&held));
        Some(
            Case::confirmed(chain.source, chain.party, effect, summary)
                .with("seen", names(&held), chain.source)
                .with("expected", names(&right), "")
                .check_again(format!(
                    "openssl storeutl -noout -text -certs {} | grep -E 'Subject:|Issuer:'",
                    chain.source
                ))
                .touching([format!("file:{}", chain.source)])
                .stopping([next_start::phrase(facts, chain.party)]),
        )
    })
    .collect()
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    chain_incomplete::rebuild(facts, case)
}
