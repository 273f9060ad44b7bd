//! Sending, repeating and receiving: the same octets until there is an answer that holds.

use counterfoil_message::primitive::{Challenge, Rrpid, Thumbs};
use counterfoil_message::wrapper::MessageWrapper;
use jiff::{SignedDuration, Timestamp};

use super::Applicant;
use super::command::Outcome;
use super::ledger::{REGISTRATIONS, Registration, Sending, Step};
use super::settings::{SENDS_MAX, WAIT_MS_MIN};
use crate::ca::unsigned_error;
use crate::conversation::{About, Failed, Refusal, Stored, Turn};
use crate::event::Event;
use crate::machine::{CallFailure, CallId, Channel, Output};
use crate::records::{Octets, RecordsError};

/// Milliseconds after a call's own time-out at which it is taken for lost with the process that
/// made it.
const LOST_AFTER_MS: u64 = 1_000;

/// A message to be sent.
pub(super) struct Outgoing {
    pub(super) message: &'static str,
    pub(super) rrpid: Rrpid,
    pub(super) challenge: Challenge,
    pub(super) thumbs: Option<Thumbs>,
    pub(super) body: Vec<u8>,
}

impl Applicant {
    /// Is a call of this registration under way?
    pub(super) fn is_calling(&self, lid_ee: &[u8]) -> bool {
        self.calls.values().flatten().any(|calling| calling == lid_ee)
    }

    /// Stores a message and sends it.
    pub(super) fn send(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        lid_ee: &[u8],
        mut record: Registration,
        step: Step,
        outgoing: Outgoing,
    ) -> Result<(), RecordsError> {
        record.step = step;
        record.sending = Some(Sending {
            message: outgoing.message.to_owned(),
            rrpid: Stored(outgoing.rrpid),
            challenge: Stored(outgoing.challenge),
            thumbs: outgoing.thumbs.map(Stored),
            body: Octets(outgoing.body),
            sends: 0,
        });
        self.send_again(turn, lid_ee, record, 0)
    }

    /// Sends what is stored, which was sent `sends` times.
    pub(super) fn send_again(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        lid_ee: &[u8],
        mut record: Registration,
        sends: u32,
    ) -> Result<(), RecordsError> {
        let Some(sending) = &mut record.sending else { return Ok(()) };
        sending.sends = sends + 1;
        let (rrpid, body) = (sending.rrpid.0, sending.body.0.clone());
        let message = name_of(&sending.message);
        REGISTRATIONS.put(turn.env.records, lid_ee, &record);
        let lost = self.settings.call_timeout_ms.saturating_add(LOST_AFTER_MS);
        REGISTRATIONS.set_alarm(turn.env.records, lid_ee, Some(in_ms(turn.env.now, lost)));
        let about = About { message, xid: None, rrpid: Some(&rrpid), peer: record.ca.name() };
        self.call(turn, Some(lid_ee.to_vec()), &record, about, body);
        Ok(())
    }

    fn call(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        of: Option<Vec<u8>>,
        record: &Registration,
        about: About<'_>,
        body: Vec<u8>,
    ) {
        let call = CallId(self.next_call);
        self.next_call += 1;
        self.calls.insert(call, of);
        turn.sent(about, &body);
        turn.outputs.push(Output::Call {
            call,
            to: record.ca.destination(),
            channel: Channel::Registration,
            body,
            timeout_ms: self.settings.call_timeout_ms,
        });
    }

    /// The answer to a call, or that there is none.
    pub(super) fn answered(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        call: CallId,
        result: Result<Vec<u8>, CallFailure>,
    ) -> Result<(), RecordsError> {
        let Some(Some(lid_ee)) = self.calls.remove(&call) else { return Ok(()) };
        let record = REGISTRATIONS.get(turn.env.records, &lid_ee)?;
        let Some(record) = record.filter(|record| record.sending.is_some()) else { return Ok(()) };
        let body = match result {
            Ok(body) => body,
            Err(failure) => return self.retry(turn, &lid_ee, record, why(failure)),
        };
        let wrapper = MessageWrapper::decode(&body);
        let message = wrapper.as_ref().ok().and_then(|wrapper| wrapper.message.name());
        let rrpid = record.sending.as_ref().map(|sending| sending.rrpid.0);
        let about = About {
            message: message.unwrap_or("unreadable"),
            xid: None,
            rrpid: rrpid.as_ref(),
            peer: record.ca.name(),
        };
        turn.received(about, &body);
        let done = match &wrapper {
            Ok(wrapper) => self.receive(turn, &lid_ee, record.clone(), wrapper),
            Err(error) => Err(Refusal::from(error.clone()).into()),
        };
        match done {
            Ok(()) => Ok(()),
            Err(Failed::Records(error)) => Err(error),
            Err(Failed::Refused(refusal)) => {
                let event = Event::warning("answer.refused")
                    .with("error", refusal.id)
                    .with("reason", refusal.message.as_str());
                turn.event_about(event, about);
                if let Ok(wrapper) = &wrapper {
                    self.tell(turn, &record, wrapper, &refusal);
                }
                self.retry(turn, &lid_ee, record, &refusal.message)
            }
        }
    }

    /// Tells the CA what is wrong with its answer (SET 1.0 Book 2, error processing).
    fn tell(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        record: &Registration,
        answer: &MessageWrapper,
        refusal: &Refusal,
    ) {
        if crate::conversation::error_message::is_error(&answer.message) {
            return;
        }
        if let Ok(body) = unsigned_error(&answer.header, refusal, turn.env) {
            let rrpid = answer.header.rrpid.as_ref();
            let about = About { message: "Error", xid: None, rrpid, peer: record.ca.name() };
            self.call(turn, None, record, about, body);
        }
    }

    /// Repeats a message in a while, or lets the registration rest when that was done often
    /// enough.
    pub(super) fn retry(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        lid_ee: &[u8],
        record: Registration,
        reason: &str,
    ) -> Result<(), RecordsError> {
        let sends = record.sending.as_ref().map_or(SENDS_MAX, |sending| sending.sends);
        if sends < SENDS_MAX {
            let wait = WAIT_MS_MIN << sends.saturating_sub(1);
            let at = in_ms(turn.env.now, wait);
            REGISTRATIONS.set_alarm(turn.env.records, lid_ee, Some(at));
            return Ok(());
        }
        REGISTRATIONS.set_alarm(turn.env.records, lid_ee, None);
        let registration = hex::encode(lid_ee);
        let event = Event::warning("registration.rests")
            .with("registration", registration.as_str())
            .with("reason", reason);
        turn.event(event);
        if let Some(reply_to) = self.waiting.remove(lid_ee) {
            let reason = reason.to_owned();
            turn.outcome(reply_to, Outcome::Unreachable { registration, reason });
        }
        Ok(())
    }

    /// The alarm of a registration: its message is sent again.
    pub(super) fn due(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        lid_ee: &[u8],
    ) -> Result<(), RecordsError> {
        let record = REGISTRATIONS.get(turn.env.records, lid_ee)?;
        let sends = record.as_ref().and_then(|r| r.sending.as_ref()).map(|s| s.sends);
        match (record, sends) {
            (Some(_), Some(_)) if self.is_calling(lid_ee) => {
                let later = in_ms(turn.env.now, self.settings.call_timeout_ms);
                REGISTRATIONS.set_alarm(turn.env.records, lid_ee, Some(later));
                Ok(())
            }
            (Some(record), Some(sends)) if sends < SENDS_MAX => {
                self.send_again(turn, lid_ee, record, sends)
            }
            (Some(record), Some(_)) => self.retry(turn, lid_ee, record, "no answer came"),
            _ => {
                REGISTRATIONS.set_alarm(turn.env.records, lid_ee, None);
                Ok(())
            }
        }
    }
}

fn why(failure: CallFailure) -> &'static str {
    match failure {
        CallFailure::NotSent => "the CA cannot be reached",
        CallFailure::NoAnswer => "the CA did not answer in time",
        CallFailure::Busy => "the CA is busy",
    }
}

fn in_ms(now: Timestamp, ms: u64) -> Timestamp {
    let span = SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX));
    now.checked_add(span).unwrap_or(Timestamp::MAX)
}

/// The name of a stored message as the journal has it.
fn name_of(stored: &str) -> &'static str {
    ["CardCInitReq", "RegFormReq", "Me-AqCInitReq", "CertReq", "CertInqReq"]
        .into_iter()
        .find(|name| *name == stored)
        .unwrap_or("unknown")
}
