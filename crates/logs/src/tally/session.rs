//! Payments: lines of all files joined by their id.
//!
//! Files are read one after another, so a payment's lines are far apart. When there are more
//! payments than room, those are followed whose hash is small enough: every line of such a
//! payment is taken wherever it stands, and the rest are left out evenly (Wegman's adaptive
//! sampling, as in Flajolet 1990).

use crate::hash::Table;
use crate::limit::{SESSION_STEPS_MAX, SESSIONS_MAX};
use crate::tally::{Seen, name};

/// One payment.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its id.
    pub id: Box<[u8]>,
    /// Lines.
    pub lines: u32,
    /// First time in microseconds since 1970.
    pub first_us: i64,
    /// Last time.
    pub last_us: i64,
    /// Files that it stands in, the first 64 of them, as bits.
    pub files: u64,
    /// Whether a line of it is a failure.
    pub is_failed: bool,
    /// Its first steps in order of arrival: time, step, whether it failed.
    pub steps: Vec<(i64, u16, bool)>,
}

/// All payments that are followed.
#[derive(Debug, Default)]
pub struct SessionTally {
    /// By hash of the id.
    pub sessions: Table<Session>,
    /// One payment in two to this power is followed.
    pub shift: u8,
}

impl SessionTally {
    /// Takes an event, when it belongs to a payment; `step` is the place of its step.
    pub fn absorb(&mut self, seen: Seen<'_, '_>, step: Option<u16>) {
        let xid = &seen.event.xid;
        if !xid.is_said() || !self.is_followed(xid.hash) {
            return;
        }
        let session = self.sessions.entry(xid.hash).or_insert_with(|| Session {
            id: name(xid.text),
            lines: 0,
            first_us: seen.time_us,
            last_us: seen.time_us,
            files: 0,
            is_failed: false,
            steps: Vec::new(),
        });
        session.lines = session.lines.saturating_add(1);
        (session.first_us, session.last_us) = seen.stretch(session.first_us, session.last_us);
        session.files |= 1 << (seen.place.file & 63);
        session.is_failed |= seen.event.is_failure();
        if let Some(step) = step.filter(|_| session.steps.len() < SESSION_STEPS_MAX) {
            session.steps.push((seen.time_us, step, seen.event.is_failure()));
        }
        if self.sessions.len() > SESSIONS_MAX {
            self.thin();
        }
    }

    /// The upper bits decide, since the table uses the lower ones.
    fn is_followed(&self, hash: u64) -> bool {
        self.shift == 0 || hash >> (64 - u32::from(self.shift)) == 0
    }

    fn thin(&mut self) {
        while self.sessions.len() > SESSIONS_MAX {
            self.shift += 1;
            let shift = 64 - u32::from(self.shift);
            self.sessions.retain(|hash, _| hash >> shift == 0);
        }
    }

    /// How many payments there were, by those that are followed.
    pub fn estimate(&self) -> u64 {
        (self.sessions.len() as u64) << self.shift
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, Named};
    use crate::hash;
    use crate::sample::Place;

    fn absorb(tally: &mut SessionTally, id: &str, file: u16) {
        let mut event = Event::of(id.as_bytes(), 0);
        event.xid = Named { text: id.as_bytes(), hash: hash::of(id.as_bytes()) };
        let place = Place { file, line: 1 };
        tally.absorb(Seen { event: &event, time_us: 0, time_s: 0, place }, None);
    }

    #[test]
    fn payments_are_joined_across_files_when_there_are_too_many_of_them() {
        let mut tally = SessionTally::default();
        let count = SESSIONS_MAX * 5;
        for file in 0..2 {
            (0..count).for_each(|n| absorb(&mut tally, &format!("payment {n}"), file));
        }
        assert!(tally.sessions.len() <= SESSIONS_MAX);
        assert!(tally.sessions.values().all(|session| session.files == 3 && session.lines == 2));
        let error = (tally.estimate() as usize).abs_diff(count);
        assert!(error * 20 < count, "{}", tally.estimate());
    }
}
