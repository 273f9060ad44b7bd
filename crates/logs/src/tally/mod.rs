//! What is counted while lines pass by: each file holds one tally and its bounds.

pub mod card;
pub mod clock;
pub mod code;
pub mod session;
pub mod step;
pub mod template;
pub mod who;

use crate::event::Event;
use crate::limit::NAME_BYTES_MAX;
use crate::sample::Place;

/// One event with its time and place, as tallies take it.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'e, 'a> {
    /// The event.
    pub event: &'e Event<'a>,
    /// Its time, or that of the last line before it that had one; microseconds since 1970. 0
    /// when there is none.
    pub time_us: i64,
    /// The same in seconds.
    pub time_s: u32,
    /// Where it stands.
    pub place: Place,
}

impl Seen<'_, '_> {
    /// A first and last time that take in this one.
    pub fn stretch(&self, first_us: i64, last_us: i64) -> (i64, i64) {
        match (self.time_us, first_us) {
            (0, _) => (first_us, last_us),
            (us, 0) => (us, us),
            (us, first_us) => (first_us.min(us), last_us.max(us)),
        }
    }
}

/// A name as it is kept.
pub fn name(text: &[u8]) -> Box<[u8]> {
    text[..text.len().min(NAME_BYTES_MAX)].into()
}
