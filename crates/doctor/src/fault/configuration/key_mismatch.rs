//! A certificate and the private key beside it do not belong together.
//!
//! It comes from a renewal of which only one half was installed. The party refuses the pair at its
//! next start or reload; until then it works with the old one that it has in memory.
//!
//! ## How it shows
//!
//! `error[key-malformed]` at a start or reload, "it does not belong to the certificate"; a party
//! that was fine until it was started again.
//!
//! ## How it is confirmed
//!
//! The public half of the key and the public key in the certificate have different digests.
//!
//! ## How it is repaired
//!
//! When the certificate was replaced and the recorded one belongs to the key and is still valid, it
//! is put back. Of keys nothing is recorded but their digest: a key that was replaced has to come
//! from its owner's backup, or the certificate be issued anew for the key that is there.
//!
//! ## How the repair is proved
//!
//! Key and certificate are compared again, the party reloads, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It replaces the key by a new one of the same kind, or the certificate by one for another key.

use counterfoil_crypto::digest::sha256;
use counterfoil_pki::Certificate;

use super::next_start;
use crate::fact::{Chain, Facts, KeySeen, Observation as _, Recorded};
use crate::fault::{Class, Fault};
use crate::finding::Case;
use crate::plan::Step;
use crate::remedy;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "key-mismatch",
    class: Class::Configuration,
    title: "A certificate and the private key beside it do not belong together.",
    source: include_str!("key_mismatch.rs"),
    symptoms: &["a party does not start after a renewal", "`key-malformed` at a start or reload"],
    explains: &["party-down", "party-not-ready", "restart-loop", "certificate-not-reloaded"],
    needs: &[Chain::KIND, KeySeen::KIND],
    look,
    plan,
};

fn look(facts: &Facts) -> Vec<Case> {
    let own = facts.of::<Chain>().into_iter().filter(|chain| chain.used_as == "own");
    own.filter_map(|chain| {
        let key_place = key_place(chain.source);
        let key = facts.at::<KeySeen>(&key_place)?;
        let has = key.spki_sha256.clone()?;
        let leaf = chain.read().into_iter().next()?;
        let certified = digest(&leaf);
        (has != certified).then(|| {
            let summary = format!("{key_place} is not the key that {} certifies", chain.source);
            let effect = next_start::effect(facts, chain.party);
            Case::confirmed(chain.source, chain.party, effect, summary)
                .with("key_of_certificate", certified, chain.source)
                .with("key", has, key_place.as_str())
                .check_again(format!(
                    "openssl x509 -noout -pubkey -in {} | \
                     cmp - <(openssl pkey -pubout -in {key_place})",
                    chain.source
                ))
                .touching([format!("file:{}", chain.source), format!("file:{key_place}")])
                .stopping([next_start::phrase(facts, chain.party)])
        })
    })
    .collect()
}

fn key_place(certificate: &str) -> String {
    certificate.replace("/certs/", "/keys/")
}

fn digest(certificate: &Certificate) -> String {
    hex::encode(sha256(certificate.spki_der()))
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    let (place, owner) = (case.subject.as_str(), case.owner.as_str());
    let key = facts.at::<KeySeen>(&key_place(place)).and_then(|key| key.spki_sha256.clone());
    let recorded =
        facts.at::<Recorded>(place).and_then(|recorded| recorded.chain().first().cloned());
    let fits = recorded.is_some_and(|certificate| {
        Some(digest(&certificate)) == key && certificate.not_after() > facts.now()
    });
    if fits && let Some(step) = remedy::restore(facts, place, owner, true) {
        return [vec![step], remedy::read_again(facts, owner)].concat();
    }
    let subject = facts.at::<Chain>(place).and_then(|chain| chain.read().into_iter().next());
    let subject = subject.map(|leaf| leaf.subject().to_string()).unwrap_or_default();
    vec![Step::advice(
        owner,
        format!(
            "put the key that {place} certifies back into {}, from its backup; if it is lost, have \
             {subject} certified anew for the key that is there, and its old certificate revoked",
            key_place(place)
        ),
    )]
}
