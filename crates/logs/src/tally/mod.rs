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

/// Octets of a name that are kept in place.
const SHORT_MAX: usize = 22;

/// A name as it is kept where there are very many: a short one takes no memory of its own.
#[derive(Debug, Clone)]
pub enum Name {
    /// Its octets, and how many they are.
    Short([u8; SHORT_MAX], u8),
    /// A longer one.
    Long(Box<[u8]>),
}

impl Name {
    /// Keeps a name.
    pub fn of(text: &[u8]) -> Self {
        let mut short = [0; SHORT_MAX];
        match short.get_mut(..text.len()) {
            Some(room) => {
                room.copy_from_slice(text);
                Self::Short(short, text.len() as u8)
            }
            None => Self::Long(name(text)),
        }
    }
}

impl std::ops::Deref for Name {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Short(octets, len) => &octets[..usize::from(*len)],
            Self::Long(octets) => octets,
        }
    }
}
