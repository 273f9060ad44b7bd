//! The bank's end of the link: reads, authenticates, remembers and answers messages.
//!
//! A request is carried out once. Its answer is kept under acquirer, transmission time and
//! trace number, and given again to the same message, also when that comes as a repeat; another
//! message under the same name is refused. Messages older than answers are kept are refused
//! too, so that nothing recorded can be played again.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use counterfoil_iso8583::field::number as n;
use counterfoil_iso8583::mac::{self, MacError};
use counterfoil_iso8583::original::institution;
use counterfoil_iso8583::{DecodeError, Message, Mti, ResponseCode, codec, redact};
use counterfoil_secret::Report;

use super::config::{Link, Setup};
use super::refusal::{Refusal, Stop, settle};
use super::request::{Request, xid_of};
use super::{authorize, capture, reverse};
use crate::bank_link::{NetworkCode, transmission_instant};
use crate::event::Event;
use crate::machine::Env;
use crate::records::{Direction, JournalEntry, Octets, Records, RecordsError, Table};

/// How long answers are kept, in days.
pub const ANSWER_KEPT_DAYS: i64 = 7;
/// How old a message may be by its transmission time, in days. Less than answers are kept.
pub const MESSAGE_AGE_DAYS_MAX: i64 = 5;
/// How far a message's transmission time may lie ahead of the bank's clock, in minutes.
pub const MESSAGE_AHEAD_MINUTES_MAX: i64 = 60;

pub(super) const ANSWERS_NAME: &str = "bank_answer";
const ANSWERS: Table<StoredAnswer> = Table::new(ANSWERS_NAME);
const LINKS: Table<LinkState> = Table::new("bank_link");

/// Fields that an answer carries as they were asked.
const ECHOED: [u8; 13] = [
    n::PROCESSING_CODE,
    n::AMOUNT,
    n::TRANSMISSION_TIME,
    n::STAN,
    n::LOCAL_TIME,
    n::LOCAL_DATE,
    n::ACQUIRER,
    n::RRN,
    n::TERMINAL,
    n::MERCHANT,
    n::PRIVATE_DATA,
    n::CURRENCY,
    n::NETWORK_CODE,
];

/// What was answered to what.
#[derive(Debug, Serialize, Deserialize)]
struct StoredAnswer {
    /// Keyed hash of the request: a plain one would give the card number to whoever tries all.
    fingerprint: String,
    answer: Octets,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct LinkState {
    signed_on: bool,
}

/// What came of a message.
pub(super) struct Heard {
    /// The answer; none for what cannot be attributed.
    pub(super) answer: Option<Vec<u8>>,
    pub(super) events: Vec<Event>,
}

/// What came of a request that was carried out.
pub(super) struct Done {
    pub(super) approval: Option<String>,
    pub(super) event: Event,
}

/// Reads a message and answers it.
pub(super) fn hear(
    setup: &Setup,
    peer: &str,
    body: &[u8],
    env: &mut Env<'_>,
) -> Result<Heard, RecordsError> {
    let read = codec::decode(body, setup.dialect);
    journal(setup, Direction::Received, peer, body, read.as_ref().ok(), env);
    let message = match read {
        Ok(message) => message,
        Err(error) => return Ok(dropped(error.id(), Some(&error))),
    };
    if !message.mti.is_request() {
        return Ok(dropped("not-a-request", None));
    }
    let acquirer = message.text(n::ACQUIRER).map(institution).unwrap_or_default();
    let Some(link) = setup.links.get(&acquirer) else {
        return Ok(dropped("unknown-link", None));
    };
    let heard = match authenticate(setup, body, &message, link) {
        Ok(()) => answer(setup, link, &message, env)?,
        Err(error) => refuse_code(setup, &message, &error),
    };
    if let Some(answer) = &heard.answer {
        journal(setup, Direction::Sent, peer, answer, Some(&message), env);
    }
    Ok(heard)
}

/// Forgets an answer that no message can ask for any more.
pub(super) fn forget_answer(records: &mut dyn Records, key: &[u8]) {
    ANSWERS.remove(records, key);
    ANSWERS.set_alarm(records, key, None);
}

fn authenticate(
    setup: &Setup,
    body: &[u8],
    message: &Message,
    link: &Link,
) -> Result<(), MacError> {
    let layout = codec::lay_out(body, setup.dialect)?;
    mac::verify(body, message, &layout, &link.key)
}

fn answer(
    setup: &Setup,
    link: &Link,
    message: &Message,
    env: &mut Env<'_>,
) -> Result<Heard, RecordsError> {
    let request = match Request::new(message) {
        Ok(request) => request,
        Err(refusal) => return Ok(refused(setup, link, message, refusal)),
    };
    if let Err(refusal) = check_fresh(&request, env) {
        return Ok(refused(setup, link, message, refusal));
    }
    let key = request.key();
    let fingerprint = fingerprint(setup, message);
    if let Some(stored) = ANSWERS.get(env.records, key.as_bytes())? {
        if stored.fingerprint != fingerprint {
            return Ok(refused(setup, link, message, Refusal::TRACE_REUSED));
        }
        let event = about(Event::warning("bank.answer_repeated"), message);
        return Ok(Heard { answer: Some(stored.answer.0), events: vec![event] });
    }
    if let Err(refusal) = settle(check_signed_on(link, &request, env.records))? {
        return Ok(refused(setup, link, message, refusal));
    }
    let heard = match settle(carry_out(setup, &request, env))? {
        Ok(done) => approved(setup, link, message, done),
        Err(refusal) => refused(setup, link, message, refusal),
    };
    if let Some(answer) = heard.answer.clone() {
        let stored = StoredAnswer { fingerprint, answer: answer.into() };
        ANSWERS.put(env.records, key.as_bytes(), &stored);
        let until = env.now.checked_add(SignedDuration::from_hours(24 * ANSWER_KEPT_DAYS));
        ANSWERS.set_alarm(env.records, key.as_bytes(), until.ok());
    }
    Ok(heard)
}

fn check_fresh(request: &Request<'_>, env: &Env<'_>) -> Result<(), Refusal> {
    let sent = transmission_instant(&request.id.transmission_time, env.now)
        .ok_or(Refusal::FORMAT.in_field(n::TRANSMISSION_TIME))?;
    let age = env.now.duration_since(sent);
    if age > SignedDuration::from_hours(24 * MESSAGE_AGE_DAYS_MAX) {
        return Err(Refusal::TOO_OLD);
    }
    if -age > SignedDuration::from_mins(MESSAGE_AHEAD_MINUTES_MAX) {
        return Err(Refusal::FROM_FUTURE);
    }
    Ok(())
}

fn check_signed_on(link: &Link, request: &Request<'_>, records: &dyn Records) -> Result<(), Stop> {
    if request.id.mti == Mti::NETWORK || !link.sign_on_required {
        return Ok(());
    }
    let state = LINKS.get(records, request.id.acquirer.as_bytes())?.unwrap_or_default();
    if state.signed_on { Ok(()) } else { Err(Refusal::NOT_SIGNED_ON.into()) }
}

fn carry_out(setup: &Setup, request: &Request<'_>, env: &mut Env<'_>) -> Result<Done, Stop> {
    match request.id.mti {
        Mti::AUTHORIZATION | Mti::AUTHORIZATION_ADVICE | Mti::FINANCIAL => {
            authorize::authorize(setup, request, env)
        }
        Mti::FINANCIAL_ADVICE => capture::capture(request, env),
        Mti::REVERSAL | Mti::REVERSAL_ADVICE => reverse::reverse(request, env),
        Mti::NETWORK => manage(request, env),
        _ => Err(Refusal::NOT_SUPPORTED.into()),
    }
}

fn manage(request: &Request<'_>, env: &mut Env<'_>) -> Result<Done, Stop> {
    let code = NetworkCode::parse(request.text(n::NETWORK_CODE)?)
        .ok_or(Refusal::NOT_SUPPORTED.in_field(n::NETWORK_CODE))?;
    let acquirer = request.id.acquirer.as_str();
    let mut set = |signed_on: bool| {
        LINKS.put(env.records, acquirer.as_bytes(), &LinkState { signed_on });
    };
    let name = match code {
        NetworkCode::SignOn => {
            set(true);
            "bank.link_signed_on"
        }
        NetworkCode::SignOff => {
            set(false);
            "bank.link_signed_off"
        }
        NetworkCode::Echo => "bank.link_echoed",
    };
    Ok(Done { approval: None, event: Event::info(name).with("acquirer", acquirer) })
}

fn approved(setup: &Setup, link: &Link, message: &Message, done: Done) -> Heard {
    let code = ResponseCode::Approved;
    let event = done.event.with("stan", message.text(n::STAN).unwrap_or_default());
    sealed(setup, link, reply(message, code, done.approval.as_deref()), event)
}

fn refused(setup: &Setup, link: &Link, message: &Message, refusal: Refusal) -> Heard {
    let event = about(Event::warning("bank.request_refused"), message)
        .with("code", refusal.code.to_string())
        .with("reason", refusal.reason);
    let event = match refusal.field {
        Some(field) => event.with("field", field),
        None => event,
    };
    sealed(setup, link, reply(message, refusal.code, None), event)
}

fn sealed(setup: &Setup, link: &Link, reply: Message, event: Event) -> Heard {
    match mac::seal(reply, setup.dialect, &link.key) {
        Ok(answer) => Heard { answer: Some(answer), events: vec![event] },
        Err(error) => {
            let failed = Event::error("bank.answer_failed").with("reason", error.id());
            Heard { answer: None, events: vec![event, failed] }
        }
    }
}

/// The answer to a message whose code is wrong carries none itself: whoever could have any
/// message answered authentically could answer for the bank.
fn refuse_code(setup: &Setup, message: &Message, error: &MacError) -> Heard {
    let event = about(Event::warning("bank.mac_refused"), message)
        .with("reason", error.id())
        .with("hint", error.hint());
    let refusal = reply(message, ResponseCode::SecurityViolation, None);
    Heard { answer: codec::encode(&refusal, setup.dialect).ok(), events: vec![event] }
}

fn reply(message: &Message, code: ResponseCode, approval: Option<&str>) -> Message {
    let reply = Message::new(message.mti.answer())
        .with_copied(message, &ECHOED)
        .with(n::RESPONSE_CODE, code.to_string());
    match approval {
        Some(approval) => reply.with(n::APPROVAL, approval),
        None => reply,
    }
}

fn dropped(reason: &str, error: Option<&DecodeError>) -> Heard {
    let event = Event::warning("bank.message_dropped").with("reason", reason);
    let event = match error {
        Some(error) => event.with("error", error.to_string()),
        None => event,
    };
    Heard { answer: None, events: vec![event] }
}

fn about(event: Event, message: &Message) -> Event {
    let mut event = event
        .with("message", message.mti.as_str())
        .with("stan", message.text(n::STAN).unwrap_or_default());
    event.xid = xid_of(message);
    event
}

/// What makes two messages the same: everything but the authentication code and whether it is
/// a repeat.
fn fingerprint(setup: &Setup, message: &Message) -> String {
    let mut plain = message.clone();
    plain.mti = message.mti.first_sent();
    plain.fields.remove(&n::MAC_PRIMARY);
    plain.fields.remove(&n::MAC_SECONDARY);
    let octets = codec::encode(&plain, setup.dialect).unwrap_or_default();
    setup.keyed("message", &octets)
}

fn journal(
    setup: &Setup,
    direction: Direction,
    peer: &str,
    body: &[u8],
    message: Option<&Message>,
    env: &mut Env<'_>,
) {
    let mti = message.map(|message| match direction {
        Direction::Received => message.mti,
        Direction::Sent => message.mti.answer(),
    });
    env.records.journal(JournalEntry {
        at: env.now,
        direction,
        message: mti.map_or_else(|| "unreadable".to_owned(), |mti| mti.to_string()),
        xid: message.and_then(xid_of),
        rrpid: None,
        peer: peer.to_owned(),
        body: redact::redact(body, setup.dialect),
    });
}
