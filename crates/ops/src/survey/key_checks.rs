//! Check values of the keys of bank links.

use counterfoil_doctor::fact::{Fact, KeyCheck};
use counterfoil_node::deployment::layout;

use super::{Gatherer, Place};
use crate::check_value::check_value;

pub(super) static GATHERER: Gatherer = Gatherer { name: "key checks", run };

/// Keys of links that one party may have.
const LINKS_MAX: usize = 64;

fn run(place: &Place) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (entry, material) in place.materials() {
        let Ok(files) = std::fs::read_dir(material.folder().keys()) else { continue };
        let names =
            files.filter_map(|file| Some(file.ok()?.path().file_stem()?.to_str()?.to_owned()));
        let links = names.filter(|name| name.starts_with(layout::BANK_LINK)).take(LINKS_MAX);
        for name in links {
            // What cannot be read is told with the other keys.
            let Ok(key) = material.symmetric_key(&name) else { continue };
            let source = place.name_of(&material.key_file(&name));
            let seen = KeyCheck { check: check_value(&key) };
            facts.push(Fact::of(&entry.name, source, place.now, &seen));
        }
    }
    facts
}
