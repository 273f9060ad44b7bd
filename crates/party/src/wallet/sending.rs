//! Sending to the merchant: the same octets until there is an answer, then asking, then saying
//! honestly what is not known.
//!
//! The alarm of a purchase is armed when something is sent (for the case that this process dies
//! while waiting), moved when that fails, and cleared when the wallet is done with it.

use jiff::{SignedDuration, Timestamp};

use counterfoil_message::exchange::error_message::ErrorCode;
use counterfoil_message::primitive::{Rrpid, Xid};
use counterfoil_message::treatment::Check;
use counterfoil_message::wrapper::MessageWrapper;
use counterfoil_pki::Roles;
use counterfoil_pki::trust::Need;
use counterfoil_secret::Report as _;

use super::command::{Outcome, Reason, Verdict};
use super::ledger::{Exchange, PURCHASES, Purchase, State};
use super::response_check::doubtful;
use super::{OpenCall, Turn, Wallet};
use crate::conversation::error_message::{believed, is_error};
use crate::conversation::{About, Failed, Refusal};
use crate::event::Event;
use crate::machine::{CallFailure, CallId, Destination};
use crate::records::RecordsError;

/// How long after its time-out a call counts as lost with the process that made it.
const LOST_AFTER_MS: u64 = 2_000;

impl Exchange {
    fn request(self) -> &'static str {
        match self {
            Self::Init => "PInitReq",
            Self::Purchase => "PReq",
            Self::Inquiry => "InqReq",
        }
    }
}

impl Wallet {
    /// Sends what the purchase has ready, and stores the purchase first of all.
    pub(super) fn send(&mut self, turn: &mut Turn<'_, '_>, lid_c: &[u8], purchase: &mut Purchase) {
        let Some(sending) = &mut purchase.sending else { return };
        sending.sends = sending.sends.saturating_add(1);
        let (rrpid, body) = (sending.rrpid.0, sending.body.0.clone());
        let message = sending.exchange.request();
        let timeout_ms = self.settings.call_timeout_ms;
        let lost_at = later(turn.env.now, timeout_ms.saturating_add(LOST_AFTER_MS));
        PURCHASES.put(turn.env.records, lid_c, purchase);
        PURCHASES.set_alarm(turn.env.records, lid_c, Some(lost_at));
        let id = CallId(self.next_call);
        self.next_call += 1;
        self.open_calls.insert(id, OpenCall { lid_c: lid_c.to_vec(), rrpid });
        let xid = xid_of(purchase);
        let to = Destination::Url(purchase.shown.set_url.clone());
        let peer = &purchase.shown.set_url;
        let about = About { message, xid: xid.as_ref(), rrpid: Some(&rrpid), peer };
        turn.call(id, to, about, body, timeout_ms);
    }

    /// The merchant answered, or did not.
    pub(super) fn answered(
        &mut self,
        turn: &mut Turn<'_, '_>,
        id: CallId,
        result: Result<Vec<u8>, CallFailure>,
    ) -> Result<(), RecordsError> {
        let Some(OpenCall { lid_c, rrpid }) = self.open_calls.remove(&id) else { return Ok(()) };
        let Some(mut purchase) = PURCHASES.get(turn.env.records, &lid_c)? else { return Ok(()) };
        let Some(sending) = purchase.sending.clone().filter(|s| s.rrpid.0 == rrpid) else {
            return Ok(());
        };
        let body = match result {
            Ok(body) => body,
            Err(failure) => {
                let event = Event::warning("merchant.silent").rrpid(rrpid.as_bytes());
                let event = event.with("message", sending.exchange.request());
                turn.event(event.with("failure", format!("{failure:?}")));
                return self.fail(turn, &lid_c, purchase, None);
            }
        };
        match self.judge_answer(turn, &lid_c, &mut purchase, sending.exchange, &rrpid, &body) {
            Ok(None) => Ok(()),
            Ok(Some(code)) => self.refused(turn, &lid_c, purchase, sending.exchange, code),
            Err(Failed::Records(error)) => Err(error),
            Err(Failed::Refused(refusal)) => {
                self.disbelieve(turn, &lid_c, purchase, sending.exchange, &rrpid, *refusal)
            }
        }
    }

    /// Passes an answer to the file of its exchange; gives the code of a believable Error.
    fn judge_answer(
        &mut self,
        turn: &mut Turn<'_, '_>,
        lid_c: &[u8],
        purchase: &mut Purchase,
        exchange: Exchange,
        rrpid: &Rrpid,
        body: &[u8],
    ) -> Result<Option<ErrorCode>, Failed> {
        let decoded = MessageWrapper::decode(body);
        let name = decoded.as_ref().ok().and_then(|wrapper| wrapper.message.name());
        let xid = xid_of(purchase);
        let peer = purchase.shown.set_url.clone();
        let message = name.unwrap_or("unknown");
        let about = About { message, xid: xid.as_ref(), rrpid: Some(rrpid), peer: &peer };
        turn.received(about, body);
        let wrapper = decoded?;
        if is_error(&wrapper.message) {
            return self.judge_error(turn, purchase, rrpid, &wrapper).map(Some);
        }
        match exchange {
            Exchange::Init => self.purchase_init_answered(turn, lid_c, purchase, &wrapper)?,
            Exchange::Purchase | Exchange::Inquiry => {
                self.purchase_answered(turn, lid_c, purchase, exchange, &wrapper)?;
            }
        }
        Ok(None)
    }

    /// An Error counts when the merchant of the purchase signed it, about this very request.
    fn judge_error(
        &mut self,
        turn: &mut Turn<'_, '_>,
        purchase: &Purchase,
        rrpid: &Rrpid,
        wrapper: &MessageWrapper,
    ) -> Result<ErrorCode, Failed> {
        let need = Need::sign(Roles::MER).of_brand(&purchase.brand);
        let mut check = Check { trust: &mut self.trust, now: turn.env.now, need };
        let (code, signer) = believed(wrapper, rrpid, &mut check)?;
        let merchant = purchase.agreed.as_ref().map(|agreed| agreed.merchant_thumb.0.as_slice());
        let signer = signer.certificate().thumb();
        if merchant.is_some_and(|merchant| merchant != signer.as_bytes()) {
            let message = "the Error is signed by another merchant";
            let code = ErrorCode::InvalidCertificate;
            return Err(Refusal::new(code, "other-merchant", message).into());
        }
        Ok(code)
    }

    /// The merchant says, signed, that it does not process what it was sent.
    fn refused(
        &mut self,
        turn: &mut Turn<'_, '_>,
        lid_c: &[u8],
        purchase: Purchase,
        exchange: Exchange,
        code: ErrorCode,
    ) -> Result<(), RecordsError> {
        let event = Event::warning("merchant.refused").with("code", code.name());
        turn.event(event.with("message", exchange.request()));
        let reason = error_reason(code);
        match (exchange, code) {
            // The merchant cannot at the moment: the same octets may be welcome later.
            (_, ErrorCode::UnspecifiedFailure) => self.fail(turn, lid_c, purchase, Some(reason)),
            (Exchange::Init | Exchange::Purchase, _) => {
                self.conclude(turn, lid_c, purchase, State::Refused, Verdict::Refused(reason))
            }
            // The merchant signs that it knows no such purchase. It forgets only purchases whose
            // PReq never came, and a PReq that comes now finds no XID: nothing is or will be paid.
            (Exchange::Inquiry, ErrorCode::UnknownXid) if purchase.state != State::Paid => {
                self.conclude(turn, lid_c, purchase, State::Refused, Verdict::Refused(reason))
            }
            (Exchange::Inquiry, _) => self.give_up(turn, lid_c, purchase, Some(reason)),
        }
    }

    /// An answer that breaks a rule says nothing. Before PReq that ends the purchase, for nothing
    /// is paid; afterwards the wallet asks.
    fn disbelieve(
        &mut self,
        turn: &mut Turn<'_, '_>,
        lid_c: &[u8],
        purchase: Purchase,
        exchange: Exchange,
        rrpid: &Rrpid,
        refusal: Refusal,
    ) -> Result<(), RecordsError> {
        let event = Event::warning("message.refused")
            .rrpid(rrpid.as_bytes())
            .with("error", refusal.id)
            .with("code", refusal.code.name())
            .with("fault", refusal.fault.name())
            .with("reason", refusal.message.as_str());
        turn.event(event);
        let reason = Reason {
            id: refusal.id.to_owned(),
            message: refusal.message.clone(),
            hint: refusal.hint(),
        };
        match exchange {
            Exchange::Init => {
                self.conclude(turn, lid_c, purchase, State::Refused, Verdict::Refused(reason))
            }
            Exchange::Purchase => self.ask(turn, lid_c, purchase),
            Exchange::Inquiry => self.fail(turn, lid_c, purchase, Some(reason)),
        }
    }

    /// No usable answer: the same octets again after a wait, as often as the settings say.
    fn fail(
        &mut self,
        turn: &mut Turn<'_, '_>,
        lid_c: &[u8],
        purchase: Purchase,
        reason: Option<Reason>,
    ) -> Result<(), RecordsError> {
        let Some(sending) = &purchase.sending else { return Ok(()) };
        if sending.sends < self.settings.sends_max {
            let at = self.retry_at(turn.env.now, sending.sends);
            PURCHASES.set_alarm(turn.env.records, lid_c, Some(at));
            return Ok(());
        }
        match sending.exchange {
            Exchange::Init => {
                let reason = reason.unwrap_or_else(unreachable);
                self.conclude(turn, lid_c, purchase, State::Refused, Verdict::Refused(reason))
            }
            Exchange::Purchase => self.ask(turn, lid_c, purchase),
            Exchange::Inquiry => self.give_up(turn, lid_c, purchase, reason),
        }
    }

    /// Asks where the purchase stands, or gives up asking.
    pub(super) fn ask(
        &mut self,
        turn: &mut Turn<'_, '_>,
        lid_c: &[u8],
        mut purchase: Purchase,
    ) -> Result<(), RecordsError> {
        if purchase.inquiries >= self.settings.inquiries_max {
            return self.give_up(turn, lid_c, purchase, None);
        }
        match self.prepare_inquiry(turn, &mut purchase) {
            Ok(()) => {
                self.send(turn, lid_c, &mut purchase);
                Ok(())
            }
            Err(Failed::Records(error)) => Err(error),
            Err(Failed::Refused(refusal)) => {
                let event = Event::error("wallet.unable").with("error", refusal.id);
                turn.event(event.with("reason", refusal.to_string()));
                self.give_up(turn, lid_c, purchase, Some(doubtful("wallet-unable")))
            }
        }
    }

    /// Ends without an answer, saying what is known.
    pub(super) fn give_up(
        &mut self,
        turn: &mut Turn<'_, '_>,
        lid_c: &[u8],
        purchase: Purchase,
        reason: Option<Reason>,
    ) -> Result<(), RecordsError> {
        let (state, verdict) = match purchase.state {
            State::Paid | State::Refused => (purchase.state, purchase.verdict.clone()),
            State::Received => {
                let hint = "ask again with `inquire`; the merchant has the order".into();
                (State::Received, Verdict::Received { hint })
            }
            State::Initialising | State::Sent | State::InDoubt => {
                (State::InDoubt, Verdict::InDoubt(reason.unwrap_or_else(silent)))
            }
        };
        self.conclude(turn, lid_c, purchase, state, verdict)
    }

    /// Ends the work on a purchase for now and answers whoever waits for it.
    pub(super) fn conclude(
        &mut self,
        turn: &mut Turn<'_, '_>,
        lid_c: &[u8],
        mut purchase: Purchase,
        state: State,
        verdict: Verdict,
    ) -> Result<(), RecordsError> {
        purchase.sending = None;
        purchase.state = state;
        purchase.verdict = verdict;
        PURCHASES.put(turn.env.records, lid_c, &purchase);
        PURCHASES.set_alarm(turn.env.records, lid_c, None);
        let (name, detail) = match &purchase.verdict {
            Verdict::Paid { .. } => ("purchase.paid", ""),
            Verdict::Refused(reason) => ("purchase.refused", reason.id.as_str()),
            Verdict::Received { .. } | Verdict::Underway => ("purchase.undecided", ""),
            Verdict::InDoubt(reason) => ("purchase.in_doubt", reason.id.as_str()),
        };
        let mut event = Event::info(name).with("lid_c", hex::encode(lid_c));
        if !detail.is_empty() {
            event = event.with("error", detail);
        }
        if let Some(xid) = xid_of(&purchase) {
            event = event.xid(xid.as_bytes());
        }
        turn.event(event);
        for reply_to in self.commands.remove(lid_c).unwrap_or_default() {
            turn.outcome(reply_to, Outcome::Payment(Box::new(purchase.books(lid_c))));
        }
        Ok(())
    }

    /// The alarm of a purchase: a wait is over, or a call was lost with an earlier run.
    pub(super) fn purchase_due(
        &mut self,
        turn: &mut Turn<'_, '_>,
        lid_c: &[u8],
    ) -> Result<(), RecordsError> {
        let Some(mut purchase) = PURCHASES.get(turn.env.records, lid_c)? else {
            PURCHASES.set_alarm(turn.env.records, lid_c, None);
            return Ok(());
        };
        let Some(sending) = &purchase.sending else { return self.ask(turn, lid_c, purchase) };
        let rrpid = sending.rrpid.0;
        if self.open_calls.values().any(|open| open.lid_c == lid_c && open.rrpid == rrpid) {
            let wait = self.settings.call_timeout_ms.saturating_add(LOST_AFTER_MS);
            PURCHASES.set_alarm(turn.env.records, lid_c, Some(later(turn.env.now, wait)));
            return Ok(());
        }
        if sending.sends < self.settings.sends_max {
            self.send(turn, lid_c, &mut purchase);
            return Ok(());
        }
        self.fail(turn, lid_c, purchase, None)
    }

    /// When something is repeated that was done `times` times.
    pub(super) fn retry_at(&self, now: Timestamp, times: u32) -> Timestamp {
        let doublings = times.saturating_sub(1).min(16);
        let wait = self.settings.wait_ms_min.saturating_mul(1 << doublings);
        later(now, wait.min(self.settings.wait_ms_max))
    }
}

fn later(now: Timestamp, ms: u64) -> Timestamp {
    let wait = SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX));
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

pub(super) fn xid_of(purchase: &Purchase) -> Option<Xid> {
    purchase.agreed.as_ref().map(|agreed| agreed.trans_ids.0.xid)
}

fn unreachable() -> Reason {
    Reason {
        id: "merchant-unreachable".into(),
        message: "the merchant did not answer, and no payment was sent".into(),
        hint: "nothing is paid; try again later".into(),
    }
}

fn silent() -> Reason {
    Reason {
        id: "merchant-silent".into(),
        message: "the payment was sent, and the merchant does not answer".into(),
        hint: "ask again with `inquire`; do not pay anew before that is answered".into(),
    }
}

fn error_reason(code: ErrorCode) -> Reason {
    if code == ErrorCode::OrderPaid {
        return Reason {
            id: "order-already-paid".into(),
            message: "the order is already paid, and nothing was sent".into(),
            hint:
                "nothing more is owed; the wallet's purchases and the shop show the payment, and \
                   another purchase needs another order"
                    .into(),
        };
    }
    let hint = match code {
        ErrorCode::ExpiredCertificate | ErrorCode::RevokedCertificate => {
            "register the card again; its certificate is no longer accepted"
        }
        ErrorCode::MessageTooOld | ErrorCode::MessageTooNew => "check this machine's clock",
        ErrorCode::UnknownXid | ErrorCode::UnknownLid => "begin anew at the shop",
        ErrorCode::UnspecifiedFailure => "try again later, or ask the shop",
        _ => "compare the journals of both sides; the merchant's software refused the message",
    };
    Reason {
        id: "merchant-refused".into(),
        message: format!("the merchant refused: {code}"),
        hint: hint.into(),
    }
}
