//! What can be told of a connection from its segments alone, one file each.

mod capture_gap;
mod large_lost;
mod overlap;
mod reset;
mod storm;
mod unanswered;
mod window;

use counterfoil_remark::{Kind, Remark};

use crate::message::{Connection, Direction, Moment};
use crate::tcp::half::{Half, Taken};
use crate::tcp::segment::Segment;

/// A way to watch connections: what it can say, and how it starts with a new one.
pub struct Watcher {
    /// Everything that it can remark.
    pub kinds: &'static [&'static Kind],
    /// Starts with a new connection.
    pub start: fn() -> Box<dyn Watch>,
}

/// Every way.
pub const WATCHERS: &[&Watcher] = &[
    &storm::WATCHER,
    &reset::WATCHER,
    &large_lost::WATCHER,
    &overlap::WATCHER,
    &capture_gap::WATCHER,
    &unanswered::WATCHER,
    &window::WATCHER,
];

/// One segment, after it was taken.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    /// The connection.
    pub connection: &'a Connection,
    /// Which way it went.
    pub direction: Direction,
    /// The segment.
    pub segment: &'a Segment<'a>,
    /// What it did; none for a reset.
    pub taken: Option<&'a Taken>,
    /// Octets lost that became certain with it, in its direction.
    pub lost: i64,
    /// Time to live or hop limit of its packet.
    pub ttl: u8,
    /// Identification of its packet, if it has one.
    pub ip_id: Option<u32>,
    /// When it was captured.
    pub time: Moment,
    /// Its frame.
    pub frame: u64,
    /// Both directions, by [`Direction::index`].
    pub halves: &'a [Half; 2],
}

impl Seen<'_> {
    /// The direction that the segment belongs to.
    pub fn half(&self) -> &Half {
        &self.halves[self.direction.index()]
    }

    /// What remarks on the connection have as their subject.
    pub fn subject(&self) -> String {
        crate::layer::subject(self.connection)
    }

    /// Who sent the segment: `the client`, `the server`.
    pub fn sender(&self) -> &'static str {
        name(self.direction)
    }
}

/// Who sends in a direction.
pub fn name(direction: Direction) -> &'static str {
    match direction {
        Direction::ToServer => "the client",
        Direction::ToClient => "the server",
    }
}

/// The end of a connection, or of the interest in it.
#[derive(Clone, Copy)]
pub struct Ended<'a> {
    /// The connection.
    pub connection: &'a Connection,
    /// Both directions, by [`Direction::index`].
    pub halves: &'a [Half; 2],
    /// Octets lost that became certain with the end, by direction.
    pub lost: [i64; 2],
    /// The time of the last packet of the capture so far.
    pub time: Moment,
}

/// Watches one connection.
pub trait Watch {
    /// Looks at a segment.
    fn segment(&mut self, seen: &Seen<'_>, say: &mut Vec<Remark>);
    /// Looks back.
    fn end(&mut self, ended: &Ended<'_>, say: &mut Vec<Remark>) {
        let _ = (ended, say);
    }
}

/// `frame 12`, as evidence says where it was found.
fn at(frame: u64) -> String {
    format!("frame {frame}")
}
