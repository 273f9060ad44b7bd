//! The prober: asks a server what it speaks, as a state machine without I/O.
//!
//! Each *inquiry* ([`inquiry`], one file each) wants to know one thing and asks for it with one
//! hello after another; several inquiries run beside each other. Whoever has sockets calls
//! [`Prober::next_step`], sends the hello on a connection of its own, reads the answer with a
//! [`FlightReader`](crate::flight::FlightReader), and hands it to [`Prober::answer`]. What was
//! found is in [`Facts`]; what it means is said by [`crate::rule`].
//!
//! Suites are found by offering many, taking the chosen one out and offering the rest, until
//! the server refuses: one connection for each suite that it has and one more, not one for each
//! suite that there is.

pub mod facts;
pub mod inquiry;
pub mod offer;

pub use facts::Facts;
pub use offer::Offer;

use crate::{flight::Flight, probe::inquiry::Inquiry};

/// What is asked for and how.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The host name for server_name; none for an address.
    pub server_name: Option<String>,
    /// What the randoms of the hellos are made from. They protect nothing: no connection is used.
    pub seed: u64,
}

/// Names a question until it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct QuestionId(usize);

/// A hello that wants to be sent on a connection of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// To be given back with the answer.
    pub id: QuestionId,
    /// What to send.
    pub hello: Vec<u8>,
    /// Which inquiry asks, for messages: `suites of TLS 1.2`.
    pub about: String,
}

/// How the answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// It is over: complete, an alert, or no TLS at all.
    Over,
    /// The server closed the connection.
    Closed,
    /// The server reset the connection.
    Reset,
    /// Nothing more came in time.
    Silent,
    /// The connection could not be made, or its dialogue before TLS failed.
    NotReached,
    /// It was not asked: a limit of connections or time was met.
    NotAsked,
}

/// What came in answer to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What was read.
    pub flight: Flight,
    /// How it ended.
    pub ending: Ending,
}

impl Answer {
    /// The answer to a question that no server has heard.
    pub fn unheard(ending: Ending) -> Self {
        Self { flight: Flight::default(), ending }
    }

    /// Did the server choose something?
    pub fn is_hello(&self) -> bool {
        self.flight.hello.is_some() || self.flight.ssl2.is_some()
    }

    /// Did it refuse, in words or by hanging up?
    pub fn is_refusal(&self) -> bool {
        !self.is_hello()
            && (self.flight.fatal_alert().is_some()
                || matches!(self.ending, Ending::Closed | Ending::Reset)
                || self.ending == Ending::Over)
    }
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Send this.
    Ask(Question),
    /// Nothing until an answer that is outstanding has come.
    Wait,
    /// Everything is known that can be.
    Done,
}

/// The prober of one server.
pub struct Prober {
    settings: Settings,
    facts: Facts,
    lines: Vec<Line>,
    count: u64,
}

/// An inquiry and whether it waits for an answer.
struct Line {
    inquiry: Box<dyn Inquiry>,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    Asked,
    Done,
}

impl Prober {
    /// Nothing is known yet.
    pub fn new(settings: Settings) -> Self {
        let facts = Facts::new(settings.server_name.clone());
        let line = |inquiry| Line { inquiry, state: State::Idle };
        let lines = inquiry::all().into_iter().map(line).collect();
        Self { settings, facts, lines, count: 0 }
    }

    /// What to do next.
    pub fn next_step(&mut self) -> Next {
        for index in 0..self.lines.len() {
            if self.lines[index].state != State::Idle {
                continue;
            }
            match self.lines[index].inquiry.next(&self.facts) {
                inquiry::Step::Ask(offer) => return Next::Ask(self.question(index, &offer)),
                inquiry::Step::Wait => {}
                inquiry::Step::Done => self.lines[index].state = State::Done,
            }
        }
        if self.lines.iter().any(|line| line.state == State::Asked) {
            Next::Wait
        } else {
            Next::Done
        }
    }

    fn question(&mut self, index: usize, offer: &Offer) -> Question {
        self.count += 1;
        let line = &mut self.lines[index];
        line.state = State::Asked;
        let about = line.inquiry.about();
        let random = random(self.settings.seed, self.count);
        let name = self.settings.server_name.as_deref();
        Question { id: QuestionId(index), hello: offer.to_octets(name, random), about }
    }

    /// Takes the answer to a question.
    pub fn answer(&mut self, id: QuestionId, answer: &Answer) {
        let Some(line) = self.lines.get_mut(id.0).filter(|line| line.state == State::Asked) else {
            return;
        };
        line.state = State::Idle;
        self.facts.note(&line.inquiry.about(), answer);
        line.inquiry.answer(answer, &mut self.facts);
        if matches!(answer.ending, Ending::NotAsked | Ending::NotReached) {
            line.state = State::Done;
        }
    }

    /// What has been found.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// What has been found.
    pub fn into_facts(self) -> Facts {
        self.facts
    }
}

/// 32 octets that differ from hello to hello (SplitMix64).
fn random(seed: u64, count: u64) -> [u8; 32] {
    let mut state = seed ^ count.wrapping_mul(0xd134_2543_de82_ef95);
    let mut octets = [0; 32];
    for chunk in octets.chunks_mut(8) {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        chunk.copy_from_slice(&(mixed ^ mixed >> 31).to_be_bytes());
    }
    octets
}
