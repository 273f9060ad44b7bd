//! A file of certificates lacks one that peers need on their way to the root.
//!
//! Peers that happen to have the missing certificate accept the chain, others refuse it, which
//! looks like a fault of theirs.
//!
//! ## How it shows
//!
//! Some peers work and some do not; `unable to get local issuer certificate` in OpenSSL's words.
//!
//! ## How it is confirmed
//!
//! From the file's first certificate upwards each is looked for by name and signature. One is not
//! in the file, is no root, and is at hand elsewhere, so that it is known to be the one.
//!
//! ## How it is repaired
//!
//! The file is written anew from certificates at hand: the certificate of the key, then its
//! issuers, the root left out. The party reloads.
//!
//! ## How the repair is proved
//!
//! The file leads to the root, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It takes certificates of CAs out of a party's file.

use super::next_start;
use crate::fact::{Chain, Facts, Observation as _};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect};
use crate::issued::{issued, issuers};
use crate::plan::Step;
use crate::remedy;
use counterfoil_pki::Certificate;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "chain-incomplete",
    class: Class::Configuration,
    title: "A file of certificates lacks one that peers need on their way to the root.",
    source: include_str!("chain_incomplete.rs"),
    symptoms: &[
        "some peers accept a party's certificate and some do not",
        "`unable to get local issuer certificate`",
    ],
    explains: &[],
    needs: &[Chain::KIND],
    look,
    plan,
};

fn look(facts: &Facts) -> Vec<Case> {
    let pool = at_hand(facts);
    let own = facts.of::<Chain>().into_iter().filter(|chain| chain.used_as == "own");
    own.filter_map(|chain| {
        let held = chain.read();
        let leaf = held.first()?;
        let path = issuers(leaf, &held);
        let top = path.last().unwrap_or(leaf);
        if top.is_self_issued() {
            return None;
        }
        let missing = pool.iter().find(|other| issued(other, top))?;
        // The root itself is left out of a file.
        if missing.is_self_issued() {
            return None;
        }
        let summary = format!("{} ends below {}", chain.source, missing.subject());
        let stops = format!("what peers of {} do that lack {}", chain.party, missing.subject());
        Some(
            Case::confirmed(chain.source, chain.party, Effect::Weakens, summary)
                .with("certificates", held.len().to_string(), chain.source)
                .with("missing", missing.subject().to_string(), chain.source)
                .check_again(format!(
                    "openssl verify -CAfile {0}/trust/root.pem -untrusted {1} {1}",
                    chain.party, chain.source
                ))
                .touching([format!("file:{}", chain.source)])
                .stopping([stops, next_start::phrase(facts, chain.party)]),
        )
    })
    .collect()
}

/// Every certificate that any file of the deployment holds, each once.
pub(super) fn at_hand(facts: &Facts) -> Vec<Certificate> {
    let mut pool: Vec<Certificate> = Vec::new();
    for certificate in facts.of::<Chain>().iter().flat_map(|chain| chain.read()) {
        let is_authority = certificate.basic_constraints().ca;
        if is_authority && !pool.contains(&certificate) {
            pool.push(certificate);
        }
    }
    pool
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    rebuild(facts, case)
}

/// Writes the case's file anew from certificates at hand.
pub(super) fn rebuild(facts: &Facts, case: &Case) -> Vec<Step> {
    let (place, owner) = (case.subject.as_str(), case.owner.as_str());
    let text = format!("write {place} anew: the certificate, then its issuers");
    let step = Step::automatic("rebuild-chain", owner, text).with("file", place);
    [vec![step], remedy::read_again(facts, owner)].concat()
}
