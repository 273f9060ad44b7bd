//! A party does not trust a root that the rest of the deployment trusts.
//!
//! Everything that it verifies fails: for want of the brand's root SET messages, for want of the
//! TLS root every call.
//!
//! ## How it shows
//!
//! Messages of everybody are refused with `certificateInvalid` by one party only, or its calls end
//! with `unknown issuer`; it may not start at all.
//!
//! ## How it is confirmed
//!
//! More than half of all parties hold the same root in the same place, and this party's file does
//! not hold it, is empty, or is gone although it was recorded.
//!
//! ## How it is repaired
//!
//! The recorded file is put back when it holds the root. Otherwise somebody has to compare the
//! root's digest with its owner's and put it there.
//!
//! ## How the repair is proved
//!
//! The file is read again, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It empties or removes a party's file of roots.

use counterfoil_pki::Certificate;

use super::{next_start, roots};
use crate::fact::{Chain, Facts, Observation as _, Recorded};
use crate::fault::{Class, Fault};
use crate::finding::Case;
use crate::plan::Step;
use crate::remedy;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "trust-root-missing",
    class: Class::Configuration,
    title: "A party does not trust a root that the rest of the deployment trusts.",
    source: include_str!("trust_root_missing.rs"),
    symptoms: &[
        "one party refuses the messages of everybody",
        "`unknown issuer` when one party calls others",
    ],
    explains: &["party-down", "party-not-ready", "restart-loop"],
    needs: &[Chain::KIND],
    look,
    plan,
};

fn look(facts: &Facts) -> Vec<Case> {
    let mut cases = Vec::new();
    for file in roots::FILES {
        let agreed = roots::agreed(facts, file);
        let Some(root) = agreed.first() else { continue };
        for store in roots::stores(facts, file) {
            let held = store.read();
            if let Some(root) = agreed.iter().find(|root| !held.contains(root)) {
                cases.push(case(facts, store.source, store.party, root, held.len()));
            }
        }
        let gone = facts.of::<Recorded>().into_iter().filter(|recorded| {
            recorded.source.ends_with(&format!("/trust/{file}")) && recorded.now_sha256.is_none()
        });
        for recorded in gone.filter(|recorded| facts.at::<Chain>(recorded.source).is_none()) {
            cases.push(case(facts, recorded.source, recorded.party, root, 0));
        }
    }
    cases
}

fn case(facts: &Facts, place: &str, party: &str, root: &Certificate, held: usize) -> Case {
    let effect = next_start::effect(facts, party);
    let summary = format!("{place} does not hold {}, which the others trust", root.subject());
    Case::confirmed(place, party, effect, summary)
        .with("missing", root.subject().to_string(), place)
        .with("sha256", hex::encode(root.thumb().0), "")
        .with("certificates", held.to_string(), place)
        .check_again(format!("openssl storeutl -noout -text -certs {place} | grep Subject:"))
        .touching([format!("file:{place}")])
        .stopping([format!("whatever {party} verifies"), next_start::phrase(facts, party)])
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    let (place, owner) = (case.subject.as_str(), case.owner.as_str());
    let file = place.rsplit('/').next().unwrap_or_default();
    let agreed = roots::agreed(facts, file);
    let recorded = facts.at::<Recorded>(place).map(|recorded| recorded.chain()).unwrap_or_default();
    let good = !agreed.is_empty() && agreed.iter().all(|root| recorded.contains(root));
    match remedy::restore(facts, place, owner, true).filter(|_| good) {
        Some(step) => [vec![step], remedy::read_again(facts, owner)].concat(),
        None => vec![Step::advice(
            owner,
            format!(
                "compare the root's digest with its owner's by another way, then put it into \
                 {place}"
            ),
        )],
    }
}
