//! Clocks: the newest line of a party's log has the party's time, its file has the machine's.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;

use counterfoil_doctor::fact::{ClockSeen, Fact};
use counterfoil_node::deployment::running;

use super::{Gatherer, Place};

pub(super) static GATHERER: Gatherer = Gatherer { name: "clocks", run };

/// Octets from the end of a log that are read: more than the longest line.
const TAIL_BYTES: u64 = 64 * 1024;

#[derive(Deserialize)]
struct Line {
    time: Timestamp,
}

fn run(place: &Place) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (entry, material) in place.materials() {
        // The log of one that does not run may have been copied, and have any time.
        if running::process_of(material.folder()).is_none() {
            continue;
        }
        let file = material.folder().log().join(format!("{}.jsonl", entry.name));
        // A process writes its number into the lock of its records when it starts.
        let mut lock = material.folder().state().into_os_string();
        lock.push(".lock");
        let started = std::fs::metadata(lock).and_then(|data| data.modified());
        let written = std::fs::metadata(&file).and_then(|data| data.modified());
        let (Ok(started), Ok(written)) = (started, written) else { continue };
        let (Some(said), Ok(written_at)) = (newest(&file), Timestamp::try_from(written)) else {
            continue;
        };
        // A line may have come between the two looks.
        let still = std::fs::metadata(&file).and_then(|data| data.modified());
        if written < started || !still.is_ok_and(|still| still == written) {
            continue;
        }
        let ahead = said.duration_since(written_at).as_millis();
        let ahead_ms = i64::try_from(ahead).unwrap_or(i64::MAX);
        let compared = format!("the newest line says {said}, and was written at {written_at}");
        let seen = ClockSeen { ahead_ms, compared };
        facts.push(Fact::of(&entry.name, place.name_of(&file), place.now, &seen));
    }
    facts
}

/// The time in the newest whole line.
fn newest(file: &Path) -> Option<Timestamp> {
    let mut file = std::fs::File::open(file).ok()?;
    let octets = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(octets.saturating_sub(TAIL_BYTES))).ok()?;
    let mut read = Vec::new();
    file.take(TAIL_BYTES).read_to_end(&mut read).ok()?;
    let text = String::from_utf8_lossy(&read);
    text.lines().rev().find_map(|line| Some(serde_json::from_str::<Line>(line).ok()?.time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_whole_line_counts() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.jsonl");
        let lines = "{\"time\":\"2026-01-01T00:00:01Z\"}\n\
                     {\"time\":\"2026-01-01T00:00:02Z\",\"x\":1}\n{\"ti";
        std::fs::write(&file, lines).unwrap();
        assert_eq!(newest(&file).unwrap().to_string(), "2026-01-01T00:00:02Z");
        std::fs::write(&file, "nothing\n").unwrap();
        assert_eq!(newest(&file), None);
    }
}
