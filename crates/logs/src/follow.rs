//! One payment: every line that names it, in order of time.

use std::collections::BTreeSet;

use memchr::memmem::Finder;
use serde::Serialize;

use crate::limit::{FOLLOWED_BYTES_MAX, FOLLOWED_LINES_MAX, SAMPLE_BYTES_MAX};
use crate::redact::shown;
use crate::source::Batch;
use crate::time;

/// Ids of requests that are followed because a line names them beside the payment.
const IDS_MAX: usize = 64;
/// Shortest id that is looked for in whole lines.
const ID_BYTES_MIN: usize = 4;

/// A line of the payment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Line {
    /// RFC 3339 UTC; absent when the line does not say.
    pub time: Option<String>,
    /// Name of the file.
    pub file: String,
    /// Line, counted from 1.
    pub number: u64,
    /// The line, without card numbers and secrets.
    pub line: String,
    #[serde(skip)]
    time_us: i64,
}

/// Collects the lines of one payment. The first pass learns the ids of its requests; a second
/// pass over the same files also finds lines that only name those.
#[derive(Debug)]
pub struct Follow {
    ids: BTreeSet<Vec<u8>>,
    learned: BTreeSet<Vec<u8>>,
    finders: Vec<Finder<'static>>,
    lines: Vec<Line>,
    bytes: usize,
    /// Lines for which there was no room.
    pub left_out: u64,
}

impl Follow {
    /// Follows a payment by its id.
    pub fn new(id: &str) -> Self {
        Self::of(BTreeSet::from([id.as_bytes().to_vec()]))
    }

    fn of(ids: BTreeSet<Vec<u8>>) -> Self {
        let finders = ids.iter().map(|id| Finder::new(id).into_owned()).collect();
        let (learned, lines) = (BTreeSet::new(), Vec::new());
        Self { ids, learned, finders, lines, bytes: 0, left_out: 0 }
    }

    /// The second pass, when the first learned ids.
    pub fn again(&self) -> Option<Self> {
        let ids: BTreeSet<_> = self.ids.union(&self.learned).take(IDS_MAX).cloned().collect();
        (ids.len() > self.ids.len()).then(|| Self::of(ids))
    }

    /// Whether a piece names the payment at all.
    pub fn is_in(&self, piece: &[u8]) -> bool {
        self.finders.iter().any(|finder| finder.find(piece).is_some())
    }

    /// Takes a piece of a file; `lines_before` stand before it.
    pub fn absorb(&mut self, file: &str, lines_before: u64, batch: &Batch<'_>) {
        for event in &batch.events {
            if !self.finders.iter().any(|finder| finder.find(event.line).is_some()) {
                continue;
            }
            for id in [event.rrpid, event.xid.text] {
                if id.len() >= ID_BYTES_MIN && self.learned.len() < IDS_MAX {
                    self.learned.insert(id.to_vec());
                }
            }
            if self.lines.len() >= FOLLOWED_LINES_MAX || self.bytes > FOLLOWED_BYTES_MAX {
                self.left_out += 1;
                continue;
            }
            let text = &event.line[..event.line.len().min(8 * SAMPLE_BYTES_MAX)];
            self.bytes += text.len();
            self.lines.push(Line {
                time: event.time_us.map(time::text),
                file: file.to_owned(),
                number: lines_before + u64::from(event.number) + 1,
                line: shown(text),
                time_us: event.time_us.unwrap_or(i64::MAX),
            });
        }
    }

    /// The lines in order of time; those without one stand where their file has them.
    pub fn finish(mut self) -> Vec<Line> {
        let mut last: Option<(String, i64)> = None;
        for line in &mut self.lines {
            if line.time.is_none() {
                let same = last.as_ref().filter(|(file, _)| *file == line.file);
                line.time_us = same.map_or(0, |(_, us)| *us);
            }
            last = Some((line.file.clone(), line.time_us));
        }
        self.lines.sort_by_key(|line| line.time_us);
        self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;
    use crate::time::Assumed;

    const FILES: [(&str, &str); 2] = [
        (
            "gateway",
            "{\"time\":\"2026-07-01T12:00:02Z\",\"level\":\"info\",\"xid\":\"aaaa\",\"rrpid\":\"rrrr\"}\n\
             {\"time\":\"2026-07-01T12:00:03Z\",\"level\":\"info\",\"xid\":\"bbbb\"}\n",
        ),
        ("bank", "2026-07-01T12:00:01Z request rrrr pan=4111111111111111\n"),
    ];

    fn pass(mut follow: Follow) -> Follow {
        for (name, text) in FILES {
            let assumed = Assumed { zone_s: 0, not_after: jiff::Timestamp::UNIX_EPOCH };
            let source = Source::of(text.as_bytes(), assumed, "").unwrap();
            follow.absorb(name, 0, &source.read(text.as_bytes()));
        }
        follow
    }

    #[test]
    fn lines_that_name_only_the_request_are_found_in_a_second_pass() {
        let first = pass(Follow::new("aaaa"));
        let second = pass(first.again().unwrap());
        assert_eq!(first.finish().len(), 1);
        let lines = second.finish();
        let told: Vec<_> = lines.iter().map(|line| (line.file.as_str(), line.number)).collect();
        assert_eq!(told, [("bank", 1), ("gateway", 1)]);
        assert!(lines[0].line.ends_with("pan=411111******1111"), "{}", lines[0].line);
    }
}
