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
//! When the files' recorded state holds a pair that belongs together and is still valid, it is put
//! back. Otherwise whoever renewed the certificate has to install the other half.
//!
//! ## How the repair is proved
//!
//! Key and certificate are compared again, the party reloads, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It replaces the key by a new one of the same kind, or the certificate by one for another key.

use counterfoil_crypto::digest::sha256;

use crate::fact::{Chain, Facts, KeySeen, Observation as _};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "key-mismatch",
    class: Class::Configuration,
    title: "A certificate and the private key beside it do not belong together.",
    source: include_str!("key_mismatch.rs"),
    symptoms: &["a party does not start after a renewal", "`key-malformed` at a start or reload"],
    explains: &["party-down"],
    needs: &[Chain::KIND, KeySeen::KIND],
    look,
    plan,
};

fn look(facts: &Facts) -> Vec<Case> {
    let own = facts.of::<Chain>().into_iter().filter(|chain| chain.used_as == "own");
    own.filter_map(|chain| {
        let key_place = chain.source.replace("/certs/", "/keys/");
        let key = facts.at::<KeySeen>(&key_place)?;
        let has = key.spki_sha256.clone()?;
        let leaf = chain.read().into_iter().next()?;
        let certified = hex::encode(sha256(leaf.spki_der()));
        (has != certified).then(|| {
            let summary = format!("{key_place} is not the key that {} certifies", chain.source);
            Case::confirmed(chain.source, chain.party, Effect::StopsPurchases, summary)
                .with("key_of_certificate", certified, chain.source)
                .with("key", has, key_place.as_str())
                .check_again(format!(
                    "openssl x509 -noout -pubkey -in {} | cmp - <(openssl pkey -pubout -in {key_place})",
                    chain.source
                ))
                .stopping([format!("the next start of {}", chain.party)])
        })
    })
    .collect()
}

fn plan(_: &Facts, case: &Case) -> Vec<Step> {
    let text = format!("put {} and its key back as they were recorded", case.subject);
    vec![
        Step::automatic("restore-files", &case.owner, text)
            .with("file", &case.subject)
            .with("other", case.subject.replace("/certs/", "/keys/")),
    ]
}
