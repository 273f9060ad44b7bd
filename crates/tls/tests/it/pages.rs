//! The reference page of the probe is what the kinds say.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "the test reads and rewrites a page"
)]

use counterfoil_remark::page::reference;
use counterfoil_tls::rule;

#[test]
fn the_reference_page_is_fresh() {
    let introduction = "What `counterfoil probe` says of a server. Made from the rules: \
        `UPDATE_EXPECT=1 cargo test -p counterfoil-tls --test it pages` rewrites it.";
    let page = reference("Remarks of the probe", introduction, &rule::kinds());
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/probe.md");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::create_dir_all(std::path::Path::new(path).parent().unwrap()).unwrap();
        std::fs::write(path, &page).unwrap();
    }
    let there = std::fs::read_to_string(path).unwrap_or_default();
    assert!(there == page, "docs/reference/probe.md is stale: set UPDATE_EXPECT=1");
}

#[test]
fn ids_are_unique() {
    let mut ids: Vec<&str> = rule::kinds().iter().map(|kind| kind.id).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
}
