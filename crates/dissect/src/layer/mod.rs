//! The protocols above a byte stream, one file each; a new one is a file and a line here.
//!
//! A [`StreamLayer`] reads both directions of a connection in order; a [`DocumentLayer`] reads one
//! whole body that a stream layer carried. Which one fits is told by looking at the bytes; a port
//! is only a hint. A stream layer that carries another stream (TLS) owns a
//! [`Conversation`](conversation::Conversation) and feeds it what it has opened.

pub mod conversation;
mod http;
pub mod iso8583;
pub mod set;
pub mod tls;

use std::collections::BTreeMap;

use counterfoil_remark::{Kind, Remark};
use serde_json::Value;

use crate::key::Keys;
use crate::message::{Connection, Direction, Event, Message, Moment, Placed};
use crate::tree::{Node, Span};

/// Every layer above a byte stream.
pub const STREAMS: &[&StreamLayer] = &[&http::LAYER, &tls::LAYER, &iso8583::LAYER];

/// Every layer that reads whole bodies.
pub const DOCUMENTS: &[&DocumentLayer] = &[&set::LAYER];

/// How well bytes fit a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Score {
    /// They do not.
    No,
    /// They may; more are needed to tell.
    More,
    /// They do, with so much certainty: 1 (a port alone) to 100 (a magic number).
    Fits(u8),
}

/// The beginning of a stream (or what follows a gap), as seen so far.
#[derive(Debug, Clone, Copy)]
pub struct Opening<'a> {
    /// Octets of each direction, by [`Direction::index`].
    pub bytes: [&'a [u8]; 2],
    /// Whether the first octets of the connection are among them.
    pub from_start: bool,
    /// The server's port: a hint.
    pub server_port: u16,
}

/// A protocol that stands above a byte stream.
pub struct StreamLayer {
    /// Its id, and the group of its kinds: `http`, `tls`.
    pub id: &'static str,
    /// Everything that it can remark.
    pub kinds: &'static [&'static Kind],
    /// How well the beginning of a stream fits.
    pub recognise: fn(&Opening<'_>) -> Score,
    /// Starts reading one connection. Its first bytes follow in calls of their own.
    pub open: fn(&Opening<'_>) -> Box<dyn Stream>,
}

/// Octets that came next in one direction.
#[derive(Debug, Clone, Copy)]
pub struct Chunk<'a> {
    /// Which way they went.
    pub direction: Direction,
    /// The octets; never empty.
    pub bytes: &'a [u8],
    /// Where they stand: the buffer's name and the place of the first octet in its direction.
    pub span: Span,
    /// When they were captured.
    pub time: Moment,
    /// The frame that brought them, from 1.
    pub frame: u64,
}

/// Octets of one direction that are missing from the capture.
#[derive(Debug, Clone, Copy)]
pub struct Gap {
    /// The direction that lacks them.
    pub direction: Direction,
    /// Which octets.
    pub span: Span,
    /// When that became certain.
    pub time: Moment,
    /// The frame that made it certain.
    pub frame: u64,
}

/// How one direction, or both, ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// In order (FIN, close_notify).
    Closed,
    /// By a reset.
    Reset,
    /// It did not end: the capture, or the interest in it, did.
    Unfinished,
}

/// The end of one direction. Each direction ends exactly once, whatever happens.
#[derive(Debug, Clone, Copy)]
pub struct End {
    /// The direction that ended.
    pub direction: Direction,
    /// How.
    pub how: How,
    /// When.
    pub time: Moment,
    /// The frame that said so.
    pub frame: u64,
}

/// One connection as a layer reads it. Never fails: bad bytes are remarked on.
pub trait Stream {
    /// Takes the next octets of one direction.
    fn bytes(&mut self, chunk: &Chunk<'_>, out: &mut Out<'_>);
    /// Goes on after octets that are missing.
    fn lost(&mut self, gap: &Gap, out: &mut Out<'_>);
    /// Takes the end of one direction.
    fn end(&mut self, end: &End, out: &mut Out<'_>);
}

/// What the user wants and offered, the same for a whole dissection.
#[derive(Debug, Default)]
pub struct Context {
    /// What may be opened.
    pub keys: Keys,
    /// Whether trees are wanted (`-v`); without, layers leave them out and are quicker.
    pub trees: bool,
    /// Whether a request is told only when its answer (or the lack of it) is known, and carries
    /// what is to be said of it (`--json`); without, each is told when it is complete.
    pub await_answers: bool,
}

/// Where a layer puts what it found.
pub struct Out<'a> {
    /// What the user wants and offered.
    pub context: &'a Context,
    /// The connection.
    pub connection: &'a Connection,
    /// The layers around the one that writes here, outermost first, itself last.
    pub layers: &'a mut Vec<&'static str>,
    /// What was found, in order.
    pub events: &'a mut Vec<Event>,
    /// What reads whole bodies, and remembers those that it read.
    pub readers: &'a mut Readers,
    /// What was counted, by name: `http_requests`.
    pub counts: &'a mut BTreeMap<&'static str, u64>,
}

impl Out<'_> {
    /// A message of the layer that writes here, to be filled and handed to [`Out::tell`].
    pub fn message(&self, direction: Direction, time: Moment, frame: u64) -> Message {
        Message {
            time,
            frame,
            connection: *self.connection,
            direction,
            layers: self.layers.clone(),
            summary: String::new(),
            ids: Vec::new(),
            facts: Vec::new(),
            tree: None,
            remarks: Vec::new(),
        }
    }

    /// Tells a message.
    pub fn tell(&mut self, message: Message) {
        self.events.push(Event::Message(Box::new(message)));
    }

    /// Counts one more of what the summary at the end tells.
    pub fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// Remarks on the connection, or on bytes that are no message's.
    pub fn remark(&mut self, remark: Remark, span: Option<Span>) {
        self.events.push(Event::Remark(Box::new(Placed { remark, span })));
    }

    /// What remarks on this connection have as their subject.
    pub fn subject(&self) -> String {
        subject(self.connection)
    }
}

/// A connection as the subject of remarks: `connection 3, 10.0.0.1:40000 > 10.0.0.2:80`.
pub fn subject(connection: &Connection) -> String {
    let Connection { number, client, server } = connection;
    format!("connection {number}, {client} > {server}")
}

/// A protocol whose messages are whole bodies.
pub struct DocumentLayer {
    /// Its id, and the group of its kinds: `set`.
    pub id: &'static str,
    /// Everything that it can remark.
    pub kinds: &'static [&'static Kind],
    /// How well a body fits. Asked once with its first octets (up to
    /// [`crate::limit::OPENING_BYTES_MAX`]), before the rest is kept.
    pub recognise: fn(&Document<'_>) -> Score,
    /// Starts reading the bodies of one dissection.
    pub open: fn() -> Box<dyn Reader>,
}

/// The bodies of one dissection as a layer reads them, in the order in which they became whole.
/// It may remember what it read, within limits of its own. Never fails.
pub trait Reader {
    /// Reads the whole of a body.
    fn read(&mut self, document: &Document<'_>, context: &Context) -> Reading;
}

/// The readers of one dissection, opened when they are first needed; one for each of
/// [`DOCUMENTS`].
#[derive(Default)]
pub struct Readers {
    opened: Vec<(&'static str, Box<dyn Reader>)>,
}

impl Readers {
    /// The layer that fits a body best, told by its first octets.
    pub fn recognise(document: &Document<'_>) -> Option<&'static DocumentLayer> {
        let fits = |layer: &&'static DocumentLayer| match (layer.recognise)(document) {
            Score::Fits(certainty) => Some((certainty, *layer)),
            Score::No | Score::More => None,
        };
        // The first of equals wins.
        let best = DOCUMENTS.iter().filter_map(fits).rev().max_by_key(|(certainty, _)| *certainty);
        best.map(|(_, layer)| layer)
    }

    /// Reads a body with the reader of `layer`.
    pub fn read(
        &mut self,
        layer: &'static DocumentLayer,
        document: &Document<'_>,
        context: &Context,
    ) -> Reading {
        let place = self.opened.iter().position(|(id, _)| *id == layer.id).unwrap_or_else(|| {
            self.opened.push((layer.id, (layer.open)()));
            self.opened.len() - 1
        });
        self.opened[place].1.read(document, context)
    }
}

/// A body, or its beginning.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    /// The media type in lower case without parameters, if one was given.
    pub media_type: Option<&'a str>,
    /// Its octets.
    pub bytes: &'a [u8],
    /// Where they stand: buffer `body`, from 0.
    pub span: Span,
    /// False when its end is missing (lost, cut off, or above a limit).
    pub is_whole: bool,
    /// Which way it went: requests go to the server.
    pub direction: Direction,
    /// When its last octet was captured.
    pub time: Moment,
    /// The remarks' subject.
    pub subject: &'a str,
}

/// What a document layer made of a body. It becomes part of the message that carried it.
#[derive(Debug, Default)]
pub struct Reading {
    /// What is added to the summary line: `PReq, XID 1a2b...`.
    pub summary: String,
    /// Ids that join messages of one payment.
    pub ids: Vec<(&'static str, String)>,
    /// Members of the JSON object under the layer's id.
    pub facts: Vec<(&'static str, Value)>,
    /// Its fields; none unless `context.trees`.
    pub tree: Option<Node>,
    /// What is remarked of its bytes.
    pub remarks: Vec<Placed>,
}

/// Everything that this crate can remark.
pub fn kinds() -> Vec<&'static Kind> {
    let streams = STREAMS.iter().flat_map(|layer| layer.kinds);
    let documents = DOCUMENTS.iter().flat_map(|layer| layer.kinds);
    streams.chain(documents).copied().collect()
}
