//! TLS and SSL: records, handshakes, alerts; and what is inside, where a key log allows.
//!
//! [`session`] knows what both hellos agreed upon and which keys follow from it, [`cipher`] opens
//! records with them. What was opened goes on as a stream of its own, to whatever layer it fits.
//! TLS 1.2 is opened with AES-GCM, ChaCha20-Poly1305 and AES-CBC, TLS 1.3 with the first two.

mod alert;
mod certificate;
mod cipher;
mod handshake;
mod hello;
mod session;

use counterfoil_remark::{Kind, Severity};
use counterfoil_tls::alert::Alert;
use counterfoil_tls::handshake::Joiner;
use counterfoil_tls::record::{self, ContentType};
use counterfoil_tls::{Version, ssl2};
use serde_json::json;

use self::cipher::Sealed;
use self::session::{Keyring, Session};
use super::conversation::Conversation;
use super::{Chunk, End, Gap, How, Opening, Out, Score, Stream, StreamLayer};
use crate::message::{Direction, Moment, Placed};
use crate::tree::{Node, Span};

/// TLS on a connection.
pub static LAYER: StreamLayer =
    StreamLayer { id: "tls", kinds: KINDS, recognise, open: |opening| Box::new(Tls::new(opening)) };

/// Everything that this layer remarks.
const KINDS: &[&Kind] = &[
    &hello::VERSION_WEAK,
    &hello::SUITE_WEAK,
    &hello::GROUP_WEAK,
    &hello::DOWNGRADE,
    &hello::FALLBACK,
    &hello::RETRY,
    &hello::HELLO_DAMAGED,
    &alert::ALERT,
    &certificate::CERTIFICATE_EXPIRED,
    &certificate::CERTIFICATE_NOT_YET_VALID,
    &certificate::CERTIFICATE_UNREADABLE,
    &certificate::CHAIN_INCOMPLETE,
    &certificate::CHAIN_DISORDERED,
    &certificate::NAME_MISMATCH,
    &SSL_2,
    &RECORD_MALFORMED,
    &RECORD_UNOPENED,
    &KEYS_MISSING,
    &HANDSHAKE_UNFINISHED,
];

static SSL_2: Kind = Kind {
    id: "tls-ssl-2",
    group: "tls",
    severity: Severity::Error,
    title: "A hello in the form of SSL 2.0.",
    page: "SSL 2.0 is broken in every respect, and a server that still answers to it endangers \
           others that share its key (DROWN). Nothing later than 2011 sends such a hello.\n\nFind \
           the client and replace it; make sure that no server answers.",
    reference: "RFC 6176; CVE-2016-0800",
};

static RECORD_MALFORMED: Kind = Kind {
    id: "tls-record-malformed",
    group: "tls",
    severity: Severity::Error,
    title: "Octets stand where a record should begin, and are none.",
    page: "What follows on this direction is looked through for the next record. Either octets \
           are missing from the capture, or something on the way wrote into the connection: a \
           proxy that answers in plain HTTP on a TLS port is the usual case.",
    reference: "RFC 8446 section 5.1",
};

static RECORD_UNOPENED: Kind = Kind {
    id: "tls-record-unopened",
    group: "tls",
    severity: Severity::Error,
    title: "The key log has the keys of this connection, and a record does not open with them.",
    page: "The record was altered on its way, octets before it are missing from the capture, or \
           the key log belongs to another attempt with the same random. The receiver answers a \
           record that it cannot open with alert bad_record_mac and hangs up.",
    reference: "RFC 8446 section 5.2",
};

static KEYS_MISSING: Kind = Kind {
    id: "tls-keys-missing",
    group: "tls",
    severity: Severity::Notice,
    title: "A key log was offered, and it has no secrets of this connection.",
    page: "The log was written by a process that had no part in the connection, or that began to \
           write it later; or the capture lacks the ClientHello by which secrets are found; or \
           the suite is one that is not opened here (CCM, CAMELLIA, ARIA, RC4, anything before \
           TLS 1.2).",
    reference: "draft-ietf-tls-keylogfile",
};

static HANDSHAKE_UNFINISHED: Kind = Kind {
    id: "tls-handshake-unfinished",
    group: "tls",
    severity: Severity::Warning,
    title: "The connection ended before its handshake did, and no alert says why.",
    page: "One side hung up during the handshake. A server that does so at once usually does not \
           like the version or the name; a client that does so after the certificate does not \
           like the certificate. A middlebox that resets TLS connections looks the same: see \
           whether the connection has other remarks.",
    reference: "RFC 8446 section 6.1",
};

/// Most octets that one direction keeps while a record is not whole, or until its keys are known.
const HELD_BYTES_MAX: usize = 256 * 1024;

fn recognise(opening: &Opening<'_>) -> Score {
    opening.bytes.iter().map(|bytes| likely(bytes)).max().unwrap_or(Score::No)
}

fn likely(bytes: &[u8]) -> Score {
    if bytes.is_empty() {
        return Score::No;
    }
    if ssl2::begins_with_client_hello(bytes) == Some(true) {
        return Score::Fits(70);
    }
    match (record::read(bytes), bytes) {
        (Err(_), _) => Score::No,
        (Ok(_), [22, 3, _, _, _, 1 | 2, ..]) => Score::Fits(95),
        (Ok(_), [20..=23, 3, 0..=4, high, _, ..]) if *high < 0x48 => Score::Fits(60),
        (Ok(_), bytes) if bytes.len() < record::HEADER_BYTES => Score::More,
        (Ok(_), _) => Score::No,
    }
}

struct Tls {
    session: Session,
    ways: [Way; 2],
    /// Keys that are used from ChangeCipherSpec on (TLS 1.2).
    waiting: [Option<Keyring>; 2],
    inside: Conversation,
    is_from_start: bool,
    has_alert: bool,
    /// What is wrong with a chain unless the other side goes on: who showed it, and the remark.
    doubt: Option<(Direction, Placed)>,
}

/// One direction.
#[derive(Default)]
struct Way {
    held: Vec<u8>,
    /// Place of the first octet of `held` in the stream.
    at: u64,
    joiner: Joiner,
    keys: Option<Keyring>,
    /// Whether records are encrypted from here on (TLS 1.2), or application data is (TLS 1.3).
    is_sealed: bool,
    /// Records that came before their keys can be known (early data).
    early: Vec<(u64, Vec<u8>)>,
    early_bytes: usize,
    /// Place of the next octet after decryption.
    opened: u64,
    is_adrift: bool,
    is_finished: bool,
    has_unopened: bool,
    sealed_records: u64,
    sealed_octets: u64,
}

/// Where and when something stands.
#[derive(Clone, Copy)]
struct Place {
    direction: Direction,
    span: Span,
    time: Moment,
    frame: u64,
}

impl Tls {
    fn new(opening: &Opening<'_>) -> Self {
        Self {
            session: Session::default(),
            ways: Default::default(),
            waiting: Default::default(),
            inside: Conversation::new(opening.server_port, opening.from_start),
            is_from_start: opening.from_start,
            has_alert: false,
            doubt: None,
        }
    }

    fn way(&mut self, direction: Direction) -> &mut Way {
        &mut self.ways[direction.index()]
    }

    /// Takes the next record off a direction; none when it is not whole yet.
    fn next_record(&mut self, place: Place, out: &mut Out<'_>) -> Option<(Place, Vec<u8>)> {
        let way = &mut self.ways[place.direction.index()];
        loop {
            let (used, is_record) = match record::read(&way.held) {
                Ok(None) => return None,
                Ok(Some(found)) => (found.len(), true),
                Err(problem) => {
                    if !std::mem::replace(&mut way.is_adrift, true) {
                        let span = Span::of("stream", way.at, way.at + 1);
                        let remark = RECORD_MALFORMED.of(out.subject(), problem.to_string());
                        out.remark(remark, Some(span));
                    }
                    (1, false)
                }
            };
            let whole: Vec<u8> = way.held.drain(..used).collect();
            let span = Span::of("stream", way.at, way.at + used as u64);
            way.at += used as u64;
            if is_record {
                way.is_adrift = false;
                return Some((Place { span, ..place }, whole));
            }
        }
    }

    fn record(&mut self, place: Place, whole: &[u8], out: &mut Out<'_>) {
        let Ok(Some(found)) = record::read(whole) else { return };
        let direction = place.direction;
        let is_1_3 = self.session.version() == Some(Version::TLS13);
        let way = self.way(direction);
        let is_sealed =
            way.is_sealed && !(is_1_3 && found.content_type != ContentType::APPLICATION_DATA);
        if is_sealed {
            return self.sealed(place, whole, out);
        }
        match found.content_type {
            ContentType::CHANGE_CIPHER_SPEC if !is_1_3 => self.change_keys(direction, out),
            ContentType::APPLICATION_DATA => self.before_keys(place, whole),
            content_type => self.content(place, content_type, found.payload, out),
        }
    }

    /// Application data before the server's hello: early data, whose keys are known with it.
    fn before_keys(&mut self, place: Place, whole: &[u8]) {
        let way = self.way(place.direction);
        way.sealed_records += 1;
        way.sealed_octets += (whole.len() - record::HEADER_BYTES) as u64;
        if way.early_bytes + whole.len() <= HELD_BYTES_MAX {
            way.early_bytes += whole.len();
            way.early.push((place.span.start, whole.to_vec()));
        }
    }

    /// TLS 1.2: what a direction sends from here on is encrypted.
    fn change_keys(&mut self, direction: Direction, out: &mut Out<'_>) {
        if self.waiting.iter().all(Option::is_none) && !self.way(direction).is_sealed {
            self.waiting = self
                .session
                .keys_1_2(&out.context.keys)
                .map(|both| both.map(Some))
                .unwrap_or_default();
        }
        let keys = self.waiting[direction.index()].take();
        let way = self.way(direction);
        way.is_sealed = true;
        way.keys = keys;
    }

    fn sealed(&mut self, place: Place, whole: &[u8], out: &mut Out<'_>) {
        let Ok(Some(found)) = record::read(whole) else { return };
        let sealed = Sealed {
            content_type: found.content_type.0,
            version: found.version.0,
            body: found.payload,
        };
        let way = &mut self.ways[place.direction.index()];
        let opened = way.keys.as_mut().and_then(|keys| keys.open(&sealed));
        match opened {
            Some(opened) => {
                let content_type = ContentType(opened.content_type);
                self.content(place, content_type, &opened.content, out);
            }
            None => {
                way.sealed_records += 1;
                way.sealed_octets += found.payload.len() as u64;
                if way.keys.is_some() && !std::mem::replace(&mut way.has_unopened, true) {
                    let octets = found.payload.len();
                    let found = format!("a record of {octets} octets does not open");
                    out.remark(RECORD_UNOPENED.of(out.subject(), found), Some(place.span));
                }
            }
        }
    }

    /// What a record carries, after decryption.
    fn content(
        &mut self,
        place: Place,
        content_type: ContentType,
        payload: &[u8],
        out: &mut Out<'_>,
    ) {
        if matches!(content_type, ContentType::HANDSHAKE | ContentType::APPLICATION_DATA) {
            // Whoever goes on after a chain was content with it.
            self.doubt.take_if(|(shown, _)| *shown != place.direction);
        }
        match content_type {
            ContentType::HANDSHAKE => {
                self.way(place.direction).joiner.push(payload);
                self.handshakes(place, out);
            }
            ContentType::ALERT => self.alert(place, payload, out),
            ContentType::APPLICATION_DATA if !payload.is_empty() => {
                let way = self.way(place.direction);
                let span = Span::of("tls", way.opened, way.opened + payload.len() as u64);
                way.opened = span.end;
                let Place { direction, time, frame, .. } = place;
                let chunk = Chunk { direction, bytes: payload, span, time, frame };
                self.inside.bytes(&chunk, out);
            }
            _ => {}
        }
    }

    fn handshakes(&mut self, place: Place, out: &mut Out<'_>) {
        loop {
            match self.way(place.direction).joiner.next_message() {
                Ok(Some(message)) => self.handshake(place, &message, out),
                Ok(None) => return,
                Err(problem) => {
                    let remark = hello::HELLO_DAMAGED.of(out.subject(), problem.to_string());
                    out.remark(remark, Some(place.span));
                    self.way(place.direction).joiner = Joiner::new();
                    return;
                }
            }
        }
    }

    /// TLS 1.3: from the server's hello on, both sides encrypt.
    fn begin_1_3(&mut self, place: Place, out: &mut Out<'_>) {
        for direction in [Direction::ToServer, Direction::ToClient] {
            let keys = self.session.keys_1_3(&out.context.keys, direction);
            let way = self.way(direction);
            way.keys = keys;
            way.is_sealed = true;
        }
        let way = self.way(Direction::ToServer);
        let early = std::mem::take(&mut way.early);
        way.sealed_records -= early.len() as u64;
        for (start, whole) in early {
            self.way(Direction::ToServer).sealed_octets -=
                (whole.len() - record::HEADER_BYTES) as u64;
            let span = Span::of("stream", start, start + whole.len() as u64);
            let place = Place { direction: Direction::ToServer, span, ..place };
            self.sealed(place, &whole, out);
        }
    }

    fn alert(&mut self, place: Place, payload: &[u8], out: &mut Out<'_>) {
        let Ok(alert) = Alert::read(payload) else { return };
        self.has_alert = true;
        if !alert::is_end(alert) {
            self.tell_doubt(out);
        }
        if alert::is_end(alert) && !out.context.trees {
            return;
        }
        let mut message = out.message(place.direction, place.time, place.frame);
        let (name, meaning) = (alert.name(), alert::meaning(alert.description));
        message.summary = format!("alert {name}: {meaning}");
        message.facts = vec![
            ("message", json!("alert")),
            ("alert", json!(name)),
            ("fatal", json!(alert.is_fatal())),
        ];
        if !alert::is_end(alert) {
            let who = match place.direction {
                Direction::ToServer => "the client",
                Direction::ToClient => "the server",
            };
            let remark = alert::ALERT.of(out.subject(), format!("{who} says {name}: {meaning}"));
            let severity = if alert.is_fatal() { Severity::Error } else { Severity::Warning };
            let remark = remark.as_severe_as(severity);
            message.remarks.push(Placed { remark, span: Some(place.span) });
        }
        message.tree = out
            .context
            .trees
            .then(|| Node::field("tls.alert", "Alert", format!("{name} ({meaning})"), place.span));
        out.tell(message);
    }

    fn tell_doubt(&mut self, out: &mut Out<'_>) {
        if let Some((_, Placed { remark, span })) = self.doubt.take() {
            out.remark(remark, span);
        }
    }

    /// What is said once a direction has ended.
    fn close(&mut self, end: &End, out: &mut Out<'_>) {
        let way = &self.ways[end.direction.index()];
        if way.sealed_records > 0 {
            let mut message = out.message(end.direction, end.time, end.frame);
            let (records, octets) = (way.sealed_records, way.sealed_octets);
            message.summary = format!("{records} records encrypted, {octets} octets");
            message.facts = vec![
                ("message", json!("encrypted")),
                ("records", json!(records)),
                ("octets", json!(octets)),
            ];
            out.tell(message);
            let has_keys = out.context.keys.has_tls();
            if has_keys && way.keys.is_none() && end.direction == Direction::ToServer {
                let found = match self.session.client_random() {
                    Some(random) => format!("client random {}", hex::encode(random)),
                    None => "the ClientHello is not in the capture".to_owned(),
                };
                out.remark(KEYS_MISSING.of(out.subject(), found), None);
            }
        }
        let is_begun = self.is_from_start && self.session.client.is_some();
        let is_answered = self.ways.iter().any(|way| way.is_sealed);
        let is_last = end.direction == Direction::ToClient && end.how != How::Unfinished;
        if is_last && is_begun && !is_answered && !self.has_alert {
            let found = match self.session.server {
                Some(_) => "it ended after the server's hello",
                None => "the server did not answer the hello",
            };
            out.remark(HANDSHAKE_UNFINISHED.of(out.subject(), found), None);
        }
    }
}

impl Stream for Tls {
    fn bytes(&mut self, chunk: &Chunk<'_>, out: &mut Out<'_>) {
        let Chunk { direction, bytes, span, time, frame } = *chunk;
        let way = self.way(direction);
        if way.held.is_empty() {
            way.at = span.start;
        }
        way.held.extend_from_slice(bytes);
        let place = Place { direction, span, time, frame };
        if way.at == span.start && ssl2::begins_with_client_hello(bytes) == Some(true) {
            let found = "it asks for a version by the oldest form".to_owned();
            out.remark(SSL_2.of(out.subject(), found), Some(span));
            if let Ok(Some((_, used))) = ssl2::read_record(&way.held) {
                way.held.drain(..used.min(way.held.len()));
                way.at += used as u64;
            }
        }
        while let Some((place, whole)) = self.next_record(place, out) {
            self.record(place, &whole, out);
        }
    }

    fn lost(&mut self, gap: &Gap, out: &mut Out<'_>) {
        let way = self.way(gap.direction);
        way.held.clear();
        way.at = gap.span.end;
        way.joiner = Joiner::new();
        way.is_adrift = true;
        if let Some(keys) = &mut way.keys {
            keys.lost();
        }
        let span = Span::of("tls", way.opened, way.opened);
        let Gap { direction, time, frame, .. } = *gap;
        self.inside.lost(&Gap { direction, span, time, frame }, out);
    }

    fn end(&mut self, end: &End, out: &mut Out<'_>) {
        self.inside.end(end, out);
        self.tell_doubt(out);
        self.close(end, out);
    }
}
