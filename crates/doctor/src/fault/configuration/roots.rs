//! The roots that a deployment agrees on: what most of its parties trust in the same place.

use counterfoil_pki::Certificate;
use counterfoil_pki::extension::HashedRootKey;

use crate::fact::{Chain, Facts, Seen};

/// Files of trust that hold roots.
pub(super) const FILES: [&str; 2] = ["root.pem", "tls-ca.pem"];
/// Parties that have to agree before anything is said about one that does not.
const AGREEING_MIN: usize = 2;

/// The trust of every party in the file of this name.
pub(super) fn stores<'a>(facts: &'a Facts, file: &str) -> Vec<Seen<'a, Chain>> {
    let end = format!("/trust/{file}");
    let all = facts.of::<Chain>().into_iter();
    all.filter(|chain| chain.used_as == "trust" && chain.source.ends_with(&end)).collect()
}

/// Roots that more than half of all parties with such a file trust, and at least two.
pub(super) fn agreed(facts: &Facts, file: &str) -> Vec<Certificate> {
    let stores: Vec<Vec<Certificate>> =
        stores(facts, file).iter().map(|chain| chain.read()).collect();
    let mut roots: Vec<Certificate> = Vec::new();
    for root in stores.iter().flatten() {
        let holders = stores.iter().filter(|store| store.contains(root)).count();
        let is_agreed = holders >= AGREEING_MIN && holders * 2 > stores.len();
        if is_agreed && !roots.contains(root) {
            roots.push(root.clone());
        }
    }
    roots
}

/// Has one of `roots` announced this one as the next (hashedRootKey)?
pub(super) fn is_announced(roots: &[Certificate], next: &Certificate) -> bool {
    let key = HashedRootKey::of(next.spki_der());
    roots.iter().any(|root| root.hashed_root_key().is_some_and(|announced| announced == key))
}
