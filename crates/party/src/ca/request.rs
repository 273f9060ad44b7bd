//! What all registration requests have in common: ids, repetition, date, dispatch, refusal.
//!
//! A request that was answered is answered with the same octets when it comes again. An Error is
//! not remembered: nothing was done, so the same RRPID may come again with the right octets, and
//! nobody can burn the RRPID of a request on its way by sending garbage under it.

use counterfoil_message::exchange::card_init::CardCInitReq;
use counterfoil_message::exchange::certificate_inquiry::CertInqReq;
use counterfoil_message::exchange::certificate_request::CertReq;
use counterfoil_message::exchange::error_message::{ErrorCode, ErrorMessage};
use counterfoil_message::exchange::merchant_acquirer_init::MeAqCInitReq;
use counterfoil_message::exchange::reg_form::RegFormReq;
use counterfoil_message::pdu::Pdu;
use counterfoil_message::primitive::Rrpid;
use counterfoil_message::wrapper::{MessageHeader, MessageWrapper};

use super::CertificateAuthority;
use super::books::Applicant;
use super::command::Outcome;
use super::config::CaKind;
use crate::conversation::error_message::is_error;
use crate::conversation::header::check_date;
use crate::conversation::refusal::check_extensions;
use crate::conversation::{About, Failed, Refusal, Turn};
use crate::dedup::{self, Arrival};
use crate::event::Event;
use crate::machine::{Env, Output, ReplyTo};
use crate::records::RecordsError;

/// Milliseconds that a request may have been on its way.
pub const REQUEST_AGE_MS_MAX: u64 = 15 * 60 * 1000;

/// Milliseconds that the clock of a sender may be ahead.
pub const REQUEST_SKEW_MS_MAX: u64 = 5 * 60 * 1000;

/// What an exchange answers.
pub(super) struct Answered {
    /// Name of the message.
    pub(super) message: &'static str,
    /// The message.
    pub(super) body: Vec<u8>,
    /// What telemetry is told.
    pub(super) event: Event,
}

/// A request whose header holds.
pub(super) struct Incoming<'r> {
    pub(super) wrapper: &'r MessageWrapper,
    pub(super) rrpid: Rrpid,
}

impl Incoming<'_> {
    pub(super) fn header(&self) -> &MessageHeader {
        &self.wrapper.header
    }

    /// Decodes the message.
    pub(super) fn decode<T: Pdu>(&self) -> Result<T, Refusal> {
        self.wrapper.message.decode().map_err(Refusal::from)
    }
}

impl CertificateAuthority {
    /// Handles one request; the order of the checks is that of SET 1.0 Book 2, error processing.
    pub(super) fn request(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        reply_to: ReplyTo,
        peer: &str,
        body: &[u8],
    ) -> Result<(), RecordsError> {
        let header = match MessageWrapper::peek_header(body) {
            Ok(header) => header,
            Err(error) => {
                let about = About { message: "unreadable", xid: None, rrpid: None, peer };
                turn.received(about, body);
                self.answer_error(turn, reply_to, about, None, &error.into());
                return Ok(());
            }
        };
        let wrapper = MessageWrapper::decode(body);
        let message = wrapper.as_ref().ok().and_then(|wrapper| wrapper.message.name());
        let about = About {
            message: message.unwrap_or("unknown"),
            xid: None,
            rrpid: header.rrpid.as_ref(),
            peer,
        };
        if let Ok(wrapper) = &wrapper
            && is_error(&wrapper.message)
        {
            turn.received(about, body);
            error_received(turn, reply_to, about, wrapper);
            return Ok(());
        }
        let Some(rrpid) = header.rrpid else {
            turn.received(about, body);
            self.answer_error(turn, reply_to, about, None, &missing_rrpid());
            return Ok(());
        };
        let known = match dedup::arrive(turn.env.records, rrpid.as_bytes(), body, turn.env.now)? {
            Arrival::New | Arrival::InProgress => None,
            Arrival::Answered(answer) => {
                turn.event_about(Event::info("message.repeated"), about);
                turn.outputs.push(Output::Reply { reply_to, body: answer });
                return Ok(());
            }
            Arrival::Altered => Some(altered()),
            Arrival::Forgotten => Some(Refusal::forgotten()),
        };
        turn.received(about, body);
        if let Some(refusal) = known {
            self.answer_error(turn, reply_to, about, Some(&header), &refusal);
            return Ok(());
        }
        let answered = match wrapper {
            Ok(wrapper) => self.process(&Incoming { wrapper: &wrapper, rrpid }, turn.env),
            Err(error) => Err(Refusal::from(error).into()),
        };
        match answered {
            Ok(Answered { message, body, event }) => {
                dedup::store_answer(turn.env.records, rrpid.as_bytes(), &body)?;
                turn.event_about(event, about);
                turn.reply(reply_to, About { message, ..about }, body);
            }
            Err(Failed::Records(error)) => return Err(error),
            Err(Failed::Refused(refusal)) => {
                dedup::forget(turn.env.records, rrpid.as_bytes());
                self.answer_error(turn, reply_to, about, Some(&header), &refusal);
            }
        }
        Ok(())
    }

    fn process(&mut self, incoming: &Incoming<'_>, env: &mut Env<'_>) -> Result<Answered, Failed> {
        check_date(incoming.header(), env.now, REQUEST_AGE_MS_MAX, REQUEST_SKEW_MS_MAX)?;
        check_extensions([incoming.wrapper.mw_extensions.as_ref()])?;
        match (incoming.wrapper.message.tag, self.config.kind) {
            (CardCInitReq::TAG, CaKind::Cca) => self.card_init(incoming, env),
            (RegFormReq::TAG, CaKind::Cca) => self.reg_form(incoming, env),
            (MeAqCInitReq::TAG, CaKind::Mca | CaKind::Pca) => {
                self.merchant_acquirer_init(incoming, env)
            }
            (CertReq::TAG, CaKind::Cca | CaKind::Mca | CaKind::Pca) => {
                self.certificate_request(incoming, env)
            }
            (CertInqReq::TAG, CaKind::Cca | CaKind::Mca | CaKind::Pca) => {
                self.certificate_inquiry(incoming, env)
            }
            _ => Err(self.not_supported(incoming.wrapper.message.name()).into()),
        }
    }

    /// The refusal of a message that this kind of CA does not take.
    pub(super) fn not_supported(&self, message: Option<&str>) -> Refusal {
        let (message, kind) = (message.unwrap_or("this message"), self.config.kind.name());
        let text = format!("a certificate authority of kind {kind} does not take {message}");
        Refusal::new(ErrorCode::MessageNotSupported, "message-not-supported", text)
    }
}

/// A registration that somebody asks about, and who asks.
pub(super) fn event_of(name: &'static str, applicant: &Applicant) -> Event {
    let event = Event::info(name).with("bin", applicant.bin());
    match applicant {
        Applicant::Cardholder { .. } => event.with("applicant", "cardholder"),
        Applicant::Merchant { id, .. } => {
            event.with("applicant", "merchant").with("id", id.as_str())
        }
        Applicant::Gateway { id, .. } => event.with("applicant", "gateway").with("id", id.as_str()),
    }
}

/// An Error is never answered (SET 1.0 Book 2, error processing).
fn error_received(
    turn: &mut Turn<'_, '_, Outcome>,
    reply_to: ReplyTo,
    about: About<'_>,
    wrapper: &MessageWrapper,
) {
    let code = match wrapper.message.decode::<ErrorMessage>() {
        // What nobody's certificate vouches for is still worth reading in a log.
        Ok(ErrorMessage::Unsigned(error)) => error.error_code.name(),
        Ok(ErrorMessage::Signed(_)) => "signed",
        Err(_) => "unreadable",
    };
    turn.event_about(Event::warning("error.received").with("code", code), about);
    turn.drop_request(reply_to);
}

fn missing_rrpid() -> Refusal {
    let message = "the header names no request/response pair";
    Refusal::new(ErrorCode::BadMessageHeader, "rrpid-missing", message)
}

fn altered() -> Refusal {
    let message = "this RRPID came before with other octets";
    Refusal::new(ErrorCode::UnknownRrpid, "rrpid-reused", message)
}
