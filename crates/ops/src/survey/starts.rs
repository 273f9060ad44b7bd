//! Starts: how often each party was started and stopped lately, from the ends of its own log and of
//! the log of whoever keeps it up.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use counterfoil_doctor::fact::{Fact, Observation as _, Starts};

use super::{Gatherer, Place};

pub(super) static GATHERER: Gatherer = Gatherer { name: "starts", run };

/// Octets of a log that are read, from its end.
const LOG_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// The period, in minutes.
const MINUTES: i64 = 30;
/// The log of whoever keeps parties up, in the deployment's folder.
const KEEPER_LOG: &str = "log/deployment.jsonl";

fn run(place: &Place) -> Vec<Fact> {
    let from = place.now - SignedDuration::from_mins(MINUTES);
    let ends = lines(&place.data.join(KEEPER_LOG), from).unwrap_or_default();
    let started = place.materials().into_iter().filter(|(entry, _)| entry.start);
    started
        .map(|(entry, material)| {
            let file = material.folder().log().join(format!("{}.jsonl", entry.name));
            let source = place.name_of(&file);
            match lines(&file, from) {
                Ok(own) => {
                    let starts = starts(&entry.name, &own, &ends);
                    Fact::of(&entry.name, source, place.now, &starts)
                }
                Err(error) => place.unseen(&entry.name, &source, Starts::KIND, error),
            }
        })
        .collect()
}

fn starts(party: &str, own: &[(Timestamp, Value)], ends: &[(Timestamp, Value)]) -> Starts {
    let at = |name: &str| {
        own.iter().filter(|(_, line)| line["event"] == name).map(|(at, _)| *at).collect()
    };
    let mut ended = ends
        .iter()
        .filter(|(_, line)| line["event"] == "party.ended" && line["name"] == party)
        .peekable();
    let cause = ended.clone().last().and_then(|(_, line)| line["cause"].as_str());
    let cause = cause.map(str::to_owned);
    Starts {
        minutes: MINUTES.unsigned_abs(),
        ready_at: at("party.ready"),
        told_to_stop_at: at("party.stopping"),
        ended_at: std::iter::from_fn(|| ended.next()).map(|(at, _)| *at).collect(),
        cause,
    }
}

/// Events of the life of a party since `from`; none where there is no such log.
fn lines(file: &Path, from: Timestamp) -> std::io::Result<Vec<(Timestamp, Value)>> {
    let mut file = match std::fs::File::open(file) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let octets = file.metadata()?.len();
    file.seek(SeekFrom::Start(octets.saturating_sub(LOG_BYTES_MAX)))?;
    let mut read = Vec::new();
    file.take(LOG_BYTES_MAX).read_to_end(&mut read)?;
    let text = String::from_utf8_lossy(&read);
    let lives = text.lines().filter(|line| line.contains("\"event\":\"party."));
    let parsed = lives.filter_map(|line| {
        let value: Value = serde_json::from_str(line).ok()?;
        let at: Timestamp = value["time"].as_str()?.parse().ok()?;
        (at >= from).then_some((at, value))
    });
    Ok(parsed.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_and_ends_are_told_apart_by_party() {
        let folder = tempfile::tempdir().unwrap();
        let line = |second: u32, event: &str, name: &str| {
            format!(
                "{{\"time\":\"2026-01-01T00:00:{second:02}Z\",\"event\":\"{event}\",\
                 \"name\":\"{name}\",\"cause\":\"signal: 9\"}}\n"
            )
        };
        let own = folder.path().join("bank.jsonl");
        let text = "ut off\"}\n".to_owned()
            + &line(1, "party.ready", "")
            + &line(2, "party.stopping", "")
            + &line(3, "party.ready", "")
            + &line(4, "bank.hold_placed", "")
            + &line(5, "party.ready", "");
        std::fs::write(&own, text).unwrap();
        let keeper = folder.path().join("deployment.jsonl");
        let text = line(4, "party.ended", "bank") + &line(5, "party.ended", "gateway");
        std::fs::write(&keeper, text).unwrap();
        let from: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let (own, ends) = (lines(&own, from).unwrap(), lines(&keeper, from).unwrap());
        let starts = starts("bank", &own, &ends);
        assert_eq!((starts.ready_at.len(), starts.told_to_stop_at.len()), (3, 1));
        assert_eq!(starts.ended_at.len(), 1);
        assert_eq!(starts.cause.as_deref(), Some("signal: 9"));
        assert_eq!(starts.unwanted(), [starts.ended_at[0]]);
        assert!(lines(&folder.path().join("none"), from).unwrap().is_empty());
    }
}
