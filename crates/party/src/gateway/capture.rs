//! CapReq: each item checked against its authorization and its token, then put to the bank.
//!
//! An authorization may be captured in parts, up to its amount (CapReqAmt may differ from AuthAmt,
//! SET 1.0 Book 3, CapPayload); each part is an item of a CapReq. A capture is an advice: once it
//! passes the checks here it is sent to the bank until the bank answers, so that it is neither lost
//! nor done twice.

use counterfoil_message::exchange::capture::{CapCode, CapItem, CapReqData, CapTokenSeq};
use counterfoil_message::primitive::Rrpid;

use super::bank_call::{Asked, Heard, back_off_ms, later, unaskable};
use super::ledger::{
    Authorization, AuthorizationState, CAPTURES, CaptureItem, CaptureJob, MerchantKeys,
    ReceiptTerms,
};
use super::{Failed, Gateway, Outcome};
use crate::amount::Amount;
use crate::bank_link::{CaptureVerdict, Operation};
use crate::conversation::{Stored, Turn};
use crate::event::Event;
use crate::machine::CallFailure;
use crate::records::{Octets, RecordsError};

/// A CapReq that is opened and verified.
pub(super) struct OpenedCapture {
    /// What the merchant asks.
    pub request: CapReqData,
    /// Its tokens, one for each item.
    pub tokens: CapTokenSeq,
    /// Who asks.
    pub merchant: MerchantKeys,
}

impl Gateway {
    /// Checks every item, records the job and asks the bank for those that pass.
    pub(super) fn capture(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        opened: OpenedCapture,
    ) -> Result<(), Failed> {
        let rrpid = opened.request.cap_rr_tags.rrpid;
        let mut items = Vec::with_capacity(opened.request.cap_item_seq.len());
        for (place, item) in opened.request.cap_item_seq.iter().enumerate() {
            let token = self.open_cap_token(opened.tokens.get(place));
            items.push(self.accept_item(turn, &opened.merchant, item, token)?);
        }
        let OpenedCapture { request, merchant, .. } = opened;
        let mut job = CaptureJob { request: Stored(request), merchant, items, tries: 0 };
        self.ask_captures(turn, &rrpid, &mut job, false)?;
        self.finish_capture(turn, &rrpid, &job)
    }

    /// An item that passes is reserved on its authorization and gets its question to the bank.
    fn accept_item(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        merchant: &MerchantKeys,
        item: &CapItem,
        token: Result<(Rrpid, Amount), CapCode>,
    ) -> Result<CaptureItem, Failed> {
        let key = item.auth_rrpid.as_bytes();
        let amount = Amount::from_wire(&item.cap_payload.cap_req_amt);
        let shown = amount.clone().unwrap_or(Amount { currency: 999, minor: 0 });
        let mut accepted = CaptureItem {
            authorization: Octets(key.to_vec()),
            amount: shown,
            code: None,
            bank: None,
            receipt: None,
        };
        let authorization = self.authorizations.get(turn.env.records, key)?;
        accepted.receipt = authorization
            .as_ref()
            .map(|record| ReceiptTerms { hod: record.hod.clone(), purchase: record.purchase });
        let checked = check_item(merchant, item, token, amount.ok(), authorization.as_ref());
        match (checked, authorization) {
            (Ok(amount), Some(mut authorization)) => {
                let original = authorization
                    .bank
                    .as_original(authorization.answer.as_ref())
                    .expect("invariant: authorizations can be captured");
                let operation = Operation::Capture { original, amount_minor: amount.minor };
                accepted.bank = Some(self.question(turn, operation)?);
                authorization.reserve(amount.minor);
                self.authorizations.put(turn.env.records, key, &authorization);
            }
            (Err(code), _) => accepted.code = Some(CapCode::number(code)),
            (Ok(_), None) => accepted.code = Some(CapCode::number(CapCode::AuthDataMissing)),
        }
        Ok(accepted)
    }

    /// Asks the bank for every item that is not decided, and sets the alarm for the next try.
    fn ask_captures(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        rrpid: &Rrpid,
        job: &mut CaptureJob,
        repeat: bool,
    ) -> Result<(), Failed> {
        let mut open = false;
        for (place, item) in job.items.iter().enumerate() {
            let Some(request) = item.bank.as_ref().filter(|_| item.code.is_none()) else {
                continue;
            };
            open = true;
            let asked = Asked::Capture(*rrpid, place);
            if self.calls.values().any(|open| *open == asked) {
                continue;
            }
            if let Err(error) = self.ask(turn, asked, request, None, repeat) {
                turn.event(unaskable(&error).rrpid(rrpid.as_bytes()));
            }
        }
        let settings = &self.settings;
        let wait = settings.bank_wait_ms_max
            + back_off_ms(settings.retry_ms, settings.retry_ms_max, job.tries);
        job.tries = job.tries.saturating_add(1);
        let at = open.then(|| later(turn.env.now, wait));
        self.captures.put(turn.env.records, rrpid.as_bytes(), job);
        CAPTURES.set_alarm(turn.env.records, rrpid.as_bytes(), at);
        Ok(())
    }

    /// Takes what the bank said to one item. Without a believable answer the alarm stays.
    pub(super) fn capture_answered(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        rrpid: &Rrpid,
        place: usize,
        result: &Result<Vec<u8>, CallFailure>,
    ) -> Result<(), Failed> {
        let Some(mut job) = self.captures.get(turn.env.records, rrpid.as_bytes())? else {
            return Ok(());
        };
        let Some(item) = job.items.get_mut(place).filter(|item| item.code.is_none()) else {
            return Ok(());
        };
        let Some(request) = item.bank.clone() else { return Ok(()) };
        let Heard::Answer(answer) = self.heard(turn, &request, result) else { return Ok(()) };
        if answer.wants_sign_on() {
            self.signed_on = false;
            return Ok(self.sign_on(turn)?);
        }
        let code = code_of(answer.capture_verdict());
        item.code = Some(CapCode::number(code));
        self.settle_authorization(turn, item, code == CapCode::Success)?;
        let name = if code == CapCode::Success { "capture.done" } else { "capture.refused" };
        let mut event = Event::info(name).rrpid(rrpid.as_bytes()).with("cap_code", code.name());
        if let Some(xid) = request.xid() {
            event = event.xid(xid);
        }
        turn.event(event);
        self.captures.put(turn.env.records, rrpid.as_bytes(), &job);
        self.finish_capture(turn, rrpid, &job)
    }

    /// Records on the authorization what the bank said: confirmed, or free to be captured again.
    fn settle_authorization(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        item: &CaptureItem,
        confirmed: bool,
    ) -> Result<(), RecordsError> {
        let key = &item.authorization.0;
        if let Some(mut record) = self.authorizations.get(turn.env.records, key)? {
            record.settle(item.amount.minor, confirmed);
            self.authorizations.put(turn.env.records, key, &record);
        }
        Ok(())
    }

    /// A capture's alarm: items are undecided, so the bank is asked again.
    pub(super) fn capture_due(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        rrpid: &Rrpid,
    ) -> Result<(), Failed> {
        match self.captures.get(turn.env.records, rrpid.as_bytes())? {
            Some(mut job) => self.ask_captures(turn, rrpid, &mut job, true),
            None => {
                CAPTURES.set_alarm(turn.env.records, rrpid.as_bytes(), None);
                Ok(())
            }
        }
    }

    /// Answers the merchant once every item is decided.
    fn finish_capture(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        rrpid: &Rrpid,
        job: &CaptureJob,
    ) -> Result<(), Failed> {
        if job.items.iter().any(|item| item.code.is_none()) {
            return Ok(());
        }
        CAPTURES.set_alarm(turn.env.records, rrpid.as_bytes(), None);
        let body = self.capture_response(turn, job)?;
        let first = job.request.0.cap_item_seq.iter().next();
        let xid = first.map(|item| item.trans_ids.xid);
        self.answer(turn, rrpid, "CapRes", xid.as_ref(), body)
    }
}

/// The checks on one item, in the order of the CapCodes they give.
fn check_item(
    merchant: &MerchantKeys,
    item: &CapItem,
    token: Result<(Rrpid, Amount), CapCode>,
    amount: Option<Amount>,
    authorization: Option<&Authorization>,
) -> Result<Amount, CapCode> {
    let (token_rrpid, token_amount) = token?;
    if token_rrpid != item.auth_rrpid {
        return Err(CapCode::InvalidCapToken);
    }
    let authorization = authorization.ok_or(CapCode::AuthDataMissing)?;
    if authorization.xid() != *item.trans_ids.xid.as_bytes() {
        return Err(CapCode::UnknownXid);
    }
    let foreign = authorization.merchant.id != merchant.id;
    let cancelled = authorization.state == AuthorizationState::Reversed;
    if !foreign && (cancelled || token_amount != authorization.authorized()) {
        return Err(CapCode::InvalidCapToken);
    }
    let reversing = authorization.void.is_some();
    if foreign || reversing || authorization.state != AuthorizationState::Approved {
        return Err(CapCode::InvalidAuthData);
    }
    let left = authorization.capturable_minor();
    if left == 0 {
        return Err(CapCode::DuplicateRequest);
    }
    let amount = amount.ok_or(CapCode::InvalidAuthData)?;
    let fits =
        amount.currency == authorization.asked.currency && amount.minor > 0 && amount.minor <= left;
    if fits { Ok(amount) } else { Err(CapCode::InvalidAuthData) }
}

fn code_of(verdict: CaptureVerdict) -> CapCode {
    match verdict {
        CaptureVerdict::Success => CapCode::Success,
        CaptureVerdict::UnspecifiedFailure => CapCode::UnspecifiedFailure,
        CaptureVerdict::DuplicateRequest => CapCode::DuplicateRequest,
        CaptureVerdict::AuthExpired => CapCode::AuthExpired,
        CaptureVerdict::AuthDataMissing => CapCode::AuthDataMissing,
        CaptureVerdict::InvalidAuthData => CapCode::InvalidAuthData,
    }
}
