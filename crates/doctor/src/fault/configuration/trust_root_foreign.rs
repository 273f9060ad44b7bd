//! A party trusts a root that nobody else in the deployment trusts.
//!
//! Whoever holds that root's key can pass to this party for anybody: a gateway, a merchant, a CA.
//!
//! ## How it shows
//!
//! Not at all, until it is used. When the root stands in the place of the right one, everything
//! that the party verifies fails.
//!
//! ## How it is confirmed
//!
//! A certificate in the party's file of roots is in no other party's, is not announced by a root
//! that is agreed on (hashedRootKey), and more than half of all parties agree on others.
//!
//! ## How it is repaired
//!
//! The recorded file is put back. When the right roots stand in the file too, somebody may have
//! added one on purpose, and the repair waits for approval.
//!
//! ## How the repair is proved
//!
//! The file is read again, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It makes a root of its own and adds it to, or puts it in the place of, a party's roots.

use super::{next_start, roots};
use crate::fact::{Chain, Facts, Observation as _, Recorded};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;
use crate::remedy;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "trust-root-foreign",
    class: Class::Configuration,
    title: "A party trusts a root that nobody else in the deployment trusts.",
    source: include_str!("trust_root_foreign.rs"),
    symptoms: &["one party accepts certificates that all others refuse"],
    explains: &["trust-root-missing", "party-down", "party-not-ready", "restart-loop"],
    needs: &[Chain::KIND],
    look,
    plan,
};

fn look(facts: &Facts) -> Vec<Case> {
    let mut cases = Vec::new();
    for file in roots::FILES {
        let agreed = roots::agreed(facts, file);
        let stores = roots::stores(facts, file);
        if agreed.is_empty() {
            continue;
        }
        for store in &stores {
            let held = store.read();
            let others = stores.iter().filter(|other| other.source != store.source);
            let others: Vec<_> = others.flat_map(|other| other.read()).collect();
            let is_foreign = |root: &&counterfoil_pki::Certificate| {
                !others.contains(root) && !roots::is_announced(&agreed, root)
            };
            let Some(root) = held.iter().find(is_foreign) else { continue };
            let summary =
                format!("{} holds {}, which nobody else trusts", store.source, root.subject());
            cases.push(
                Case::confirmed(store.source, store.party, Effect::Exposes, summary)
                    .with("foreign", root.subject().to_string(), store.source)
                    .with("sha256", hex::encode(root.thumb().0), store.source)
                    .with("agreed", agreed[0].subject().to_string(), "")
                    .check_again(format!(
                        "openssl storeutl -noout -text -certs {} | grep Subject:",
                        store.source
                    ))
                    .touching([format!("file:{}", store.source)])
                    .stopping([next_start::phrase(facts, store.party)]),
            );
        }
    }
    cases
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    let (place, owner) = (case.subject.as_str(), case.owner.as_str());
    let file = place.rsplit('/').next().unwrap_or_default();
    let agreed = roots::agreed(facts, file);
    let held = facts.at::<Chain>(place).map(|chain| chain.read()).unwrap_or_default();
    let recorded = facts.at::<Recorded>(place).map(|recorded| recorded.chain()).unwrap_or_default();
    let good = agreed.iter().all(|root| recorded.contains(root));
    let is_replaced = agreed.iter().any(|root| !held.contains(root));
    match remedy::restore(facts, place, owner, is_replaced).filter(|_| good) {
        Some(step) => [vec![step], remedy::read_again(facts, owner)].concat(),
        None => vec![Step::advice(
            owner,
            format!("take the root that nobody else trusts out of {place}, or say why it is there"),
        )],
    }
}
