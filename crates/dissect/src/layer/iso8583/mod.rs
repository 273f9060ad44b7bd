//! ISO 8583 on a bank link: frames with a length before each, requests held against answers.
//!
//! The dialect is told by trial: the one by whose table the first message can be laid out to its
//! last octet. Card numbers are masked, and everything that ISO 8583 protects whole is left out.

mod kind;
mod show;

use std::collections::{BTreeMap, VecDeque};

use counterfoil_iso8583::dialect::DIALECTS;
use counterfoil_iso8583::field::number::{
    ACQUIRER, AMOUNT, CURRENCY, MAC_PRIMARY, MAC_SECONDARY, RESPONSE_CODE, RRN, STAN,
    TRANSMISSION_TIME,
};
use counterfoil_iso8583::frame::{FRAME_BYTES_MAX, PREFIX_BYTES};
use counterfoil_iso8583::mac::{self, AES_CMAC, MacError, MacKey};
use counterfoil_iso8583::private_data::PrivateData;
use counterfoil_iso8583::{Dialect, Message, ResponseCode, codec};
use counterfoil_remark::Remark;
use counterfoil_secret::Report;
use serde_json::json;

use super::{Chunk, End, Gap, How, Opening, Out, Score, Stream, StreamLayer};
use crate::message::{Direction, Moment, Placed};
use crate::tree::Span;

/// ISO 8583 on a connection.
pub static LAYER: StreamLayer = StreamLayer {
    id: "iso8583",
    kinds: kind::KINDS,
    recognise,
    open: |_| Box::new(Iso8583::default()),
};

/// Requests that wait for their answers, and answered ones that a repetition is held against.
const REQUESTS_MAX: usize = 8192;
/// How long an answer may take before it is late, in nanoseconds.
const ANSWER_NS_MAX: i64 = 5_000_000_000;

fn recognise(opening: &Opening<'_>) -> Score {
    opening.bytes.iter().map(|bytes| likely(bytes)).max().unwrap_or(Score::No)
}

fn likely(bytes: &[u8]) -> Score {
    let Some((prefix, rest)) = bytes.split_first_chunk::<PREFIX_BYTES>() else {
        return if bytes.is_empty() { Score::No } else { Score::More };
    };
    let length = usize::from(u16::from_be_bytes(*prefix));
    if !(12..=FRAME_BYTES_MAX).contains(&length) {
        return Score::No;
    }
    if let Some(whole) = rest.get(..length) {
        return if dialect_of(whole).is_some() { Score::Fits(85) } else { Score::No };
    }
    let begins = match rest {
        [b'0', b'0'..=b'9', ..] => true,
        // Two digits an octet.
        [0x00..=0x09, second, ..] => second >> 4 < 10 && second & 15 < 10,
        [_, _, ..] => false,
        _ => true,
    };
    if begins { Score::More } else { Score::No }
}

/// The dialect by whose table a message can be laid out.
fn dialect_of(bytes: &[u8]) -> Option<&'static Dialect> {
    DIALECTS.iter().copied().find(|dialect| codec::lay_out(bytes, dialect).is_ok())
}

#[derive(Default)]
struct Iso8583 {
    ways: [Way; 2],
    dialect: Option<&'static Dialect>,
    asked: BTreeMap<Key, Asked>,
    order: VecDeque<Key>,
    keys: Option<Vec<MacKey>>,
}

/// One direction.
#[derive(Default)]
struct Way {
    held: Vec<u8>,
    at: u64,
    /// Octets were lost: it is not known where messages begin.
    is_adrift: bool,
}

/// What question and answer have in common: which side asked, trace number, transmission time and
/// acquirer.
type Key = (Direction, String, String, String);

struct Asked {
    mti: String,
    answer: String,
    octets: Vec<u8>,
    time: Moment,
    frame: u64,
    is_answered: bool,
}

/// Where and when a message stands.
#[derive(Clone, Copy)]
struct Place {
    direction: Direction,
    span: Span,
    time: Moment,
    frame: u64,
}

impl Iso8583 {
    fn next_frame(&mut self, place: Place, out: &mut Out<'_>) -> Option<(Place, Vec<u8>)> {
        let dialect = self.dialect;
        let way = &mut self.ways[place.direction.index()];
        if way.is_adrift {
            way.find_frame(dialect);
        }
        let prefix = way.held.first_chunk::<PREFIX_BYTES>()?;
        let length = usize::from(u16::from_be_bytes(*prefix));
        if length == 0 || length > FRAME_BYTES_MAX {
            let span = Span::of("stream", way.at, way.at + PREFIX_BYTES as u64);
            let found = format!("a length of {length} octets");
            out.remark(kind::FRAME_BROKEN.of(out.subject(), found), Some(span));
            way.is_adrift = true;
            way.skip(1);
            return None;
        }
        if way.held.len() < PREFIX_BYTES + length {
            return None;
        }
        let start = way.at + PREFIX_BYTES as u64;
        let message = way.held[PREFIX_BYTES..PREFIX_BYTES + length].to_vec();
        way.skip(PREFIX_BYTES + length);
        Some((Place { span: Span::of("stream", start, start + length as u64), ..place }, message))
    }

    fn message(&mut self, place: Place, bytes: &[u8], out: &mut Out<'_>) {
        let dialect = dialect_of(bytes).or(self.dialect).unwrap_or(DIALECTS[0]);
        self.dialect = Some(dialect);
        let message = match codec::decode(bytes, dialect) {
            Ok(message) => message,
            Err(error) => {
                let found = format!("{error} ({})", error.id());
                let mut line = out.message(place.direction, place.time, place.frame);
                line.summary = format!("unreadable message, {} octets", bytes.len());
                line.facts.push(("message", json!("unreadable")));
                let remark = kind::MESSAGE_MALFORMED.of(out.subject(), found);
                line.remarks.push(Placed { remark, span: Some(place.span) });
                line.tree = out.context.trees.then(|| show::layout(bytes, dialect, place.span));
                out.tell(line);
                return;
            }
        };
        let mut remarks = Vec::new();
        let mac = self.authenticate(&message, bytes, dialect, out, &mut remarks);
        let waited = self.pair(place, &message, bytes, &out.subject(), &mut remarks);
        self.tell(place, &message, bytes, dialect, &mac, waited, remarks, out);
    }

    /// Whether the message authentication code is there, and right if a key was offered.
    fn authenticate(
        &mut self,
        message: &Message,
        bytes: &[u8],
        dialect: &Dialect,
        out: &Out<'_>,
        remarks: &mut Vec<Remark>,
    ) -> String {
        let field = message.mac_field();
        if !message.fields.contains_key(&field) {
            let found = format!("{} without field {field}", message.mti);
            remarks.push(kind::MAC_MISSING.of(out.subject(), found));
            return "missing".to_owned();
        }
        let keys = self.keys.get_or_insert_with(|| {
            let offered = out.context.keys.link().iter();
            offered.filter_map(|key| MacKey::new(AES_CMAC, key).ok()).collect()
        });
        if keys.is_empty() {
            return "present, no key to check it".to_owned();
        }
        let mut mismatch = None;
        for key in keys {
            match mac::open(bytes, dialect, key) {
                Ok(_) => return "right".to_owned(),
                Err(error @ MacError::Mismatch { .. }) => mismatch = Some(error),
                Err(_) => {}
            }
        }
        let found = mismatch.map_or_else(|| "it cannot be checked".to_owned(), |e| e.to_string());
        remarks.push(kind::MAC_MISMATCH.of(out.subject(), found));
        "wrong".to_owned()
    }

    /// Holds a message against those before it. For an answer: how long it took, in nanoseconds.
    fn pair(
        &mut self,
        place: Place,
        message: &Message,
        bytes: &[u8],
        subject: &str,
        remarks: &mut Vec<Remark>,
    ) -> Option<i64> {
        let text = |number| message.text(number).unwrap_or_default().to_owned();
        let key = |asker| (asker, text(STAN), text(TRANSMISSION_TIME), text(ACQUIRER));
        if message.mti.is_request() {
            self.ask(place, key(place.direction), message, bytes, subject, remarks);
            return None;
        }
        // Answers of some hosts leave the acquirer out.
        let wanted = key(place.direction.reversed());
        let matching = |known: &&Key| {
            known.0 == wanted.0
                && known.1 == wanted.1
                && known.2 == wanted.2
                && (known.3 == wanted.3 || wanted.3.is_empty())
        };
        let found = self.asked.keys().find(matching).cloned();
        let Some(asked) = found.and_then(|key| self.asked.get_mut(&key)) else {
            let found = format!("{} with trace number {}", message.mti, wanted.1);
            remarks.push(kind::ANSWER_WITHOUT_QUESTION.of(subject, found));
            return None;
        };
        let waited = place.time.since(asked.time);
        if asked.answer != message.mti.as_str() {
            let found = format!("{} answers {}", message.mti, asked.mti);
            remarks.push(kind::ANSWER_MISMATCH.of(subject, found));
        }
        if std::mem::replace(&mut asked.is_answered, true) {
            let found = format!("trace number {} was answered before", wanted.1);
            remarks.push(kind::ANSWER_TWICE.of(subject, found));
        } else if waited > ANSWER_NS_MAX {
            let found = format!("after {:.1} s", waited as f64 / 1e9);
            remarks.push(kind::ANSWER_LATE.of(subject, found));
        }
        Some(waited)
    }

    fn ask(
        &mut self,
        place: Place,
        key: Key,
        message: &Message,
        bytes: &[u8],
        subject: &str,
        remarks: &mut Vec<Remark>,
    ) {
        if let Some(before) = self.asked.get_mut(&key) {
            let is_same = message.mti.first_sent().as_str() == before.mti;
            if message.mti.is_repeat() && is_same || before.octets == bytes {
                let found = format!("trace number {} was sent before", key.1);
                remarks.push(kind::REQUEST_REPEATED.of(subject, found));
                if !before.is_answered {
                    before.time = place.time;
                }
            } else {
                let found =
                    format!("{} and {} have trace number {}", before.mti, message.mti, key.1);
                remarks.push(kind::STAN_DUPLICATE.of(subject, found));
            }
            return;
        }
        let asked = Asked {
            mti: message.mti.first_sent().as_str().to_owned(),
            answer: message.mti.answer().as_str().to_owned(),
            octets: bytes.to_vec(),
            time: place.time,
            frame: place.frame,
            is_answered: false,
        };
        self.asked.insert(key.clone(), asked);
        self.order.push_back(key);
        if self.order.len() > REQUESTS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.asked.remove(&oldest);
        }
    }

    #[allow(clippy::too_many_arguments, reason = "everything that is known of one message")]
    fn tell(
        &self,
        place: Place,
        message: &Message,
        bytes: &[u8],
        dialect: &Dialect,
        mac: &str,
        waited: Option<i64>,
        mut remarks: Vec<Remark>,
        out: &mut Out<'_>,
    ) {
        let mut line = out.message(place.direction, place.time, place.frame);
        line.summary = format!("{} {}", message.mti, message.mti.name());
        line.facts = vec![
            ("message", json!(message.mti.name())),
            ("mti", json!(message.mti.as_str())),
            ("dialect", json!(dialect.name)),
            ("mac", json!(mac)),
        ];
        for (name, number) in [("stan", STAN), ("rrn", RRN)] {
            let Some(value) = message.text(number) else { continue };
            line.summary.push_str(&format!(", {} {value}", name.to_uppercase()));
            line.facts.push((name, json!(value)));
        }
        if let Some(amount) = message.number(AMOUNT) {
            let currency = message.text(CURRENCY).unwrap_or("no currency");
            line.summary.push_str(&format!(", {}", show::amount(amount, currency)));
            line.facts.push(("amount_minor", json!(amount)));
        }
        if let Some(code) = message.text(RESPONSE_CODE).and_then(ResponseCode::parse) {
            line.summary.push_str(&format!(", {code} {}", code.meaning()));
            line.facts.push(("response_code", json!(code.to_string())));
            if show::is_trouble(code) {
                let found = format!("{code}: {}", code.meaning());
                remarks.push(kind::HOST_TROUBLE.of(out.subject(), found));
            }
        }
        if let Some(waited) = waited {
            line.facts.push(("answered_in_ms", json!(waited / 1_000_000)));
        }
        if let Some(xid) = PrivateData::of(message).ok().and_then(|data| data.xid) {
            line.ids.push(("xid", hex::encode(xid)));
        }
        let placed = |remark| Placed { remark, span: Some(place.span) };
        line.remarks = remarks.into_iter().map(placed).collect();
        line.tree = out.context.trees.then(|| show::tree(message, bytes, dialect, mac, place.span));
        out.tell(line);
    }

    /// Requests of one direction that were never answered.
    fn unanswered(&mut self, end: &End, out: &mut Out<'_>) {
        for ((asker, stan, ..), asked) in &self.asked {
            let waited = end.time.since(asked.time);
            let is_over = end.how != How::Unfinished || waited > ANSWER_NS_MAX;
            if *asker == end.direction.reversed() && !asked.is_answered && is_over {
                let found = format!(
                    "{} with trace number {stan} of frame {} had no answer in {:.1} s",
                    asked.mti,
                    asked.frame,
                    waited as f64 / 1e9
                );
                out.remark(kind::ANSWER_MISSING.of(out.subject(), found), None);
            }
        }
    }
}

impl Way {
    fn skip(&mut self, octets: usize) {
        self.held.drain(..octets.min(self.held.len()));
        self.at += octets as u64;
    }

    /// Looks for the next place at which a whole message of the dialect stands.
    fn find_frame(&mut self, dialect: Option<&'static Dialect>) {
        let is_message = |bytes: &[u8]| {
            let (prefix, rest) = bytes.split_first_chunk::<PREFIX_BYTES>()?;
            let whole = rest.get(..usize::from(u16::from_be_bytes(*prefix)))?;
            match dialect {
                Some(dialect) => codec::lay_out(whole, dialect).ok().map(|_| ()),
                None => dialect_of(whole).map(|_| ()),
            }
        };
        let found = (0..self.held.len()).find(|at| is_message(&self.held[*at..]).is_some());
        match found {
            Some(at) => {
                self.skip(at);
                self.is_adrift = false;
            }
            // One message may still be on its way.
            None => self.skip(self.held.len().saturating_sub(PREFIX_BYTES + FRAME_BYTES_MAX)),
        }
    }
}

impl Stream for Iso8583 {
    fn bytes(&mut self, chunk: &Chunk<'_>, out: &mut Out<'_>) {
        let Chunk { direction, bytes, span, time, frame } = *chunk;
        let way = &mut self.ways[direction.index()];
        if way.held.is_empty() {
            way.at = span.start;
        }
        way.held.extend_from_slice(bytes);
        let place = Place { direction, span, time, frame };
        while !self.ways[direction.index()].is_adrift
            || self.ways[direction.index()].held.len() > PREFIX_BYTES
        {
            let Some((place, message)) = self.next_frame(place, out) else { break };
            self.message(place, &message, out);
        }
    }

    fn lost(&mut self, gap: &Gap, _out: &mut Out<'_>) {
        let way = &mut self.ways[gap.direction.index()];
        way.held.clear();
        way.at = gap.span.end;
        way.is_adrift = true;
    }

    fn end(&mut self, end: &End, out: &mut Out<'_>) {
        self.unanswered(end, out);
    }
}

/// Numbers of the fields that hold an authentication code.
pub(super) const MAC_FIELDS: [u8; 2] = [MAC_PRIMARY, MAC_SECONDARY];
