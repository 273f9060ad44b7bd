//! HTTP/1.0 and 1.1 (RFC 9110, RFC 9112) on an ordered stream: requests and answers in pairs.
//!
//! Bodies end by length, chunks or the end of the connection; requests may be pipelined; interim
//! answers do not use up a request; after an upgrade or CONNECT the stream goes on inside as
//! another one. Octets that are missing are stepped over where the end is still known.

mod body;
mod head;
mod kind;
mod show;

use std::collections::VecDeque;

use counterfoil_remark::{Kind, Remark};

use super::conversation::Conversation;
use super::{Chunk, End, Gap, How, Opening, Out, Score, Stream, StreamLayer};
use crate::limit::{HEAD_BYTES_MAX, QUESTIONS_MAX};
use crate::message::{Direction, Message, Moment, Placed};
use crate::tree::Span;

use body::{Framing, Kept, Step};
use head::{Head, Parsed, Start};

/// The layer.
pub(super) static LAYER: StreamLayer = StreamLayer {
    id: "http",
    kinds: kind::KINDS,
    recognise,
    open: |opening| Box::new(Http::new(opening)),
};

fn recognise(opening: &Opening<'_>) -> Score {
    let verdict = |bytes: &[u8]| match bytes.is_empty() {
        true => Score::No,
        false => head::begins(bytes).map_or(Score::More, |fits| match fits {
            true => Score::Fits(90),
            false => Score::No,
        }),
    };
    opening.bytes.map(verdict).into_iter().max().unwrap_or(Score::No)
}

/// Answers that nobody asked for, of one connection.
const UNASKED_MAX: usize = 8;

/// One connection.
struct Http {
    ways: [Way; 2],
    /// Requests without an answer, oldest first.
    questions: VecDeque<Question>,
    asked: u64,
    /// Answers that no request asked for: status, place and frame. Told when it is certain that no
    /// request is missing from the capture.
    unasked: Vec<(u16, Span, u64)>,
    /// Whether every message so far was seen, so that answers can be counted against requests.
    is_counted: bool,
    tunnel: Option<Conversation>,
}

/// One direction.
#[derive(Default)]
struct Way {
    state: State,
    /// Octets that are not a whole head or line yet.
    held: Vec<u8>,
    /// Octets of `held` that hold no end of a head.
    scanned: usize,
    messages: u64,
    has_ended: bool,
}

#[derive(Default)]
enum State {
    /// At the beginning of a message.
    #[default]
    Head,
    /// Inside a body.
    Body(Box<Current>),
    /// It is not known where messages begin.
    Adrift,
    /// It carries another stream.
    Tunnel,
}

/// A message of which the head was read.
struct Current {
    head: Head,
    framing: Framing,
    kept: Kept,
    span: Span,
    remarks: Vec<Placed>,
    /// Of a request: its number. Of an answer: the request.
    question: Asked,
    /// When its head was complete.
    time: Moment,
}

enum Asked {
    /// A request, by number; and its answer if that came first.
    Number(u64, Option<Answered>),
    /// What an answer answers.
    Question(Option<Box<Question>>),
}

/// What is said of an answer in its request.
#[derive(Debug, Clone, Copy)]
struct Answered {
    status: u16,
    time: Moment,
    frame: u64,
}

/// A request whose answer has not come.
struct Question {
    number: u64,
    direction: Direction,
    method: String,
    target: String,
    /// When its last octet so far was captured.
    time: Moment,
    frame: u64,
    /// The message, when it is told only with its answer.
    message: Option<Message>,
}

/// Octets at hand, and where they stand.
#[derive(Clone, Copy)]
struct Input<'a> {
    direction: Direction,
    bytes: &'a [u8],
    span: Span,
    time: Moment,
    frame: u64,
}

impl Input<'_> {
    fn after(self, used: usize) -> Self {
        let span = Span::of(self.span.buffer, self.span.start + used as u64, self.span.end);
        Self { bytes: &self.bytes[used..], span, ..self }
    }
}

impl Http {
    fn new(opening: &Opening<'_>) -> Self {
        Self {
            ways: Default::default(),
            questions: VecDeque::new(),
            asked: 0,
            unasked: Vec::new(),
            is_counted: opening.from_start,
            tunnel: None,
        }
    }

    fn way(&mut self, direction: Direction) -> &mut Way {
        &mut self.ways[direction.index()]
    }

    /// Takes all octets that can be taken; how many are left.
    fn run(&mut self, mut input: Input<'_>, out: &mut Out<'_>) -> usize {
        loop {
            let used = match self.way(input.direction).state {
                State::Head => self.head(input, out),
                State::Body(_) => self.body(input, out),
                State::Adrift => self.adrift(input),
                State::Tunnel => {
                    self.inside(input, out);
                    return 0;
                }
            };
            match used {
                Some(used) => input = input.after(used),
                None => return input.bytes.len(),
            }
        }
    }

    /// At the beginning of a message: the octets taken, none when more are needed.
    fn head(&mut self, input: Input<'_>, out: &mut Out<'_>) -> Option<usize> {
        let Input { direction, bytes, span, .. } = input;
        let empty = bytes.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        if empty > 0 {
            return Some(empty);
        }
        if !head::begins(bytes).unwrap_or(!bytes.is_empty()) {
            return (!bytes.is_empty()).then(|| {
                let known = self.way(direction).messages > 0;
                let said = "octets follow a message that begin no other".to_owned();
                self.lose_way(direction, known.then_some((&kind::BODY_LONG, said)), span, out);
                bytes.len()
            });
        }
        let way = self.way(direction);
        if !has_head_end(&bytes[way.scanned.saturating_sub(3).min(bytes.len())..]) {
            way.scanned = bytes.len();
            if bytes.len() > HEAD_BYTES_MAX {
                let said = format!("a head of more than {HEAD_BYTES_MAX} octets");
                self.lose_way(direction, Some((&kind::HEAD_BAD, said)), span, out);
                return Some(bytes.len());
            }
            return None;
        }
        way.scanned = 0;
        match head::parse(bytes, out.context.trees) {
            Parsed::Head(head) => {
                let len = head.len;
                self.begin(*head, input, out);
                Some(len)
            }
            Parsed::Partial => None,
            Parsed::Bad(why) => {
                let said = format!("a head has {why}");
                self.lose_way(direction, Some((&kind::HEAD_BAD, said)), span, out);
                Some(bytes.len())
            }
        }
    }

    /// Begins a message.
    fn begin(&mut self, head: Head, input: Input<'_>, out: &mut Out<'_>) {
        let Input { direction, span, time, frame, .. } = input;
        self.way(direction).messages += 1;
        let span = span.part(0, head.len);
        let remarks = remarks_on_head(&head, span, out);
        let question = match &head.start {
            Start::Request { method, target } => {
                out.count("http_requests");
                let number = self.ask(direction, method, target, (time, frame), out);
                Asked::Number(number, None)
            }
            Start::Answer { status, .. } => {
                out.count("http_answers");
                let answered = Answered { status: *status, time, frame };
                let question = self.answer(answered, out);
                if question.is_none() && *status >= 200 && self.unasked.len() < UNASKED_MAX {
                    self.unasked.push((*status, span, frame));
                }
                Asked::Question(question.map(Box::new))
            }
        };
        let method = match &question {
            Asked::Question(question) => question.as_ref().map(|question| question.method.as_str()),
            Asked::Number(..) => None,
        };
        let framing = Framing::of(&head, method);
        let turns = turns_into_tunnel(&head, method);
        let kept = Kept::default();
        let current = Current { head, framing, kept, span, remarks, question, time };
        self.way(direction).state = State::Body(Box::new(current));
        if turns {
            self.finish_message(input, true, out);
            self.ways.iter_mut().for_each(|way| way.state = State::Tunnel);
            self.tunnel = Some(Conversation::new(out.connection.server.port(), true));
        }
    }

    /// Notes a request; its number.
    fn ask(
        &mut self,
        direction: Direction,
        method: &str,
        target: &str,
        (time, frame): (Moment, u64),
        out: &mut Out<'_>,
    ) -> u64 {
        if self.questions.len() == QUESTIONS_MAX
            && let Some(oldest) = self.questions.pop_front()
        {
            tell_question(oldest, None, out);
        }
        let number = self.asked;
        self.asked += 1;
        let (method, target) = (method.to_owned(), show::target(target));
        let message = None;
        let question = Question { number, direction, method, target, time, frame, message };
        self.questions.push_back(question);
        number
    }

    /// Takes the request that an answer belongs to, and tells it if it waited for that.
    fn answer(&mut self, answered: Answered, out: &mut Out<'_>) -> Option<Question> {
        if answered.status < 200 && answered.status != 101 {
            return None;
        }
        let mut question = self.questions.pop_front()?;
        match question.message.take() {
            Some(message) => tell_with_answer(message, Some(answered), question.time, out),
            None => {
                let way = self.way(question.direction);
                if let State::Body(current) = &mut way.state
                    && let Asked::Number(number, early) = &mut current.question
                    && *number == question.number
                {
                    *early = Some(answered);
                }
            }
        }
        Some(question)
    }

    /// Inside a body: the octets taken, none when more are needed.
    fn body(&mut self, input: Input<'_>, out: &mut Out<'_>) -> Option<usize> {
        let State::Body(current) = &mut self.ways[input.direction.index()].state else {
            return None;
        };
        match current.framing.step(input.bytes) {
            Step::Data(data) => {
                let media_type = current.head.says.media_type.as_deref();
                current.kept.take(data, out.context.trees, media_type, input.direction);
                current.span.end = input.span.start + data.len() as u64;
                Some(data.len())
            }
            Step::Framing(used) => {
                current.span.end = input.span.start + used as u64;
                Some(used)
            }
            Step::More => None,
            Step::Done(used) => {
                current.span.end = input.span.start + used as u64;
                self.finish_message(input, true, out);
                Some(used)
            }
            Step::Bad => {
                let span = Some(input.span);
                let said = "a chunk does not begin or end as it must";
                let remark = kind::CHUNK_BAD.of(out.subject(), said);
                current.remarks.push(Placed { remark, span });
                self.finish_message(input, false, out);
                self.lose_way(input.direction, None, input.span, out);
                Some(input.bytes.len())
            }
        }
    }

    /// Looks for the beginning of a message at the beginning of a segment.
    fn adrift(&mut self, input: Input<'_>) -> Option<usize> {
        if input.bytes.is_empty() {
            return None;
        }
        if head::begins(input.bytes) == Some(true) {
            self.way(input.direction).state = State::Head;
            return Some(0);
        }
        Some(input.bytes.len())
    }

    fn inside(&mut self, input: Input<'_>, out: &mut Out<'_>) {
        let Input { direction, bytes, span, time, frame } = input;
        if let Some(tunnel) = self.tunnel.as_mut().filter(|_| !bytes.is_empty()) {
            tunnel.bytes(&Chunk { direction, bytes, span, time, frame }, out);
        }
    }

    /// Tells the message that is being read, and goes on to the next.
    fn finish_message(&mut self, input: Input<'_>, is_whole: bool, out: &mut Out<'_>) {
        let Input { direction, time, frame, .. } = input;
        let state = std::mem::take(&mut self.way(direction).state);
        let State::Body(current) = state else { return };
        let message = show::message(&current, direction, (time, frame), is_whole, out);
        match current.question {
            Asked::Question(_) => out.tell(message),
            Asked::Number(_, Some(early)) if out.context.await_answers => {
                tell_with_answer(message, Some(early), time, out);
            }
            Asked::Number(number, _) => {
                let question = self.questions.iter_mut().find(|known| known.number == number);
                match question {
                    Some(question) if out.context.await_answers => {
                        (question.time, question.frame) = (time, frame);
                        question.message = Some(message);
                    }
                    question => {
                        if let Some(question) = question {
                            (question.time, question.frame) = (time, frame);
                        }
                        out.tell(message);
                    }
                }
            }
        }
    }

    /// Tells the answers that nobody asked for, if every message was seen.
    fn tell_unasked(&mut self, out: &mut Out<'_>) {
        for (status, span, frame) in self.unasked.drain(..).filter(|_| self.is_counted) {
            let said = format!("an answer with status {status} that nobody asked for");
            let remark = kind::ANSWER_UNASKED.of(out.subject(), said);
            let at = format!("frame {frame}");
            out.remark(remark.with_at("answer", status.to_string(), at), Some(span));
        }
    }

    /// It is not known any more where messages begin.
    fn lose_way(
        &mut self,
        direction: Direction,
        why: Option<(&'static Kind, String)>,
        span: Span,
        out: &mut Out<'_>,
    ) {
        self.is_counted = false;
        if let Some((kind, said)) = why {
            out.remark(kind.of(out.subject(), said), Some(span));
        }
        let way = self.way(direction);
        way.scanned = 0;
        way.state = State::Adrift;
    }
}

impl Stream for Http {
    fn bytes(&mut self, chunk: &Chunk<'_>, out: &mut Out<'_>) {
        let Chunk { direction, bytes, span, time, frame } = *chunk;
        let mut held = std::mem::take(&mut self.way(direction).held);
        if held.is_empty() {
            let left = self.run(Input { direction, bytes, span, time, frame }, out);
            self.way(direction).held.extend_from_slice(&bytes[bytes.len() - left..]);
            return;
        }
        let start = span.start.saturating_sub(held.len() as u64);
        held.extend_from_slice(bytes);
        let span = Span::of(span.buffer, start, span.end);
        let left = self.run(Input { direction, bytes: &held, span, time, frame }, out);
        let used = held.len() - left;
        if used > 0 {
            held.drain(..used);
        }
        self.way(direction).held = held;
    }

    fn lost(&mut self, gap: &Gap, out: &mut Out<'_>) {
        let Gap { direction, span, time, frame } = *gap;
        let missing = span.end - span.start;
        let way = &mut self.ways[direction.index()];
        let is_between = way.held.is_empty();
        way.held.clear();
        way.scanned = 0;
        if let (State::Tunnel, Some(tunnel)) = (&way.state, &mut self.tunnel) {
            tunnel.lost(gap, out);
            return;
        }
        if let State::Body(current) = &mut way.state
            && is_between
            && current.framing.skip(missing)
        {
            current.kept.missing += missing;
            current.span.end = span.end;
            let after = Span::of(span.buffer, span.end, span.end);
            self.run(Input { direction, bytes: &[], span: after, time, frame }, out);
            return;
        }
        let input = Input { direction, bytes: &[], span, time, frame };
        self.finish_message(input, false, out);
        self.lose_way(direction, None, span, out);
    }

    fn end(&mut self, end: &End, out: &mut Out<'_>) {
        let End { direction, how, time, frame } = *end;
        if let Some(tunnel) = &mut self.tunnel {
            tunnel.end(end, out);
        }
        if let State::Body(current) = &mut self.way(direction).state {
            let is_whole = matches!(current.framing, Framing::UntilClose) && how == How::Closed;
            if !is_whole && how != How::Unfinished {
                let span = Some(current.span);
                let said = body_short(current);
                let remark = kind::BODY_SHORT.of(out.subject(), said);
                current.remarks.push(Placed { remark, span });
            }
            let span = current.span;
            let input = Input { direction, bytes: &[], span, time, frame };
            self.finish_message(input, is_whole, out);
        }
        self.way(direction).has_ended = true;
        self.way(direction).state = State::Adrift;
        let (unanswered, rest) =
            self.questions.drain(..).partition(|question| question.direction != direction);
        self.questions = rest;
        for question in unanswered {
            tell_question(question, Some(how), out);
        }
        if self.ways.iter().all(|way| way.has_ended) {
            self.tell_unasked(out);
        }
    }
}

/// Tells a request that has no answer.
fn tell_question(mut question: Question, how: Option<How>, out: &mut Out<'_>) {
    let message = question.message.take();
    if how.is_some_and(|how| how != How::Unfinished) {
        let Question { method, target, frame, .. } = &question;
        let said = format!("{method} {target} has no answer");
        let remark = kind::ANSWER_MISSING.of(out.subject(), said);
        out.remark(remark.with_at("request", target.clone(), format!("frame {frame}")), None);
    }
    if let Some(message) = message {
        tell_with_answer(message, None, question.time, out);
    }
}

/// Tells a request with its answer's status, or with none.
fn tell_with_answer(
    mut message: Message,
    answered: Option<Answered>,
    asked: Moment,
    out: &mut Out<'_>,
) {
    message.facts.push(("status", answered.map(|answered| answered.status).into()));
    if let Some(Answered { time, frame, .. }) = answered {
        message.facts.push(("answer_frame", frame.into()));
        message.facts.push(("answer_ms", show::milliseconds(time.since(asked)).into()));
    }
    out.tell(message);
}

fn body_short(current: &Current) -> String {
    let came = current.kept.received;
    match (current.head.says.length, current.framing) {
        (Some(length), Framing::Length(_)) => {
            format!("the header announces {length} octets, {came} came")
        }
        (_, Framing::UntilClose) => format!("the connection broke after {came} octets of the body"),
        _ => format!("the last chunk is missing after {came} octets"),
    }
}

/// What the head alone says wrong.
fn remarks_on_head(head: &Head, span: Span, out: &Out<'_>) -> Vec<Placed> {
    let mut remarks = Vec::new();
    let mut say = |remark: Remark| remarks.push(Placed { remark, span: Some(span) });
    if head.says.has_coding && (head.says.length.is_some() || head.says.bad_length.is_some()) {
        let said = "a message has Content-Length and Transfer-Encoding";
        say(kind::LENGTH_AND_CODING.of(out.subject(), said));
    }
    if let Some(bad) = &head.says.bad_length {
        let said = "Content-Length does not say how long the body is";
        say(kind::LENGTH_BAD.of(out.subject(), said).with("seen", bad.clone()));
    }
    if let Start::Answer { status: status @ 500.., .. } = head.start {
        say(kind::SERVER_FAILED.of(out.subject(), format!("the server answered {status}")));
    }
    remarks
}

/// Whether the stream carries something else from here on.
fn turns_into_tunnel(head: &Head, method: Option<&str>) -> bool {
    match head.start {
        Start::Answer { status: 101, .. } => true,
        Start::Answer { status: 200..=299, .. } => method == Some("CONNECT"),
        _ => false,
    }
}

/// Whether the end of a head stands in these octets.
fn has_head_end(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|b| *b == b'\n') {
        rest = &rest[at + 1..];
        if rest.starts_with(b"\n") || rest.starts_with(b"\r\n") {
            return true;
        }
    }
    false
}
