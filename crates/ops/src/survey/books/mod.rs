//! The books of merchants, gateways, the bank and the wallet: what each says of the latest payments
//! and of those that are open, by XID.
//!
//! The XIDs come from the ends of the parties' journals and from what is open; then each party is
//! asked for every one of them by key, so that the work does not grow with the size of the records.

mod shelf;
pub(super) mod view;

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_doctor::fact::{Books, Fact, Observation as _};
use counterfoil_party::machine::Role;

use super::{Gatherer, Place};
use shelf::Shelf;

pub(super) static GATHERER: Gatherer = Gatherer { name: "books", run };

/// Payments that are compared.
const PAYMENTS_MAX: usize = 400;

fn run(place: &Place) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut shelves: Vec<(String, Shelf)> = Vec::new();
    for (entry, material) in place.materials() {
        let file = material.folder().state();
        if entry.role == Role::Ca || !file.exists() {
            continue;
        }
        match Shelf::open(entry.role, &file, place.now) {
            Ok(shelf) => shelves.push((entry.name, shelf)),
            Err(error) => {
                let source = place.name_of(&file);
                facts.push(place.unseen(&entry.name, &source, Books::KIND, error));
            }
        }
    }
    let xids = payments(&shelves);
    let rrpids = exchanges(&shelves, &xids);
    for (name, shelf) in &shelves {
        let source = format!("{name}/state.sqlite");
        match shelf.books(&xids, &rrpids) {
            Ok(books) => facts.push(Fact::of(name, source, place.now, &books)),
            Err(error) => facts.push(place.unseen(name, &source, Books::KIND, error)),
        }
    }
    facts
}

/// What is open at anybody, then the latest of everybody.
fn payments(shelves: &[(String, Shelf)]) -> BTreeSet<String> {
    let open = shelves.iter().flat_map(|(_, shelf)| shelf.open.iter());
    let latest = shelves.iter().map(|(_, shelf)| shelf.latest.iter());
    let share = PAYMENTS_MAX / shelves.len().max(1);
    let latest = latest.flat_map(|all| all.take(share));
    open.take(PAYMENTS_MAX).chain(latest).cloned().collect()
}

/// RRPIDs of the authorizations of each payment, as merchants and gateways know them: the gateway
/// keeps authorizations by these.
fn exchanges(
    shelves: &[(String, Shelf)],
    xids: &BTreeSet<String>,
) -> BTreeMap<String, BTreeSet<Vec<u8>>> {
    let mut all: BTreeMap<String, BTreeSet<Vec<u8>>> = BTreeMap::new();
    for (_, shelf) in shelves {
        for (xid, rrpid) in shelf.exchanges(xids) {
            all.entry(xid).or_default().insert(rrpid);
        }
    }
    all
}
