//! Questions to the gateway: kept with their octets, repeated unchanged until there is an answer.
//!
//! The alarm of a call is armed when it is sent (for the case that this process dies while
//! waiting) and moved when it fails; it is cleared with the record when the call is settled.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use counterfoil_message::exchange::error_message::ErrorCode;
use counterfoil_message::primitive::{Rrpid, Xid};
use counterfoil_message::treatment::Check;
use counterfoil_message::wrapper::MessageWrapper;
use counterfoil_pki::Roles;
use counterfoil_pki::trust::Need;

use super::ledger::PURCHASES;
use super::order::OrderId;
use super::receive::refused_event;
use super::{Merchant, Turn, shop};
use crate::conversation::error_message::{believed, is_error};
use crate::conversation::{About, Failed, Refusal};
use crate::event::Event;
use crate::machine::{CallFailure, CallId, Destination};
use crate::records::{Octets, RecordsError, Table};

/// Calls without an answer, by the RRPID of their message.
pub(super) const CALLS: Table<GatewayCall> = Table::new("gateway_call");

/// The gateway's name among the endpoints.
pub(super) const GATEWAY: &str = "gateway";

/// Wait after the first failure; it doubles each time.
const RETRY_WAIT_MS_MIN: u64 = 1_000;
/// Longest wait between two repetitions.
const RETRY_WAIT_MS_MAX: u64 = 60_000;
/// How long after its time-out a call counts as lost with the process that made it.
const LOST_AFTER_MS: u64 = 2_000;

/// One question to the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct GatewayCall {
    /// What it is about.
    pub(super) purpose: Purpose,
    /// The message.
    pub(super) body: Octets,
    /// How often it was sent.
    pub(super) tries: u32,
    /// Whether the merchant has given up; `retry` begins anew.
    pub(super) given_up: bool,
}

/// What a call is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "exchange", rename_all = "snake_case")]
pub(super) enum Purpose {
    /// AuthReq of a purchase.
    Authorization {
        /// XID.
        purchase: Octets,
    },
    /// CapReq of a purchase.
    Capture {
        /// XID.
        purchase: Octets,
    },
    /// AuthRevReq of a purchase.
    Void {
        /// XID.
        purchase: Octets,
    },
    /// PCertReq.
    Certificate {
        /// For which brand.
        brand: String,
    },
}

impl Purpose {
    /// Name of the message that asks.
    pub(super) fn request(&self) -> &'static str {
        match self {
            Self::Authorization { .. } => "AuthReq",
            Self::Capture { .. } => "CapReq",
            Self::Void { .. } => "AuthRevReq",
            Self::Certificate { .. } => "PCertReq",
        }
    }

    /// The purchase, where there is one.
    pub(super) fn purchase(&self) -> Option<&[u8]> {
        match self {
            Self::Authorization { purchase }
            | Self::Capture { purchase }
            | Self::Void { purchase } => Some(&purchase.0),
            Self::Certificate { .. } => None,
        }
    }
}

impl GatewayCall {
    /// A question that was not asked yet.
    pub(super) fn new(purpose: Purpose, body: Vec<u8>) -> Self {
        Self { purpose, body: Octets(body), tries: 0, given_up: false }
    }

    /// When it is sent again after it failed for the `tries`th time.
    pub(super) fn retry_at(&self, now: Timestamp) -> Timestamp {
        let doublings = self.tries.saturating_sub(1).min(16);
        later(now, (RETRY_WAIT_MS_MIN << doublings).min(RETRY_WAIT_MS_MAX))
    }

    /// When it counts as lost, if it is sent now.
    pub(super) fn lost_at(&self, now: Timestamp, timeout_ms: u64) -> Timestamp {
        later(now, timeout_ms.saturating_add(LOST_AFTER_MS))
    }
}

/// What the answer to a call came to.
enum Settled {
    /// The call is done.
    Done,
    /// The gateway said, signed, that it does not process this.
    Refused(ErrorCode),
}

impl Merchant {
    /// Asks the gateway for the first time.
    pub(super) fn place_call(
        &mut self,
        turn: &mut Turn<'_, '_>,
        rrpid: Rrpid,
        mut call: GatewayCall,
    ) {
        self.send_call(turn, rrpid, &mut call);
    }

    fn send_call(&mut self, turn: &mut Turn<'_, '_>, rrpid: Rrpid, call: &mut GatewayCall) {
        let timeout_ms = self.settings.gateway_timeout_ms;
        call.tries = call.tries.saturating_add(1);
        CALLS.put(turn.env.records, rrpid.as_bytes(), call);
        let lost_at = call.lost_at(turn.env.now, timeout_ms);
        CALLS.set_alarm(turn.env.records, rrpid.as_bytes(), Some(lost_at));
        let id = CallId(self.next_call);
        self.next_call += 1;
        self.open_calls.insert(id, rrpid);
        let xid = xid_of(&call.purpose);
        let about = About {
            message: call.purpose.request(),
            xid: xid.as_ref(),
            rrpid: Some(&rrpid),
            peer: GATEWAY,
        };
        let to = Destination::Endpoint(GATEWAY.to_owned());
        turn.call(id, to, about, call.body.0.clone(), timeout_ms);
    }

    /// The gateway answered, or did not.
    pub(super) fn answered(
        &mut self,
        turn: &mut Turn<'_, '_>,
        id: CallId,
        result: Result<Vec<u8>, CallFailure>,
    ) -> Result<(), RecordsError> {
        let Some(rrpid) = self.open_calls.remove(&id) else { return Ok(()) };
        let Some(call) = CALLS.get(turn.env.records, rrpid.as_bytes())? else { return Ok(()) };
        let settled = match result {
            Ok(body) => self.judge_answer(turn, &rrpid, &call, &body),
            Err(failure) => {
                let event = Event::warning("gateway.silent").rrpid(rrpid.as_bytes());
                let event = event.with("message", call.purpose.request());
                turn.event(event.with("failure", failure_name(failure)));
                return self.fail(turn, &rrpid, call);
            }
        };
        match settled {
            Ok(Settled::Done) => {
                settle(turn, &rrpid);
                self.finish_command(turn, &rrpid)
            }
            // The gateway cannot at the moment: the same octets may be welcome later.
            Ok(Settled::Refused(ErrorCode::UnspecifiedFailure)) => self.fail(turn, &rrpid, call),
            Ok(Settled::Refused(code)) => {
                settle(turn, &rrpid);
                self.refused(turn, &rrpid, &call.purpose, code)?;
                self.finish_command(turn, &rrpid)
            }
            Err(Failed::Records(error)) => Err(error),
            Err(Failed::Refused(refusal)) => {
                let event = refused_event(&refusal).rrpid(rrpid.as_bytes());
                turn.event(event.with("message", "answer of the gateway"));
                self.fail(turn, &rrpid, call)
            }
        }
    }

    fn judge_answer(
        &mut self,
        turn: &mut Turn<'_, '_>,
        rrpid: &Rrpid,
        call: &GatewayCall,
        body: &[u8],
    ) -> Result<Settled, Failed> {
        let decoded = MessageWrapper::decode(body);
        let name = decoded.as_ref().ok().and_then(|wrapper| wrapper.message.name());
        let xid = xid_of(&call.purpose);
        let message = name.unwrap_or("unknown");
        let about = About { message, xid: xid.as_ref(), rrpid: Some(rrpid), peer: GATEWAY };
        turn.received(about, body);
        let wrapper = decoded?;
        if is_error(&wrapper.message) {
            let need = Need::sign(Roles::PGWY);
            let mut check = Check { trust: &mut self.trust, now: turn.env.now, need };
            let (code, _) = believed(&wrapper, rrpid, &mut check)?;
            let event = Event::warning("gateway.refused").with("code", code.name());
            turn.event_about(event, About { message: call.purpose.request(), ..about });
            return Ok(Settled::Refused(code));
        }
        if wrapper.header.rrpid.as_ref() != Some(rrpid) {
            return Err(Refusal::mismatch("RRPID").into());
        }
        match &call.purpose {
            Purpose::Authorization { purchase } => {
                self.authorization_answered(turn, rrpid, &purchase.0, &wrapper)?;
            }
            Purpose::Capture { purchase } => {
                self.capture_answered(turn, rrpid, &purchase.0, &wrapper)?;
            }
            Purpose::Void { purchase } => {
                self.void_answered(turn, rrpid, &purchase.0, &wrapper)?;
            }
            Purpose::Certificate { brand } => {
                self.certificate_answered(turn, rrpid, brand, &wrapper)?;
            }
        }
        Ok(Settled::Done)
    }

    /// No usable answer: the call is repeated later, or given up.
    fn fail(
        &mut self,
        turn: &mut Turn<'_, '_>,
        rrpid: &Rrpid,
        mut call: GatewayCall,
    ) -> Result<(), RecordsError> {
        if call.tries < self.settings.gateway_tries_max {
            let at = call.retry_at(turn.env.now);
            CALLS.set_alarm(turn.env.records, rrpid.as_bytes(), Some(at));
            return self.finish_command(turn, rrpid);
        }
        call.given_up = true;
        CALLS.put(turn.env.records, rrpid.as_bytes(), &call);
        CALLS.set_alarm(turn.env.records, rrpid.as_bytes(), None);
        match &call.purpose {
            Purpose::Authorization { purchase } => {
                self.authorization_undecided(turn, rrpid, &purchase.0)?;
            }
            Purpose::Capture { purchase } => self.capture_undecided(turn, rrpid, &purchase.0)?,
            Purpose::Void { purchase } => self.void_undecided(turn, rrpid, &purchase.0)?,
            Purpose::Certificate { brand } => {
                settle(turn, rrpid);
                self.certificate_failed(turn, brand)?;
            }
        }
        self.finish_command(turn, rrpid)
    }

    /// The gateway has refused to process what it was sent.
    fn refused(
        &mut self,
        turn: &mut Turn<'_, '_>,
        rrpid: &Rrpid,
        purpose: &Purpose,
        code: ErrorCode,
    ) -> Result<(), RecordsError> {
        match purpose {
            Purpose::Authorization { purchase } => {
                self.authorization_refused(turn, rrpid, &purchase.0, code)
            }
            Purpose::Capture { purchase } => self.capture_refused(turn, rrpid, &purchase.0, code),
            Purpose::Void { purchase } => self.void_refused(turn, rrpid, &purchase.0, code),
            Purpose::Certificate { brand } => self.certificate_failed(turn, brand),
        }
    }

    /// The alarm of a call: it failed and its wait is over, or it was lost with an earlier run.
    pub(super) fn call_due(
        &mut self,
        turn: &mut Turn<'_, '_>,
        key: &[u8],
    ) -> Result<(), RecordsError> {
        let rrpid = <[u8; 20]>::try_from(key).map(Rrpid::new);
        let call = CALLS.get(turn.env.records, key)?;
        let (Ok(rrpid), Some(mut call)) = (rrpid, call) else {
            CALLS.set_alarm(turn.env.records, key, None);
            return Ok(());
        };
        if self.open_calls.values().any(|open| *open == rrpid) {
            let at = call.lost_at(turn.env.now, self.settings.gateway_timeout_ms);
            CALLS.set_alarm(turn.env.records, key, Some(at));
        } else if call.tries < self.settings.gateway_tries_max {
            self.send_call(turn, rrpid, &mut call);
        } else {
            self.fail(turn, &rrpid, call)?;
        }
        Ok(())
    }

    /// Begins anew with what was given up of an order: the same octets, the same RRPID.
    pub(super) fn retry(
        &mut self,
        turn: &mut Turn<'_, '_>,
        order: OrderId,
    ) -> Result<(), RecordsError> {
        let Some(order) = super::order::order(turn.env.records, order)? else { return Ok(()) };
        let Some(mut purchase) = shop::purchase_of(turn.env.records, &order)? else {
            return Ok(());
        };
        for rrpid in purchase.reopen_undecided() {
            let Ok(id) = <[u8; 20]>::try_from(rrpid.0.as_slice()) else { continue };
            let Some(mut call) = CALLS.get(turn.env.records, &rrpid.0)? else { continue };
            (call.tries, call.given_up) = (0, false);
            self.send_call(turn, Rrpid::new(id), &mut call);
        }
        PURCHASES.put(turn.env.records, purchase.trans_ids.0.xid.as_bytes(), &purchase);
        Ok(())
    }
}

/// The call is over: its record and its alarm go.
fn settle(turn: &mut Turn<'_, '_>, rrpid: &Rrpid) {
    CALLS.remove(turn.env.records, rrpid.as_bytes());
    CALLS.set_alarm(turn.env.records, rrpid.as_bytes(), None);
}

fn xid_of(purpose: &Purpose) -> Option<Xid> {
    purpose.purchase().and_then(|xid| <[u8; 20]>::try_from(xid).ok()).map(Xid::new)
}

fn failure_name(failure: CallFailure) -> &'static str {
    match failure {
        CallFailure::NotSent => "not_sent",
        CallFailure::NoAnswer => "no_answer",
        CallFailure::Busy => "busy",
    }
}

/// `ms` milliseconds after `now`.
pub(super) fn later(now: Timestamp, ms: u64) -> Timestamp {
    let wait = SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX));
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_minute() {
        let waits: Vec<i64> = (1..=9)
            .map(|tries| {
                let purpose = Purpose::Certificate { brand: "Visa".into() };
                let call = GatewayCall { tries, ..GatewayCall::new(purpose, Vec::new()) };
                call.retry_at(Timestamp::UNIX_EPOCH).as_second()
            })
            .collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }
}
