//! The handbook in the repository is the one that the catalogue makes.

#![allow(clippy::disallowed_methods, reason = "the page is read")]

use counterfoil_doctor::{fault, handbook};

#[test]
fn the_handbook_is_made_from_the_catalogue() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/handbook.md");
    let made = handbook::handbook(&fault::catalogue());
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(page, &made).unwrap();
    }
    let stands = std::fs::read_to_string(page).unwrap_or_default();
    assert!(stands == made, "docs/handbook.md is stale: run with UPDATE_EXPECT=1");
}
