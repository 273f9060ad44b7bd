//! Requests of wallets: told apart from repetitions, checked for what all have in common, passed
//! to the file of their exchange, and answered or refused.

use std::sync::Arc;

use counterfoil_message::exchange::error_message::ErrorCode;
use counterfoil_message::exchange::inquiry::InqReq;
use counterfoil_message::exchange::purchase::PReq;
use counterfoil_message::exchange::purchase_init::PInitReq;
use counterfoil_message::pdu::Pdu;
use counterfoil_message::primitive::{Rrpid, Xid};
use counterfoil_message::wrapper::MessageWrapper;

use super::ledger::PURCHASES;
use super::setup::Brand;
use super::{Merchant, Turn};
use crate::conversation::error_message::{Refused, error_message, is_error};
use crate::conversation::header::check_date;
use crate::conversation::{About, Failed, Refusal};
use crate::dedup::{self, Arrival};
use crate::event::Event;
use crate::machine::ReplyTo;
use crate::records::RecordsError;

/// A request that is being processed.
pub(super) struct Request<'a> {
    /// Header and message.
    pub(super) wrapper: &'a MessageWrapper,
    /// RRPID of the header.
    pub(super) rrpid: Rrpid,
    /// Whom the connection belongs to.
    pub(super) peer: &'a str,
}

impl Merchant {
    pub(super) fn request(
        &mut self,
        turn: &mut Turn<'_, '_>,
        reply_to: ReplyTo,
        peer: &str,
        body: &[u8],
    ) -> Result<(), RecordsError> {
        let wrapper = match MessageWrapper::decode(body) {
            Ok(wrapper) => wrapper,
            Err(error) => {
                self.refuse_octets(turn, reply_to, peer, body, &error.into());
                return Ok(());
            }
        };
        let message = wrapper.message.name().unwrap_or("unknown");
        if is_error(&wrapper.message) {
            // Nobody answers an Error.
            turn.received(About { message, xid: None, rrpid: None, peer }, body);
            turn.drop_request(reply_to);
            return Ok(());
        }
        let Some(rrpid) = wrapper.header.rrpid else {
            let message = "the header names no request/response pair";
            let refusal = Refusal::new(ErrorCode::BadMessageHeader, "rrpid-missing", message);
            self.refuse_octets(turn, reply_to, peer, body, &refusal);
            return Ok(());
        };
        match dedup::arrive(turn.env.records, rrpid.as_bytes(), body, turn.env.now)? {
            Arrival::New => {
                self.first(turn, reply_to, body, Request { wrapper: &wrapper, rrpid, peer })
            }
            Arrival::Answered(answer) => {
                let about = About { message: "answer", xid: None, rrpid: Some(&rrpid), peer };
                turn.event_about(Event::info("message.repeated"), About { message, ..about });
                turn.reply(reply_to, about, answer);
                Ok(())
            }
            Arrival::InProgress => {
                self.wait(turn, &rrpid, reply_to);
                Ok(())
            }
            Arrival::Forgotten => {
                self.refuse_octets(turn, reply_to, peer, body, &Refusal::forgotten());
                Ok(())
            }
            Arrival::Altered => {
                let message = "this RRPID came before with other octets";
                let refusal = Refusal::new(ErrorCode::UnknownRrpid, "rrpid-reused", message);
                self.refuse_octets(turn, reply_to, peer, body, &refusal);
                Ok(())
            }
        }
    }

    fn first(
        &mut self,
        turn: &mut Turn<'_, '_>,
        reply_to: ReplyTo,
        body: &[u8],
        request: Request<'_>,
    ) -> Result<(), RecordsError> {
        if !self.wait(turn, &request.rrpid, reply_to) {
            dedup::forget(turn.env.records, request.rrpid.as_bytes());
            return Ok(());
        }
        let xid = request.wrapper.header.message_ids.as_ref().and_then(|ids| ids.xid);
        let message = request.wrapper.message.name().unwrap_or("unknown");
        let about =
            About { message, xid: xid.as_ref(), rrpid: Some(&request.rrpid), peer: request.peer };
        turn.received(about, body);
        match self.dispatch(turn, &request) {
            Ok(()) => Ok(()),
            Err(Failed::Records(error)) => Err(error),
            Err(Failed::Refused(refusal)) => self.refuse(turn, &request, &refusal),
        }
    }

    fn dispatch(&mut self, turn: &mut Turn<'_, '_>, request: &Request<'_>) -> Result<(), Failed> {
        let settings = &self.settings;
        let (age, skew) = (settings.message_age_ms_max, settings.clock_skew_ms_max);
        check_date(&request.wrapper.header, turn.env.now, age, skew)?;
        let message = &request.wrapper.message;
        match message.tag {
            PInitReq::TAG => self.purchase_init(turn, request, message.decode()?),
            PReq::TAG => self.purchase_request(turn, request, message.decode()?),
            InqReq::TAG => self.inquiry(turn, request, message.decode()?),
            _ => {
                let name = message.name().unwrap_or("this message");
                let text = format!("a merchant does not take {name}");
                let code = ErrorCode::MessageNotSupported;
                Err(Refusal::new(code, "message-not-supported", text).into())
            }
        }
    }

    /// Adds a connection to those that wait for an answer, or turns it away.
    fn wait(&mut self, turn: &mut Turn<'_, '_>, rrpid: &Rrpid, reply_to: ReplyTo) -> bool {
        let added = self.waiting.add(rrpid.as_bytes(), reply_to);
        if !added {
            turn.event(Event::warning("request.turned_away").rrpid(rrpid.as_bytes()));
            turn.drop_request(reply_to);
        }
        added
    }

    /// Stores the answer to a request and sends it to whoever waits.
    pub(super) fn answer(
        &mut self,
        turn: &mut Turn<'_, '_>,
        rrpid: &Rrpid,
        xid: Option<&Xid>,
        message: &'static str,
        body: &[u8],
    ) -> Result<(), RecordsError> {
        dedup::store_answer(turn.env.records, rrpid.as_bytes(), body)?;
        self.send_answer(turn, rrpid, xid, message, body);
        Ok(())
    }

    fn send_answer(
        &mut self,
        turn: &mut Turn<'_, '_>,
        rrpid: &Rrpid,
        xid: Option<&Xid>,
        message: &'static str,
        body: &[u8],
    ) {
        turn.sent(About { message, xid, rrpid: Some(rrpid), peer: "wallet" }, body);
        let replies = self.waiting.answer(rrpid.as_bytes(), body);
        turn.outputs.extend(replies);
    }

    /// Answers a request with an Error. It is stored, unless the reason may pass.
    fn refuse(
        &mut self,
        turn: &mut Turn<'_, '_>,
        request: &Request<'_>,
        refusal: &Refusal,
    ) -> Result<(), RecordsError> {
        let header = &request.wrapper.header;
        let xid = header.message_ids.as_ref().and_then(|ids| ids.xid);
        let message = request.wrapper.message.name().unwrap_or("unknown");
        let about =
            About { message, xid: xid.as_ref(), rrpid: Some(&request.rrpid), peer: request.peer };
        turn.event_about(refused_event(refusal), about);
        let brand = self.brand_of(turn, request)?;
        let Some(body) = self.error(turn, brand, refusal, Refused::Header(header)) else {
            dedup::forget(turn.env.records, request.rrpid.as_bytes());
            return Ok(());
        };
        if refusal.may_pass {
            dedup::forget(turn.env.records, request.rrpid.as_bytes());
        } else {
            dedup::store_answer(turn.env.records, request.rrpid.as_bytes(), &body)?;
        }
        self.send_answer(turn, &request.rrpid, xid.as_ref(), "Error", &body);
        Ok(())
    }

    /// Answers octets of which nothing is known, or nothing may be stored.
    fn refuse_octets(
        &mut self,
        turn: &mut Turn<'_, '_>,
        reply_to: ReplyTo,
        peer: &str,
        body: &[u8],
        refusal: &Refusal,
    ) {
        let about = About { message: "unknown", xid: None, rrpid: None, peer };
        turn.received(about, body);
        turn.event_about(refused_event(refusal), about);
        let brand = self.brands.first().cloned();
        match self.error(turn, brand, refusal, Refused::Octets(body)) {
            Some(error) => turn.reply(reply_to, About { message: "Error", ..about }, error),
            None => turn.drop_request(reply_to),
        }
    }

    /// The brand that a request is about, under which its Error is signed.
    fn brand_of(
        &self,
        turn: &Turn<'_, '_>,
        request: &Request<'_>,
    ) -> Result<Option<Arc<Brand>>, RecordsError> {
        let message = &request.wrapper.message;
        let xid = request.wrapper.header.message_ids.as_ref().and_then(|ids| ids.xid);
        let purchase = match xid {
            Some(xid) => PURCHASES.get(turn.env.records, xid.as_bytes())?,
            None => None,
        };
        let asked = message.decode::<PInitReq>().ok().map(|asked| asked.brand_id.to_string());
        let name = purchase.map(|purchase| purchase.brand).or(asked);
        let brand = name.and_then(|name| self.brand(&name));
        Ok(brand.or_else(|| self.brands.first().cloned()))
    }

    fn error(
        &self,
        turn: &mut Turn<'_, '_>,
        brand: Option<Arc<Brand>>,
        refusal: &Refusal,
        refused: Refused<'_>,
    ) -> Option<Vec<u8>> {
        let brand = brand?;
        let sender = brand.sender(&brand.identity.chain);
        match error_message(&sender, refusal, refused, turn.env.now, turn.env.rng) {
            Ok(body) => Some(body),
            Err(error) => {
                turn.event(Event::error("merchant.unable").with("reason", error.to_string()));
                None
            }
        }
    }
}

/// The event of a message that is refused.
pub(super) fn refused_event(refusal: &Refusal) -> Event {
    Event::warning("message.refused")
        .with("error", refusal.id)
        .with("code", refusal.code.name())
        .with("fault", refusal.fault.name())
        .with("reason", refusal.message.as_str())
}
