//! Pages that are made from the code.

use counterfoil_pki::{file, lint};
use counterfoil_remark::page;

const INTRODUCTION: &str = "\
What `counterfoil cert inspect` and `counterfoil cert lint` can say, by profile: what is remarked, what it means and what to do.
How to use the two is told in [certificates.md](../certificates.md). This page is made from the rules; a test says when it is
stale, and `UPDATE_EXPECT=1 cargo test -p counterfoil-pki --test it pages` writes it anew.";

#[test]
#[allow(clippy::disallowed_methods, reason = "a test reads and writes a page")]
fn the_reference_of_rules_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/lint.md");
    let kinds = [file::KINDS, &lint::kinds()].concat();
    let new = page::reference("Rules of `cert lint`", INTRODUCTION, &kinds);
    if std::env::var("UPDATE_EXPECT").is_ok() {
        std::fs::write(path, &new).unwrap();
    }
    let old = std::fs::read_to_string(path).unwrap_or_default();
    assert!(old == new, "docs/reference/lint.md is stale: UPDATE_EXPECT=1 writes it anew");
}
