//! The page of the standard deployment profile, which is made from the code.

use counterfoil_doctor::profile;

#[test]
#[allow(clippy::disallowed_methods, reason = "a test reads and writes a page")]
fn the_page_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/standard-profile.md");
    let new = profile::page();
    if std::env::var("UPDATE_EXPECT").is_ok() {
        std::fs::write(path, &new).unwrap();
    }
    let old = std::fs::read_to_string(path).unwrap_or_default();
    assert!(old == new, "docs/standard-profile.md is stale: UPDATE_EXPECT=1 writes it anew");
}
