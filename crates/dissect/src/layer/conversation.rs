//! A stream whose layer is found by looking at its bytes.

use crate::limit::{LAYERS_DEEP_MAX, OPENING_BYTES_MAX, OPENING_CHUNKS_MAX};
use crate::message::{Direction, Moment};
use crate::tree::Span;

use super::{Chunk, End, Gap, Opening, Out, STREAMS, Score, Stream, StreamLayer};

/// Both directions of a stream: bytes go in, and to the layer that they fit.
pub struct Conversation {
    server_port: u16,
    state: State,
}

enum State {
    Looking(Looking),
    Found(&'static StreamLayer, Box<dyn Stream>),
    /// No layer fits; nothing more is kept.
    Unknown,
}

/// What is kept while it is not known which layer fits.
struct Looking {
    held: Vec<Held>,
    bytes: [Vec<u8>; 2],
    chunks_seen: usize,
    from_start: bool,
}

struct Held {
    direction: Direction,
    bytes: Vec<u8>,
    span: Span,
    time: Moment,
    frame: u64,
}

impl Looking {
    fn new(from_start: bool) -> Self {
        Self { held: Vec::new(), bytes: Default::default(), chunks_seen: 0, from_start }
    }

    /// Forgets what did not fit, and looks again at what comes next.
    fn again(&mut self) {
        self.held.clear();
        self.bytes.iter_mut().for_each(Vec::clear);
        self.from_start = false;
    }

    fn keep(&mut self, chunk: &Chunk<'_>) {
        let Chunk { direction, bytes, span, time, frame } = *chunk;
        self.bytes[direction.index()].extend_from_slice(bytes);
        self.held.push(Held { direction, bytes: bytes.to_vec(), span, time, frame });
    }

    fn is_full(&self) -> bool {
        self.bytes.iter().any(|bytes| bytes.len() >= OPENING_BYTES_MAX)
    }
}

impl Conversation {
    /// A stream whose first octet has not been seen yet; `from_start` is false when the capture
    /// began after the stream did.
    pub fn new(server_port: u16, from_start: bool) -> Self {
        Self { server_port, state: State::Looking(Looking::new(from_start)) }
    }

    /// The layer that was found.
    pub fn layer(&self) -> Option<&'static str> {
        match &self.state {
            State::Found(layer, _) => Some(layer.id),
            State::Looking(_) | State::Unknown => None,
        }
    }

    /// Takes the next octets of one direction.
    pub fn bytes(&mut self, chunk: &Chunk<'_>, out: &mut Out<'_>) {
        match &mut self.state {
            State::Found(layer, stream) => {
                within(layer, out, |out| stream.bytes(chunk, out));
                return;
            }
            State::Unknown => return,
            State::Looking(_) if out.layers.len() >= LAYERS_DEEP_MAX => {
                self.state = State::Unknown;
                return;
            }
            State::Looking(looking) => looking.keep(chunk),
        }
        self.look(out);
    }

    fn look(&mut self, out: &mut Out<'_>) {
        let State::Looking(looking) = &mut self.state else { return };
        looking.chunks_seen += 1;
        let [to_server, to_client] = &looking.bytes;
        let opening = Opening {
            bytes: [to_server, to_client],
            from_start: looking.from_start,
            server_port: self.server_port,
        };
        let scores = STREAMS.iter().map(|layer| ((layer.recognise)(&opening), *layer));
        // The first of equals wins: the order of the list is part of the decision.
        let best = scores.fold(None, |best: Option<(Score, &'static StreamLayer)>, next| {
            if best.is_some_and(|best| best.0 >= next.0) { best } else { Some(next) }
        });
        match best {
            Some((Score::Fits(_), layer)) => {
                let mut stream = (layer.open)(&opening);
                let held = std::mem::take(&mut looking.held);
                within(layer, out, |out| {
                    for part in &held {
                        let Held { direction, span, time, frame, .. } = *part;
                        let bytes = &part.bytes;
                        stream.bytes(&Chunk { direction, bytes, span, time, frame }, out);
                    }
                });
                self.state = State::Found(layer, stream);
            }
            Some((Score::More, _)) if !looking.is_full() => {}
            _ if looking.chunks_seen < OPENING_CHUNKS_MAX => looking.again(),
            _ => self.state = State::Unknown,
        }
    }

    /// Goes on after octets that are missing.
    pub fn lost(&mut self, gap: &Gap, out: &mut Out<'_>) {
        match &mut self.state {
            State::Found(layer, stream) => within(layer, out, |out| stream.lost(gap, out)),
            State::Looking(looking) => looking.again(),
            State::Unknown => {}
        }
    }

    /// Takes the end of one direction.
    pub fn end(&mut self, end: &End, out: &mut Out<'_>) {
        if let State::Found(layer, stream) = &mut self.state {
            within(layer, out, |out| stream.end(end, out));
        }
    }
}

/// Runs `work` with the layer's id among the layers.
fn within(layer: &StreamLayer, out: &mut Out<'_>, work: impl FnOnce(&mut Out<'_>)) {
    out.layers.push(layer.id);
    work(out);
    out.layers.pop();
}
