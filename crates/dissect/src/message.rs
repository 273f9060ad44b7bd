//! What a user sees one line of: messages, and remarks with the place they are made of.

use std::fmt;
use std::net::SocketAddr;

use counterfoil_remark::Remark;
use serde_json::Value;

use crate::tree::{Node, Span};

/// A time of capture: nanoseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub i64);

impl Moment {
    /// Nanoseconds from `earlier` to here; negative when the clock went back.
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Moment {
    /// RFC 3339, UTC, with microseconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_nanosecond(i128::from(self.0)) {
            Ok(time) => write!(f, "{time:.6}"),
            Err(_) => write!(f, "{} ns", self.0),
        }
    }
}

/// Which way bytes go on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// From the side that opened the connection.
    ToServer,
    /// From the side that accepted it.
    ToClient,
}

impl Direction {
    /// The other direction.
    #[must_use]
    pub fn reversed(self) -> Self {
        match self {
            Self::ToServer => Self::ToClient,
            Self::ToClient => Self::ToServer,
        }
    }

    /// 0 to the server, 1 to the client: for arrays of two.
    pub fn index(self) -> usize {
        self as usize
    }
}

/// A connection's place and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connection {
    /// Its number in the capture, from 0.
    pub number: u64,
    /// The side that opened it.
    pub client: SocketAddr,
    /// The side that accepted it.
    pub server: SocketAddr,
}

/// A remark, and the bytes that it is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// What is said.
    pub remark: Remark,
    /// Of which bytes; none when it is said of a connection or the whole capture.
    pub span: Option<Span>,
}

/// One message of the innermost layer that could be read.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// When its last byte was captured.
    pub time: Moment,
    /// The frame that completed it, from 1.
    pub frame: u64,
    /// The connection it came on.
    pub connection: Connection,
    /// Which way it went.
    pub direction: Direction,
    /// The layers it was found in, outermost first: `tls`, `http`, `set`.
    pub layers: Vec<&'static str>,
    /// One line for people, redacted.
    pub summary: String,
    /// Ids that join messages of one payment, as (name, value): `xid`, `rrpid` in hexadecimal.
    pub ids: Vec<(&'static str, String)>,
    /// What a program reads of it, in this order; redacted. Becomes members of its JSON object.
    pub facts: Vec<(&'static str, Value)>,
    /// Its fields; none unless trees were asked for.
    pub tree: Option<Node>,
    /// What is remarked of its bytes.
    pub remarks: Vec<Placed>,
}

/// What comes out of a dissection, in the order in which it became known.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A message.
    Message(Box<Message>),
    /// A remark on a connection or on the capture.
    Remark(Box<Placed>),
}
