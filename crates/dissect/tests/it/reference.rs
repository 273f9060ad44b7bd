//! The reference page is what the code says.

use std::path::Path;

use counterfoil_dissect::dissection::kinds;
use counterfoil_remark::page;

const INTRODUCTION: &str = "Made from the code; a test says when it is stale. Everything that \
`counterfoil dissect` can\nremark, by the layer that says it. Exit status 1 means that a remark of \
severity error was made.\n[dissect.md](../dissect.md) is the guide.";

#[test]
fn the_reference_page_is_made_of_all_kinds() {
    let page = page::reference("Remarks on captures", INTRODUCTION, &kinds());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/dissect.md");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let stands = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(stands == page, "docs/reference/dissect.md is stale: run with UPDATE_EXPECT=1");
}

#[test]
fn ids_are_unique_and_in_kebab_case() {
    let mut ids: Vec<&str> = kinds().iter().map(|kind| kind.id).collect();
    let is_kebab =
        |id: &str| id.bytes().all(|b| b == b'-' || b.is_ascii_lowercase() || b.is_ascii_digit());
    assert!(ids.iter().all(|id| is_kebab(id)), "{ids:?}");
    ids.sort_unstable();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count);
}
