//! Asking the bank: every question is recorded before it is sent, and every answer belongs to one.

use jiff::{SignedDuration, Timestamp};

use counterfoil_message::primitive::Rrpid;

use super::Gateway;
use super::ledger::{self, LINK};
use crate::bank_link::{
    BankAnswer, BankLinkError, BankRequest, CardData, NetworkCode, Operation, Stamp,
};
use crate::conversation::Turn;
use crate::event::Event;
use crate::machine::{CallFailure, CallId, Channel, Destination, Output};
use crate::records::{Direction, JournalEntry, RecordsError};

/// Name of the bank's endpoint in the configuration.
pub(super) const BANK: &str = "bank";

/// Key of the alarm that wants an echo test.
const ECHO: &[u8] = b"echo";

/// What a call to the bank is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    /// The authorization or sale of this AuthReq.
    Authorization(Rrpid),
    /// The reversal of this AuthReq's authorization.
    Reversal(Rrpid),
    /// The reversal that this AuthRevReq asks for.
    Void(Rrpid),
    /// One item of this CapReq.
    Capture(Rrpid, usize),
    /// Sign-on.
    SignOn(BankRequest),
    /// Echo test.
    Echo(BankRequest),
}

/// What came back from the bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    /// An authentic answer to this question.
    Answer(BankAnswer),
    /// Nothing was sent: the bank knows nothing of it.
    NotSent,
    /// Sent, and no answer that can be believed: the bank may have acted.
    Silence,
}

impl Gateway {
    /// A new question to the bank.
    pub(super) fn question<O>(
        &self,
        turn: &mut Turn<'_, '_, O>,
        operation: Operation,
    ) -> Result<BankRequest, RecordsError> {
        let last = ledger::last_stan(turn.env.records)?;
        let stamp = Stamp::next(last, turn.env.now);
        ledger::set_last_stan(turn.env.records, stamp.stan);
        Ok(BankRequest { stamp, operation })
    }

    /// Sends a question that is in the records already.
    pub(super) fn ask<O>(
        &mut self,
        turn: &mut Turn<'_, '_, O>,
        asked: Asked,
        request: &BankRequest,
        card: Option<&CardData>,
        repeat: bool,
    ) -> Result<(), BankLinkError> {
        let body = self.link.message(request, card, repeat)?;
        self.journal_bank(turn, Direction::Sent, &request.mti().to_string(), request, &body);
        let call = CallId(self.next_call);
        self.next_call += 1;
        self.calls.insert(call, asked);
        turn.outputs.push(Output::Call {
            call,
            to: Destination::Endpoint(BANK.into()),
            channel: Channel::Bank,
            body,
            timeout_ms: self.settings.bank_wait_ms_max,
        });
        Ok(())
    }

    /// Reads what came back to a question.
    pub(super) fn heard<O>(
        &self,
        turn: &mut Turn<'_, '_, O>,
        request: &BankRequest,
        result: &Result<Vec<u8>, CallFailure>,
    ) -> Heard {
        let bytes = match result {
            Ok(bytes) => bytes,
            Err(CallFailure::NotSent | CallFailure::Busy) => return Heard::NotSent,
            Err(CallFailure::NoAnswer) => return Heard::Silence,
        };
        let message = request.mti().answer().to_string();
        self.journal_bank(turn, Direction::Received, &message, request, bytes);
        match self.link.answer(request, bytes) {
            Ok(answer) => Heard::Answer(answer),
            Err(error) => {
                turn.event(refused_answer(request, &error));
                Heard::Silence
            }
        }
    }

    fn journal_bank<O>(
        &self,
        turn: &mut Turn<'_, '_, O>,
        direction: Direction,
        message: &str,
        request: &BankRequest,
        body: &[u8],
    ) {
        turn.env.records.journal(JournalEntry {
            at: turn.env.now,
            direction,
            message: message.to_owned(),
            xid: request.xid().map(hex::encode),
            rrpid: None,
            peer: BANK.into(),
            body: self.link.redacted(body),
        });
    }

    /// Signs on to the bank, unless that is under way.
    pub(super) fn sign_on<O>(&mut self, turn: &mut Turn<'_, '_, O>) -> Result<(), RecordsError> {
        if self.calls.values().any(|asked| matches!(asked, Asked::SignOn(_))) {
            return Ok(());
        }
        self.manage_link(turn, NetworkCode::SignOn, Asked::SignOn)
    }

    /// Tests the link; called when the echo's alarm is due.
    pub(super) fn echo<O>(&mut self, turn: &mut Turn<'_, '_, O>) -> Result<(), RecordsError> {
        if self.signed_on {
            self.manage_link(turn, NetworkCode::Echo, Asked::Echo)?;
        } else {
            self.sign_on(turn)?;
        }
        let next = later(turn.env.now, self.settings.echo_ms);
        turn.env.records.set_alarm(LINK, ECHO, Some(next));
        Ok(())
    }

    fn manage_link<O>(
        &mut self,
        turn: &mut Turn<'_, '_, O>,
        code: NetworkCode,
        asked: fn(BankRequest) -> Asked,
    ) -> Result<(), RecordsError> {
        let request = self.question(turn, Operation::Network(code))?;
        if let Err(error) = self.ask(turn, asked(request.clone()), &request, None, false) {
            turn.event(unaskable(&error));
        }
        Ok(())
    }

    /// Takes the answer to a sign-on or echo.
    pub(super) fn link_managed<O>(
        &mut self,
        turn: &mut Turn<'_, '_, O>,
        request: &BankRequest,
        result: &Result<Vec<u8>, CallFailure>,
    ) {
        let heard = self.heard(turn, request, result);
        let up = matches!(&heard, Heard::Answer(answer) if answer.is_approved());
        if up != self.signed_on {
            turn.event(if up {
                Event::info("bank.signed_on")
            } else {
                Event::warning("bank.unreachable")
            });
        }
        self.signed_on = up;
    }
}

/// A moment some milliseconds later.
pub(super) fn later(now: Timestamp, ms: u64) -> Timestamp {
    let wait = SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX));
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

/// The wait before try number `tries` + 1: doubled each time, up to a limit.
pub(super) fn back_off_ms(first_ms: u64, most_ms: u64, tries: u32) -> u64 {
    first_ms.saturating_mul(1 << tries.min(20)).min(most_ms)
}

/// An event about a question that could not be put into a message.
pub(super) fn unaskable(error: &BankLinkError) -> Event {
    use counterfoil_secret::Report as _;
    Event::error("bank.unaskable").with("error", error.id()).with("reason", error.to_string())
}

fn refused_answer(request: &BankRequest, error: &BankLinkError) -> Event {
    use counterfoil_secret::Report as _;
    let event = Event::error("bank.answer_refused")
        .with("error", error.id())
        .with("stan", request.stamp.stan)
        .with("reason", error.to_string());
    match request.xid() {
        Some(xid) => event.xid(xid),
        None => event,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_limit() {
        let waits: Vec<u64> = (0..5).map(|tries| back_off_ms(2_000, 10_000, tries)).collect();
        assert_eq!(waits, [2_000, 4_000, 8_000, 10_000, 10_000]);
        assert_eq!(back_off_ms(2_000, 10_000, u32::MAX), 10_000);
    }
}
