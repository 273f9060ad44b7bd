//! The processes of parties that run, as `/proc` tells them.

use counterfoil_doctor::fact::{Fact, ProcessSeen};
use counterfoil_node::deployment::running;

use super::{Gatherer, Place};

pub(super) static GATHERER: Gatherer = Gatherer { name: "processes", run };

fn run(place: &Place) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (entry, material) in place.materials() {
        let Some(process) = running::process_of(material.folder()) else { continue };
        let process = process.as_raw_nonzero().get();
        let source = format!("/proc/{process}/limits");
        // A process that has just ended is not looked at; one of another user cannot be.
        let Ok(text) = std::fs::read_to_string(&source) else { continue };
        let Some((open_files_max, open_files_limit)) = limits(&text) else { continue };
        let Ok(open) = std::fs::read_dir(format!("/proc/{process}/fd")) else { continue };
        let open_files = open.count() as u64;
        let seen = ProcessSeen { process, open_files, open_files_max, open_files_limit };
        facts.push(Fact::of(&entry.name, source, place.now, &seen));
    }
    facts
}

/// The soft and the hard limit of open files.
pub(crate) fn limits(text: &str) -> Option<(u64, u64)> {
    let line = text.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    let number = |word: &str| if word == "unlimited" { Some(u64::MAX) } else { word.parse().ok() };
    let mut words = line.split_whitespace();
    Some((number(words.next()?)?, number(words.next()?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_from_what_the_kernel_writes() {
        let text = "Limit                     Soft Limit           Hard Limit\n\
                    Max open files            1024                 524288     files\n";
        assert_eq!(limits(text), Some((1_024, 524_288)));
        assert_eq!(
            limits("Max open files unlimited unlimited files\n"),
            Some((u64::MAX, u64::MAX))
        );
        assert_eq!(limits("Max cpu time 1 2\n"), None);
    }
}
