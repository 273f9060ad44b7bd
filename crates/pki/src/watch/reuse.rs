//! One key in two places.

use std::collections::BTreeMap;

use counterfoil_remark::{Kind, Remark, Severity};

use super::{Check, Facts, Holding, View};

static REUSED: Kind = Kind {
    id: "watch-key-reused",
    group: "keys",
    severity: Severity::Warning,
    title: "Certificates in different places have the same key.",
    page: "Whoever gets the key from one place has the other as well, and a revocation of one \
           stops both. A key that both signs and opens gives one protocol's answers to the other. \
           The same certificate on several servers is a notice only.\n\n\
           Give each place its own key at the next renewal.",
    reference: "NIST SP 800-57 part 1 section 5.2",
};

pub(super) static CHECK: Check = Check { kinds: &[&REUSED], run };

fn run(facts: &Facts, _: &View) -> Vec<Remark> {
    let mut by_key: BTreeMap<&[u8], Vec<&Holding>> = BTreeMap::new();
    // What is only trusted stands in every party's folder.
    for holding in facts.holdings.iter().filter(|holding| holding.purpose.is_some()) {
        if let Some(leaf) = holding.chain.first() {
            by_key.entry(leaf.spki_der()).or_default().push(holding);
        }
    }
    let shared = by_key.values().filter(|holders| holders.len() > 1);
    shared.filter_map(|holders| said(holders)).collect()
}

fn said(holders: &[&Holding]) -> Option<Remark> {
    let mut places: Vec<&str> = holders.iter().map(|holding| holding.place.as_str()).collect();
    places.sort_unstable();
    places.dedup();
    let (first, others) = places.split_first()?;
    if others.is_empty() {
        return None;
    }
    let same = holders.iter().all(|holding| holding.chain[0] == holders[0].chain[0]);
    let severity = if same { Severity::Notice } else { Severity::Warning };
    let what = if same { "certificate" } else { "key" };
    let text = format!("the same {what} is in use in {}.", others.join(", "));
    Some(REUSED.of(*first, text).as_severe_as(severity))
}
