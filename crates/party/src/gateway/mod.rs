//! The payment gateway: between the merchants' SET and the bank's ISO 8583.
//!
//! It opens the payment instruction, never sees the order, asks the bank, and answers with what
//! the bank said and a receipt for the cardholder. `LIFECYCLE.md` beside this file shows the
//! states of an authorization.

mod at_hand;
mod authorize;
mod bank_call;
mod capture;
mod certificates;
pub mod judge;
pub mod ledger;
mod opening;
pub mod put_off;
mod refusing;
mod response;
mod settings;
mod void;
mod void_check;
mod void_response;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use counterfoil_crypto::token::TokenKey;
use counterfoil_message::exchange::authorization::AuthReq;
use counterfoil_message::exchange::authorization_reversal::AuthRevReq;
use counterfoil_message::exchange::capture::CapReq;
use counterfoil_message::exchange::error_message::ErrorCode;
use counterfoil_message::exchange::gateway_certificate::PCertReq;
use counterfoil_message::pdu::Pdu;
use counterfoil_message::primitive::{Rrpid, Xid};
use counterfoil_message::wrapper::MessageWrapper;
use counterfoil_pki::Thumb;
use counterfoil_pki::trust::Trust;
use counterfoil_secret::Report as _;

pub use self::settings::GatewaySettings;
use crate::bank_link::BankLink;
use crate::conversation::header::check_date;
use crate::conversation::{About, Learned, Refusal, Turn};
use crate::dedup::{self, Arrival, Waiting};
use crate::event::Event;
use crate::identity::{Exchange, Identity};
use crate::machine::{CallFailure, CallId, Channel, Env, Input, Output, Party, ReplyTo, Role};
use crate::records::RecordsError;
use at_hand::AtHand;
use bank_call::Asked;
use ledger::{
    AUTHORIZATIONS, Authorization, AuthorizationState, CAPTURES, CaptureJob, LINK, VOIDS,
};
use put_off::OpenCards;

/// Most alarms that are served in one input, so that requests are not kept waiting.
const ALARMS_PER_INPUT_MAX: usize = 64;
/// Most authorizations in one page of the books.
pub const BOOKS_PAGE_MAX: usize = 1_000;

/// What an operator may ask of a gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// A page of the gateway's books.
    Books {
        /// RRPID (hexadecimal) of the last line of the page before.
        after: Option<String>,
    },
    /// Whether the bank link is up, and how much is open.
    State,
}

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// A page of the books.
    Books {
        /// The lines, by RRPID.
        lines: Vec<BookLine>,
        /// RRPID to ask the next page with, if there is one.
        next: Option<String>,
    },
    /// The state.
    State {
        /// Whether the bank has accepted the sign-on.
        signed_on: bool,
        /// Requests that merchants wait for.
        waiting: usize,
        /// Questions to the bank that are open.
        asked: usize,
    },
    /// The command could not be done.
    Failed {
        /// Why.
        reason: String,
    },
}

/// One authorization in the books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookLine {
    /// RRPID of the AuthReq, hexadecimal.
    pub rrpid: String,
    /// The purchase, hexadecimal.
    pub xid: String,
    /// merID.
    pub merchant: String,
    /// ISO 4217 numeric code.
    pub currency: u16,
    /// What the merchant asked for, minor units.
    pub asked_minor: u64,
    /// Where it stands.
    pub state: AuthorizationState,
    /// What is captured or being captured, minor units.
    pub captured_minor: u64,
    /// Whether the bank has confirmed all of it.
    pub capture_confirmed: bool,
}

/// Why handling stopped.
#[derive(Debug)]
pub(crate) enum Failed {
    /// Storage failed: nothing of this input may become durable.
    Records(RecordsError),
    /// The message is refused, and its sender is told.
    Refused(Box<Refusal>),
}

impl From<RecordsError> for Failed {
    fn from(error: RecordsError) -> Self {
        Self::Records(error)
    }
}

impl From<Refusal> for Failed {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

/// A payment gateway.
#[derive(Debug)]
pub struct Gateway {
    settings: GatewaySettings,
    identity: Identity,
    exchange: Exchange,
    trust: Trust,
    link: BankLink,
    token_key: TokenKey,
    waiting: Waiting,
    calls: BTreeMap<CallId, Asked>,
    next_call: u64,
    signed_on: bool,
    open_cards: OpenCards,
    authorizations: AtHand<Authorization>,
    captures: AtHand<CaptureJob>,
    learned: Learned,
    /// Merchants' certificates that this run has put into the records.
    filed: BTreeSet<Thumb>,
}

impl Gateway {
    /// A gateway; `exchange` is the key-exchange key that payment instructions are sealed for.
    pub fn new(
        settings: GatewaySettings,
        identity: Identity,
        exchange: Exchange,
        trust: Trust,
        link: BankLink,
        token_key: TokenKey,
    ) -> Self {
        Self {
            settings,
            identity,
            exchange,
            trust,
            link,
            token_key,
            waiting: Waiting::default(),
            calls: BTreeMap::new(),
            next_call: 1,
            signed_on: false,
            open_cards: OpenCards::default(),
            authorizations: AtHand::new(AUTHORIZATIONS),
            captures: AtHand::new(CAPTURES),
            learned: Learned::default(),
            filed: BTreeSet::new(),
        }
    }

    fn handle_input(
        &mut self,
        input: Input<Command>,
        env: &mut Env<'_>,
    ) -> Result<Vec<Output<Outcome>>, RecordsError> {
        let mut turn = Turn::new(env);
        self.learned.restore(&mut self.trust, &mut turn)?;
        match input {
            Input::Request { reply_to, channel: Channel::Payment, peer, body } => {
                self.request(&mut turn, reply_to, &peer, &body)?;
            }
            Input::Request { reply_to, .. } => turn.drop_request(reply_to),
            Input::Answer { call, result } => self.answered(&mut turn, call, &result)?,
            Input::Command { reply_to, command } => self.command(&mut turn, reply_to, command)?,
            Input::Deadline => self.deadline(&mut turn)?,
        }
        self.learned.keep(&self.trust, turn.env.records)?;
        Ok(turn.outputs)
    }

    fn card_certificate_required(&self) -> bool {
        self.exchange.certificate.card_cert_required()
    }

    fn request(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        reply_to: ReplyTo,
        peer: &str,
        body: &[u8],
    ) -> Result<(), RecordsError> {
        let header = match MessageWrapper::peek_header(body) {
            Ok(header) => header,
            Err(error) => {
                self.refuse_octets(turn, reply_to, peer, body, &error.into());
                return Ok(());
            }
        };
        let Some(rrpid) = header.rrpid else {
            let refusal = Refusal::new(
                ErrorCode::BadMessageHeader,
                "rrpid-missing",
                "the header names no request/response pair",
            );
            self.refuse_octets(turn, reply_to, peer, body, &refusal);
            return Ok(());
        };
        match dedup::arrive(turn.env.records, rrpid.as_bytes(), body, turn.env.now)? {
            Arrival::Answered(answer) => {
                turn.event(Event::info("message.repeated").rrpid(rrpid.as_bytes()));
                turn.outputs.push(Output::Reply { reply_to, body: answer });
                return Ok(());
            }
            Arrival::InProgress => {
                self.wait(turn, &rrpid, reply_to);
                return Ok(());
            }
            Arrival::Forgotten => {
                self.refuse_octets(turn, reply_to, peer, body, &Refusal::forgotten());
                return Ok(());
            }
            Arrival::Altered => {
                let refusal = Refusal::new(
                    ErrorCode::UnknownRrpid,
                    "rrpid-reused",
                    "this RRPID came before with other octets",
                );
                self.refuse_octets(turn, reply_to, peer, body, &refusal);
                return Ok(());
            }
            Arrival::New => {}
        }
        if !self.wait(turn, &rrpid, reply_to) {
            dedup::forget(turn.env.records, rrpid.as_bytes());
            return Ok(());
        }
        match self.dispatch(turn, peer, body, &rrpid) {
            Ok(()) => Ok(()),
            Err(Failed::Records(error)) => Err(error),
            Err(Failed::Refused(refusal)) => self.refuse_request(turn, &rrpid, &header, &refusal),
        }
    }

    fn wait(&mut self, turn: &mut Turn<'_, '_, Outcome>, rrpid: &Rrpid, reply_to: ReplyTo) -> bool {
        let added = self.waiting.add(rrpid.as_bytes(), reply_to);
        if !added {
            turn.event(Event::warning("request.turned_away").rrpid(rrpid.as_bytes()));
            turn.drop_request(reply_to);
        }
        added
    }

    fn dispatch(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        peer: &str,
        body: &[u8],
        rrpid: &Rrpid,
    ) -> Result<(), Failed> {
        let wrapper = MessageWrapper::decode(body).map_err(Refusal::from)?;
        let message = wrapper.message.name().unwrap_or("unknown");
        let xid = wrapper.header.message_ids.as_ref().and_then(|ids| ids.xid);
        turn.received(About { message, xid: xid.as_ref(), rrpid: Some(rrpid), peer }, body);
        check_date(
            &wrapper.header,
            turn.env.now,
            self.settings.message_age_ms_max,
            self.settings.message_skew_ms_max,
        )?;
        match wrapper.message.tag {
            AuthReq::TAG => {
                let opened = self.open_authorization(turn, &wrapper)?;
                self.authorize(turn, opened)
            }
            CapReq::TAG => {
                let opened = self.open_capture(turn, &wrapper)?;
                self.capture(turn, opened)
            }
            AuthRevReq::TAG => {
                let opened = self.open_void(turn, &wrapper)?;
                self.void(turn, opened)
            }
            PCertReq::TAG => self.certificates(turn, &wrapper),
            _ => Err(Refusal::new(
                ErrorCode::MessageNotSupported,
                "message-not-supported",
                format!("a payment gateway does not take {message}"),
            )
            .into()),
        }
    }

    /// Stores and sends the answer to a request.
    fn answer(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        rrpid: &Rrpid,
        message: &'static str,
        xid: Option<&Xid>,
        body: Vec<u8>,
    ) -> Result<(), Failed> {
        dedup::store_answer(turn.env.records, rrpid.as_bytes(), &body)?;
        turn.sent(About { message, xid, rrpid: Some(rrpid), peer: "merchant" }, &body);
        let replies = self.waiting.answer(rrpid.as_bytes(), &body);
        turn.outputs.extend(replies);
        Ok(())
    }

    fn answered(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        call: CallId,
        result: &Result<Vec<u8>, CallFailure>,
    ) -> Result<(), RecordsError> {
        let done = match self.calls.remove(&call) {
            Some(Asked::Authorization(rrpid)) => self.authorization_answered(turn, &rrpid, result),
            Some(Asked::Reversal(rrpid)) => self.reversal_answered(turn, &rrpid, result),
            Some(Asked::Void(rrpid)) => self.void_answered(turn, &rrpid, result),
            Some(Asked::Capture(rrpid, place)) => {
                self.capture_answered(turn, &rrpid, place, result)
            }
            Some(Asked::SignOn(request)) => {
                self.link_managed(turn, &request, result);
                self.sign_on_answered(turn)
            }
            Some(Asked::Echo(request)) => {
                self.link_managed(turn, &request, result);
                Ok(())
            }
            None => Ok(()),
        };
        internal(turn, done)
    }

    fn deadline(&mut self, turn: &mut Turn<'_, '_, Outcome>) -> Result<(), RecordsError> {
        if !self.signed_on && self.calls.is_empty() {
            self.echo(turn)?;
        }
        for (table, key) in turn.env.records.due(turn.env.now, ALARMS_PER_INPUT_MAX)? {
            let rrpid = <[u8; 20]>::try_from(key.as_slice()).map(Rrpid::new);
            let done = match (table.as_str(), rrpid) {
                (table, Ok(rrpid)) if table == AUTHORIZATIONS.name => {
                    self.authorization_due(turn, &rrpid)
                }
                (table, Ok(rrpid)) if table == CAPTURES.name => self.capture_due(turn, &rrpid),
                (table, Ok(rrpid)) if table == VOIDS.name => self.void_due(turn, &rrpid),
                (LINK, _) => Ok(self.echo(turn)?),
                _ => Ok(()),
            };
            internal(turn, done)?;
        }
        Ok(())
    }

    fn command(
        &self,
        turn: &mut Turn<'_, '_, Outcome>,
        reply_to: ReplyTo,
        command: Command,
    ) -> Result<(), RecordsError> {
        let outcome = match command {
            Command::State => Outcome::State {
                signed_on: self.signed_on,
                waiting: self.waiting.len(),
                asked: self.calls.len(),
            },
            Command::Books { after } => match after.as_deref().map(hex::decode).transpose() {
                Ok(after) => books(turn, after.as_deref())?,
                Err(_) => Outcome::Failed { reason: "`after` is not hexadecimal".into() },
            },
        };
        turn.outcome(reply_to, outcome);
        Ok(())
    }
}

/// What failed without anybody to tell goes to telemetry.
fn internal(
    turn: &mut Turn<'_, '_, Outcome>,
    done: Result<(), Failed>,
) -> Result<(), RecordsError> {
    match done {
        Ok(()) => Ok(()),
        Err(Failed::Records(error)) => Err(error),
        Err(Failed::Refused(refusal)) => {
            turn.event(
                Event::error("gateway.failed")
                    .with("error", refusal.id())
                    .with("reason", refusal.message.as_str()),
            );
            Ok(())
        }
    }
}

fn books(turn: &mut Turn<'_, '_, Outcome>, after: Option<&[u8]>) -> Result<Outcome, RecordsError> {
    let records = &*turn.env.records;
    let rows = AUTHORIZATIONS.scan(records, &[], after, BOOKS_PAGE_MAX)?;
    let next = (rows.len() == BOOKS_PAGE_MAX)
        .then(|| rows.last().map(|(key, _)| hex::encode(key)))
        .flatten();
    let lines = rows.into_iter().map(|(key, record)| BookLine {
        rrpid: hex::encode(key),
        xid: hex::encode(record.xid()),
        merchant: record.merchant.id.clone(),
        currency: record.asked.currency,
        asked_minor: record.asked.minor,
        state: record.state,
        captured_minor: record.captured_minor.unwrap_or(0),
        capture_confirmed: record.captured_minor.is_some() && record.unconfirmed_minor == 0,
    });
    Ok(Outcome::Books { lines: lines.collect(), next })
}

impl Party for Gateway {
    type Command = Command;
    type Outcome = Outcome;

    fn role(&self) -> Role {
        Role::Gateway
    }

    fn handle(
        &mut self,
        input: Input<Command>,
        env: &mut Env<'_>,
    ) -> Result<Vec<Output<Outcome>>, RecordsError> {
        let handled = self.handle_input(input, env);
        if handled.is_err() {
            self.authorizations.forget_all();
            self.captures.forget_all();
        }
        handled
    }
}
