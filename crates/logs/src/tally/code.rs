//! Error codes: how often, since when.

use crate::hash::{Table, mix};
use crate::limit::{CODE_CELLS_MAX, CODES_MAX};
use crate::sample::Sample;
use crate::statistic::timeline::Timeline;
use crate::tally::{Seen, name};

/// An error code.
#[derive(Debug, Clone)]
pub struct Code {
    /// `bank-unreachable`, `51`, `HTTP 502`, or the name of an event that is a failure.
    pub text: Box<[u8]>,
    /// Lines.
    pub total: u64,
    /// When it came first, in microseconds since 1970.
    pub first_us: i64,
    /// When it came last.
    pub last_us: i64,
    /// Its past.
    pub timeline: Timeline,
    /// A line with it.
    pub sample: Sample,
}

/// All codes.
#[derive(Debug, Default)]
pub struct CodeTally {
    /// By hash.
    pub codes: Table<Code>,
    /// Lines whose code had no room.
    pub unlisted: u64,
}

impl CodeTally {
    /// Takes an event, when it is a failure and says which.
    pub fn absorb(&mut self, seen: Seen<'_, '_>) {
        let event = seen.event;
        if !event.is_failure() {
            return;
        }
        let key = if event.code.is_said() {
            event.code.hash
        } else if event.status != 0 {
            mix(7, u64::from(event.status))
        } else if !event.name.is_empty() {
            event.shape
        } else {
            return;
        };
        if !self.codes.contains_key(&key) && self.codes.len() >= CODES_MAX {
            self.unlisted += 1;
            return;
        }
        let code = self.codes.entry(key).or_insert_with(|| Code {
            text: text(seen),
            total: 0,
            first_us: seen.time_us,
            last_us: seen.time_us,
            timeline: Timeline::new(CODE_CELLS_MAX),
            sample: Sample::of(seen),
        });
        code.total += 1;
        (code.first_us, code.last_us) = seen.stretch(code.first_us, code.last_us);
        code.timeline.add(seen.time_s, true);
        if Sample::is_due(code.total) {
            code.sample = Sample::of(seen);
        }
    }
}

fn text(seen: Seen<'_, '_>) -> Box<[u8]> {
    let event = seen.event;
    if event.code.is_said() {
        name(event.code.text)
    } else if event.status != 0 {
        format!("HTTP {}", event.status).into_bytes().into()
    } else {
        name(event.name)
    }
}
