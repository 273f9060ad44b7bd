//! Where events go: JSON Lines in the party's `log/`, one line for people on a terminal, a count.
//!
//! Writing events never fails a payment: what cannot be written is counted and forgotten.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::{Map, Value};

use counterfoil_party::event::{Event, Level};

use crate::clock;
use crate::metrics::{Counter, Registry};
use crate::server::Visitors;

/// Octets of one log file, after which a new one is begun.
pub const LOG_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// Log files kept, the one being written included.
pub const LOG_FILES_MAX: usize = 5;
/// Octets of one line; longer events lose their fields.
pub const LINE_BYTES_MAX: usize = 16 * 1024;
/// Octets held back until [`Telemetry::flush`].
const BUFFER_BYTES_MAX: usize = 64 * 1024;
/// Field names that every line has for itself.
const RESERVED: [&str; 6] = ["time", "level", "party", "event", "xid", "rrpid"];

/// Where and how much to log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The folder of the log files; `None` writes none.
    pub folder: Option<PathBuf>,
    /// Octets of one file.
    pub file_bytes_max: u64,
    /// Files kept.
    pub files_max: usize,
    /// Whether each event is also written for people, on the standard error output.
    pub for_people: bool,
}

impl Settings {
    /// Files of default size in `folder`, and nothing on the terminal.
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            folder: Some(folder.to_path_buf()),
            file_bytes_max: LOG_BYTES_MAX,
            files_max: LOG_FILES_MAX,
            for_people: false,
        }
    }

    /// Counts events and writes them nowhere.
    pub fn nowhere() -> Self {
        Self {
            folder: None,
            file_bytes_max: LOG_BYTES_MAX,
            files_max: LOG_FILES_MAX,
            for_people: false,
        }
    }
}

/// The events of one party. Clones share everything.
#[derive(Debug, Clone)]
pub struct Telemetry {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    party: String,
    settings: Settings,
    registry: Registry,
    visitors: Visitors,
    lost: Arc<Counter>,
    sink: Mutex<Sink>,
}

#[derive(Debug, Default)]
struct Sink {
    buffer: Vec<u8>,
    file: Option<File>,
    file_bytes: u64,
    counters: BTreeMap<(&'static str, Level), Arc<Counter>>,
}

impl Telemetry {
    /// Telemetry of the party of this name. Opens its log when there is something to write.
    pub fn new(party: &str, settings: Settings) -> Self {
        let registry = Registry::new(party);
        let lost = registry.counter(
            "counterfoil_log_lines_lost_total",
            "Log lines that could not be written.",
            &[],
        );
        let sink = Mutex::default();
        Self {
            inner: Arc::new(Inner {
                party: party.to_owned(),
                settings,
                registry,
                visitors: Visitors::default(),
                lost,
                sink,
            }),
        }
    }

    /// The party's name.
    pub fn party(&self) -> &str {
        &self.inner.party
    }

    /// Counters and gauges, for whoever counts something.
    pub fn registry(&self) -> &Registry {
        &self.inner.registry
    }

    /// Who calls the party.
    pub fn visitors(&self) -> &Visitors {
        &self.inner.visitors
    }

    /// Counts and logs one event that happened at `now`. It may wait in memory for
    /// [`Telemetry::flush`].
    pub fn event(&self, now: Timestamp, event: &Event) {
        let inner = &*self.inner;
        if inner.settings.for_people {
            let text = for_people(&inner.party, now, event);
            // A terminal that is gone must not stop a party.
            drop(writeln!(std::io::stderr().lock(), "{text}"));
        }
        let mut sink = inner.sink.lock().unwrap_or_else(PoisonError::into_inner);
        inner.count(&mut sink, event);
        if inner.settings.folder.is_some() {
            append_line(&mut sink.buffer, &inner.party, now, event);
            if sink.buffer.len() >= BUFFER_BYTES_MAX {
                inner.write_out(&mut sink);
            }
        }
    }

    /// The same, written out at once: for what happens outside the party, now and then.
    pub fn tell(&self, event: &Event) {
        self.event(clock::now(), event);
        self.flush();
    }

    /// Writes out what waits in memory.
    pub fn flush(&self) {
        let mut sink = self.inner.sink.lock().unwrap_or_else(PoisonError::into_inner);
        self.inner.write_out(&mut sink);
    }
}

impl Inner {
    fn count(&self, sink: &mut Sink, event: &Event) {
        sink.counters
            .entry((event.name, event.level))
            .or_insert_with(|| {
                self.registry.counter(
                    "counterfoil_events_total",
                    "Events by their stable name and level.",
                    &[("event", event.name), ("level", event.level.name())],
                )
            })
            .increment();
    }

    fn write_out(&self, sink: &mut Sink) {
        if sink.buffer.is_empty() {
            return;
        }
        if let Err(_error) = self.try_write_out(sink) {
            self.lost.add(sink.buffer.iter().filter(|octet| **octet == b'\n').count() as u64);
            sink.file = None;
        }
        sink.buffer.clear();
    }

    fn try_write_out(&self, sink: &mut Sink) -> std::io::Result<()> {
        let Some(folder) = &self.settings.folder else { return Ok(()) };
        if sink.file.is_some() && sink.file_bytes >= self.settings.file_bytes_max {
            sink.file = None;
            rotate(folder, &self.party, self.settings.files_max)?;
        }
        if sink.file.is_none() {
            std::fs::create_dir_all(folder)?;
            let path = folder.join(format!("{}.jsonl", self.party));
            let file = OpenOptions::new().append(true).create(true).mode(0o640).open(path)?;
            sink.file_bytes = file.metadata()?.len();
            sink.file = Some(file);
        }
        if let Some(file) = &mut sink.file {
            file.write_all(&sink.buffer)?;
            sink.file_bytes += sink.buffer.len() as u64;
        }
        Ok(())
    }
}

/// `party.jsonl` becomes `party.1.jsonl`, that one `party.2.jsonl`, and the oldest is removed.
fn rotate(folder: &Path, party: &str, files_max: usize) -> std::io::Result<()> {
    let path = |age: usize| match age {
        0 => folder.join(format!("{party}.jsonl")),
        age => folder.join(format!("{party}.{age}.jsonl")),
    };
    let oldest = files_max.saturating_sub(1);
    if oldest == 0 {
        return std::fs::remove_file(path(0));
    }
    for age in (0..oldest).rev() {
        match std::fs::rename(path(age), path(age + 1)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn append_line(buffer: &mut Vec<u8>, party: &str, now: Timestamp, event: &Event) {
    let start = buffer.len();
    append_object(buffer, party, now, event, &event.fields);
    if buffer.len() - start > LINE_BYTES_MAX {
        buffer.truncate(start);
        let mut fields = Map::new();
        fields.insert("fields_too_long".to_owned(), Value::Bool(true));
        append_object(buffer, party, now, event, &fields);
    }
    buffer.push(b'\n');
}

fn append_object(
    buffer: &mut Vec<u8>,
    party: &str,
    now: Timestamp,
    event: &Event,
    fields: &Map<String, Value>,
) {
    buffer.extend_from_slice(b"{\"time\":");
    append_value(buffer, &now);
    for (name, value) in [
        ("level", Some(event.level.name())),
        ("party", Some(party)),
        ("event", Some(event.name)),
        ("xid", event.xid.as_deref()),
        ("rrpid", event.rrpid.as_deref()),
    ] {
        if let Some(value) = value {
            buffer.push(b',');
            append_value(buffer, name);
            buffer.push(b':');
            append_value(buffer, value);
        }
    }
    for (name, value) in fields.iter().filter(|(name, _)| !RESERVED.contains(&name.as_str())) {
        buffer.push(b',');
        append_value(buffer, name);
        buffer.push(b':');
        append_value(buffer, value);
    }
    buffer.push(b'}');
}

fn append_value(buffer: &mut Vec<u8>, value: &(impl serde::Serialize + ?Sized)) {
    serde_json::to_writer(buffer, value)
        .expect("invariant: text, times and JSON values can be written to memory");
}

/// `2026-07-01T12:00:00.123Z gateway info purchase.authorized xid=0102 code=00`.
fn for_people(party: &str, now: Timestamp, event: &Event) -> String {
    let mut text = format!("{now:.3} {party} {} {}", event.level.name(), event.name);
    let ids = [("xid", &event.xid), ("rrpid", &event.rrpid)];
    for (name, id) in ids {
        if let Some(id) = id {
            text.push_str(&format!(" {name}={id}"));
        }
    }
    for (name, value) in &event.fields {
        match value {
            Value::String(value) if !value.contains([' ', '\n', '"']) => {
                text.push_str(&format!(" {name}={value}"));
            }
            value => text.push_str(&format!(" {name}={value}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> Timestamp {
        "2026-07-01T12:00:00.123456Z".parse().unwrap()
    }

    fn line(event: &Event) -> String {
        let mut buffer = Vec::new();
        append_line(&mut buffer, "gateway", at(), event);
        String::from_utf8(buffer).unwrap()
    }

    #[test]
    fn line_is_one_json_object_with_stable_names() {
        let event =
            Event::info("purchase.authorized").xid(&[1, 2]).with("code", "00\n").with("n", 7);
        let expect = concat!(
            r#"{"time":"2026-07-01T12:00:00.123456Z","level":"info","party":"gateway","#,
            r#""event":"purchase.authorized","xid":"0102","code":"00\n","n":7}"#,
            "\n"
        );
        assert_eq!(line(&event), expect);
    }

    #[test]
    fn fields_cannot_pretend_to_be_the_lines_own() {
        let event = Event::info("a.b").with("event", "forged").with("time", "never");
        let value: Value = serde_json::from_str(&line(&event)).unwrap();
        assert_eq!((&value["event"], &value["level"]), (&"a.b".into(), &"info".into()));
        assert_eq!(line(&event).matches("event").count(), 1);
    }

    #[test]
    fn line_that_is_too_long_loses_its_fields() {
        let event = Event::warning("a.b").with("long", "x".repeat(LINE_BYTES_MAX));
        assert!(line(&event).ends_with("\"event\":\"a.b\",\"fields_too_long\":true}\n"));
    }

    #[test]
    fn people_read_one_line() {
        let event = Event::error("store.failed").with("cause", "no room").with("id", "store-full");
        let expect =
            "2026-07-01T12:00:00.123Z bank error store.failed cause=\"no room\" id=store-full";
        assert_eq!(for_people("bank", at(), &event), expect);
    }

    #[test]
    fn files_are_rotated_and_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let settings =
            Settings { file_bytes_max: 200, files_max: 3, ..Settings::in_folder(folder.path()) };
        let telemetry = Telemetry::new("ca", settings);
        for n in 0..40 {
            telemetry.event(at(), &Event::info("certificate.issued").with("n", n));
            telemetry.flush();
        }
        let mut names: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["ca.1.jsonl", "ca.2.jsonl", "ca.jsonl"]);
        let text = std::fs::read_to_string(folder.path().join("ca.jsonl")).unwrap();
        assert!(text.ends_with("\"n\":39}\n"), "{text}");
        assert!(telemetry.registry().text().contains(
            "counterfoil_events_total{party=\"ca\",event=\"certificate.issued\",level=\"info\"} 40"
        ));
    }

    #[test]
    fn log_that_cannot_be_written_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let blocked = folder.path().join("file");
        std::fs::write(&blocked, b"").unwrap();
        let telemetry = Telemetry::new("ca", Settings::in_folder(&blocked));
        telemetry.tell(&Event::info("a.b"));
        let text = telemetry.registry().text();
        assert!(text.contains("counterfoil_log_lines_lost_total{party=\"ca\"} 1"), "{text}");
    }
}
