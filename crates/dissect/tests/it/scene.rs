//! Captures that tests write, and what a dissection makes of them as text.

use counterfoil_dissect::capture::write::{PCAP_HEADER, Talk, record};
use counterfoil_dissect::dissection::{Dissection, Summary};
use counterfoil_dissect::layer::Context;
use counterfoil_dissect::message::{Direction, Event, Moment};
use counterfoil_dissect::render;

pub use Direction::{ToClient, ToServer};

/// The first packet of every scene: 2026-11-27T12:00:00Z.
pub const START: i64 = 1_795_780_800_000_000_000;
/// A millisecond in nanoseconds.
pub const MS: i64 = 1_000_000;

/// A capture that is being written.
pub struct Scene {
    pub file: Vec<u8>,
    pub time: i64,
}

impl Scene {
    pub fn new() -> Self {
        Self { file: PCAP_HEADER.to_vec(), time: START }
    }

    /// Adds frames, a millisecond apart.
    pub fn add(&mut self, frames: impl IntoIterator<Item = Vec<u8>>) -> &mut Self {
        for frame in frames {
            record(Moment(self.time), &frame, &mut self.file);
            self.time += MS;
        }
        self
    }

    pub fn wait(&mut self, ms: i64) -> &mut Self {
        self.time += ms * MS;
        self
    }

    /// What is found in it, one line a message or remark.
    pub fn text(&self) -> String {
        lines(&dissect(&self.file, Context::default(), self.file.len()).0).join("\n")
    }

    pub fn summary(&self) -> Summary {
        dissect(&self.file, Context::default(), self.file.len()).1
    }
}

/// A connection between two made-up hosts.
pub fn talk() -> Talk {
    let [client, server] = ["10.0.0.1:40000", "10.0.0.2:80"].map(|end| end.parse().unwrap());
    Talk::new(client, server, [1_000, 9_000])
}

/// Everything that comes out of a file that is given in chunks of `chunk` octets.
pub fn dissect(file: &[u8], context: Context, chunk: usize) -> (Vec<Event>, Summary) {
    let mut dissection = Dissection::new(context);
    let mut events = Vec::new();
    for piece in file.chunks(chunk.max(1)) {
        if dissection.feed(piece).is_err() {
            return (events, dissection.summary());
        }
        events.extend(dissection.events());
    }
    if dissection.finish(None).is_ok() {
        events.extend(dissection.events());
    }
    (events, dissection.summary())
}

/// Events as text without their times.
pub fn lines(events: &[Event]) -> Vec<String> {
    let mut lines = Vec::new();
    for event in events {
        match event {
            Event::Message(message) => {
                let line = render::line(message);
                lines.push(line.split_once(' ').unwrap().1.trim_start().to_owned());
                lines.extend(render::details(message));
            }
            Event::Remark(placed) => lines.push(render::remark(placed)),
        }
    }
    lines
}

/// The ids of all remarks, in order.
pub fn ids(file: &[u8]) -> Vec<&'static str> {
    let (events, _) = dissect(file, Context::default(), file.len());
    let mut ids = Vec::new();
    for event in &events {
        match event {
            Event::Message(message) => ids.extend(message.remarks.iter().map(|p| p.remark.id)),
            Event::Remark(placed) => ids.push(placed.remark.id),
        }
    }
    ids
}

/// A request and its answer on an open connection.
pub fn exchange(talk: &mut Talk, request: &str, answer: &str) -> Vec<Vec<u8>> {
    let mut frames = talk.send(ToServer, request.as_bytes());
    frames.push(talk.acknowledge(ToClient));
    frames.extend(talk.send(ToClient, answer.as_bytes()));
    frames.push(talk.acknowledge(ToServer));
    frames
}

/// A whole connection with one exchange.
pub fn whole(request: &str, answer: &str) -> Scene {
    let (mut scene, mut talk) = (Scene::new(), talk());
    scene.add(talk.open()).add(exchange(&mut talk, request, answer)).add(talk.close());
    scene
}
