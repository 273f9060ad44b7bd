//! A key is in use longer than it should be.
//!
//! The longer a key is used, the more there is to win for whoever gets it, and the longer nobody
//! has tried whether replacing it works.
//!
//! ## How it shows
//!
//! Not at all; or peers refuse signatures after the end of privateKeyUsagePeriod.
//!
//! ## How it is confirmed
//!
//! The certificate in use says that its private key may sign no longer, or began to be valid longer
//! ago than the standard profile lets an end entity's key be used. Of the bank link's key, the
//! record says since when it has been the same.
//!
//! ## How it is repaired
//!
//! A new key is made and certified. It changes keys: people decide when, and their CA certifies.
//!
//! ## How the repair is proved
//!
//! The certificate in use is newer than the period, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It has the real CA certify a party's key with a validity that began long ago.

use jiff::{SignedDuration, Timestamp};

use crate::fact::{Chain, Facts, Observation as _, Recorded};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;
use crate::profile::{END_ENTITY_KEY_DAYS, LINK_KEY_DAYS};

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "key-rotation-overdue",
    class: Class::Configuration,
    title: "A key is in use longer than it should be.",
    source: include_str!("key_rotation_overdue.rs"),
    symptoms: &["a key has not been replaced for years"],
    explains: &[],
    needs: &[Chain::KIND],
    look,
    plan,
};

fn look(facts: &Facts) -> Vec<Case> {
    let own = facts.of::<Chain>().into_iter().filter(|chain| chain.used_as == "own");
    let mut cases: Vec<Case> = own
        .filter_map(|chain| {
            let leaf = chain.read().into_iter().next()?;
            // What is expired is another fault.
            if leaf.not_after() < facts.now() {
                return None;
            }
            let (until, why) = if leaf.signing_until() < leaf.not_after() {
                (leaf.signing_until(), "privateKeyUsagePeriod ends")
            } else if leaf.basic_constraints().ca {
                return None;
            } else {
                (after(leaf.not_before(), END_ENTITY_KEY_DAYS), "the profile's period ends")
            };
            if until >= facts.now() {
                return None;
            }
            let place = chain.source.replace("/certs/", "/keys/");
            let summary = format!("{place} should have been replaced by {until}");
            let command = format!("openssl x509 -noout -dates -in {}", chain.source);
            Some(
                Case::confirmed(place, chain.party, Effect::Weakens, summary)
                    .with("not_before", leaf.not_before().to_string(), chain.source)
                    .with(why, until.to_string(), chain.source)
                    .check_again(command)
                    .touching([format!("file:{}", chain.source)]),
            )
        })
        .collect();
    let keys = facts.of::<Recorded>().into_iter();
    let links = keys.filter(|key| key.is_key && key.source.contains("/keys/bank-link"));
    for key in links.filter(|key| !key.differs()) {
        let until = after(key.when, LINK_KEY_DAYS);
        if until < facts.now() {
            let summary = format!("{} has been the same since {}", key.source, key.when);
            cases.push(
                Case::confirmed(key.source, key.party, Effect::Weakens, summary)
                    .with("since", key.when.to_string(), "doctor/recorded")
                    .with("until", until.to_string(), ""),
            );
        }
    }
    cases
}

fn after(from: Timestamp, days: i64) -> Timestamp {
    from.checked_add(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MAX)
}

fn plan(_: &Facts, case: &Case) -> Vec<Step> {
    let text = if case.subject.contains("bank-link") {
        "agree with the other side on a new key and the hour at which both take it".to_owned()
    } else {
        format!("make a new key for {} and have it certified", case.subject)
    };
    vec![Step::advice(&case.owner, text)]
}
