//! The parties' own logs: their latest part, counted by event and code.

use std::collections::BTreeMap;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use jiff::Timestamp;
use serde_json::{Map, Value};

use counterfoil_doctor::fact::{Fact, LogEvent, Observation as _};

use super::{Gatherer, Place};

pub(super) static GATHERER: Gatherer = Gatherer { name: "logs", run };

/// Octets of a log that are read, from its end.
const LOG_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Kinds of events of one party.
const EVENTS_MAX: usize = 2_000;
/// Fields that say why.
const CODES: [&str; 4] = ["code", "id", "reason", "status"];

fn run(place: &Place) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (entry, material) in place.materials() {
        let file = material.folder().log().join(format!("{}.jsonl", entry.name));
        let source = place.name_of(&file);
        match read(&file) {
            Ok(text) => facts.extend(
                count(&text)
                    .into_values()
                    .map(|event| Fact::of(&entry.name, &source, place.now, &event)),
            ),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                facts.push(place.unseen(&entry.name, &source, LogEvent::KIND, error));
            }
        }
    }
    facts
}

fn read(file: &Path) -> std::io::Result<String> {
    let mut file = std::fs::File::open(file)?;
    let octets = file.metadata()?.len();
    file.seek(SeekFrom::Start(octets.saturating_sub(LOG_BYTES_MAX)))?;
    let mut read = Vec::new();
    file.take(LOG_BYTES_MAX).read_to_end(&mut read)?;
    Ok(String::from_utf8_lossy(&read).into_owned())
}

/// Name, code and reason.
type Key = (String, Option<String>, Option<String>);

/// Events by name, code and reason. A line that was cut or is of somebody else is passed over.
fn count(text: &str) -> BTreeMap<Key, LogEvent> {
    let mut events: BTreeMap<Key, LogEvent> = BTreeMap::new();
    for line in text.lines() {
        let Ok(fields) = serde_json::from_str::<Map<String, Value>>(line) else { continue };
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        let Some(event) = text("event") else { continue };
        let Some(time) = text("time").and_then(|time| time.parse::<Timestamp>().ok()) else {
            continue;
        };
        let code = CODES.iter().find_map(|name| text(name)).map(str::to_owned);
        // Several reasons may share a code.
        let reason = code.as_deref().and_then(|_| text("reason")).map(str::to_owned);
        let key = (event.to_owned(), code.clone(), reason);
        if events.len() == EVENTS_MAX && !events.contains_key(&key) {
            continue;
        }
        let seen = events.entry(key).or_insert_with(|| LogEvent {
            event: event.to_owned(),
            code,
            count: 0,
            first: time,
            last: time,
            fields: BTreeMap::new(),
        });
        seen.count += 1;
        (seen.first, seen.last) = (seen.first.min(time), seen.last.max(time));
        let own = ["time", "event", "party"];
        let others = fields.iter().filter(|(name, _)| !own.contains(&name.as_str()));
        seen.fields = others.map(|(name, value)| (name.clone(), plain(value))).collect();
    }
    events
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_counted_by_name_and_code() {
        let text = "ut\"}\n\
            {\"time\":\"2026-01-01T00:00:02Z\",\"event\":\"a.b\",\"code\":\"x\",\"n\":2}\n\
            {\"time\":\"2026-01-01T00:00:01Z\",\"event\":\"a.b\",\"code\":\"x\",\"n\":1}\n\
            {\"time\":\"2026-01-01T00:00:03Z\",\"event\":\"a.b\"}\n\
            {\"time\":\"no\",\"event\":\"a.b\"}\n{\"time\":\"2026-01-01T00:00:03Z\"}\n{\"cut";
        let told: Vec<String> = count(text)
            .values()
            .map(|seen| format!("{:?} {} {} {}", seen.code, seen.count, seen.first, seen.last))
            .collect();
        assert_eq!(
            told,
            [
                "None 1 2026-01-01T00:00:03Z 2026-01-01T00:00:03Z",
                "Some(\"x\") 2 2026-01-01T00:00:01Z 2026-01-01T00:00:02Z",
            ]
        );
    }
}
