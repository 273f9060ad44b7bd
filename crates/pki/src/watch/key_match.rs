//! The private key beside a certificate belongs to it.

use counterfoil_remark::{Kind, Remark, Severity};

use super::{Check, Facts, View, called};

static MISMATCH: Kind = Kind {
    id: "watch-key-mismatch",
    group: "keys",
    severity: Severity::Error,
    title: "The private key beside a certificate is not its key.",
    page: "What the party signs does not verify, what is sealed for it does not open; a TLS \
           server does not start. Usually only one of the two files was replaced.\n\n\
           Put the key and the certificate of the same renewal together.",
    reference: "RFC 5280 section 4.1.2.7",
};

pub(super) static CHECK: Check = Check { kinds: &[&MISMATCH], run };

fn run(facts: &Facts, _: &View) -> Vec<Remark> {
    let both = facts
        .holdings
        .iter()
        .filter_map(|holding| Some((holding, holding.chain.first()?, holding.key.as_deref()?)));
    both.filter(|(_, leaf, key)| leaf.spki_der() != *key)
        .map(|(holding, leaf, _)| {
            let text = format!("the key beside {} belongs to another certificate.", called(leaf));
            MISMATCH.of(&holding.place, text)
        })
        .collect()
}
