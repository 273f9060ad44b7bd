//! AuthRevReq: an authorization is cancelled, or reduced to what stays of it.
//!
//! A reversal is an advice: once it passes the checks it is sent to the bank until the bank
//! answers, and the merchant is answered after that. While it is under way nothing of the
//! authorization can be captured; while a capture is under way nothing can be reversed. So one
//! of the two happens, whatever order they come in.

use counterfoil_crypto::digest::sha256;
use counterfoil_iso8583::ResponseCode;
use counterfoil_message::codec;
use counterfoil_message::exchange::authorization::AuthReqData;
use counterfoil_message::exchange::authorization_reversal::{
    AuthRevCode, AuthRevReq, AuthRevReqData,
};
use counterfoil_message::exchange::capture::CapCode;
use counterfoil_message::exchange::error_message::ErrorCode;
use counterfoil_message::primitive::Rrpid;
use counterfoil_message::treatment::{self, Authentic, Binding, Check, Opener};
use counterfoil_message::wrapper::MessageWrapper;
use counterfoil_pki::Roles;
use counterfoil_pki::trust::Need;

use super::bank_call::{Asked, Heard, back_off_ms, later, unaskable};
use super::ledger::{
    Authorization, AuthorizationState, CANCELLED_TOKENS, MerchantKeys, VOIDS, VoidJob, token_key,
};
use super::opening::other_merchant;
use super::response::unable;
use super::void_check::{Claimed, judge};
use super::{Failed, Gateway, Outcome};
use crate::amount::Amount;
use crate::bank_link::{AuthVerdict, BankAnswer, Operation};
use crate::conversation::header::{InnerIds, check_ids};
use crate::conversation::refusal::check_extensions;
use crate::conversation::{Refusal, Stored, Turn};
use crate::event::Event;
use crate::machine::CallFailure;
use crate::records::Octets;

/// An AuthRevReq that is opened and verified.
pub(super) struct OpenedVoid {
    request: AuthRevReqData,
    original: AuthReqData,
    merchant: MerchantKeys,
    instruction: [u8; 32],
    token: Result<(Rrpid, Amount), CapCode>,
}

impl Gateway {
    /// Opens and verifies an AuthRevReq. The payment instruction is not opened again: its digest
    /// says whether it is the one that was authorized.
    pub(super) fn open_void(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        wrapper: &MessageWrapper,
    ) -> Result<OpenedVoid, Failed> {
        let request: AuthRevReq = wrapper.message.decode().map_err(Refusal::from)?;
        let binding = Binding::of_header(&wrapper.header).map_err(unable)?;
        let exchange = self.exchange.clone();
        let opener = Opener { key: exchange.key.as_ref(), certificate: &exchange.certificate };
        let brand = self.settings.brand.clone();
        let need = Need::sign(Roles::MER).of_brand(&brand);
        let mut check = Check { trust: &mut self.trust, now: turn.env.now, need };
        let authentic: Authentic<AuthRevReqData> =
            treatment::open_enc_b(&request.0, &opener, &binding, &mut check)
                .map_err(Refusal::from)?;
        let data = authentic.content();
        let original = data.auth_req_data.clone().ok_or_else(unnamed)?;
        let tags = &data.auth_rev_tags.auth_rev_rr_tags;
        let item = &original.auth_req_item;
        check_ids(&wrapper.header, InnerIds::of(&tags.rrpid, &item.auth_tags.trans_ids))?;
        check_extensions([
            data.a_rv_rq_extensions.as_ref(),
            item.auth_req_payload.a_rq_extensions.as_ref(),
        ])?;
        let merchant = self.merchant_keys(turn, &authentic)?;
        let named = tags.mer_term_ids.merchant_id.as_str();
        if named != merchant.id {
            return Err(other_merchant(named).into());
        }
        let baggage = &request.0.baggage;
        let instruction = sha256(&codec::encode(&baggage.pi).map_err(unable)?);
        let token = self.open_cap_token(baggage.cap_token.as_ref());
        let request = authentic.into_content();
        Ok(OpenedVoid { request, original, merchant, instruction, token })
    }

    /// Judges a reversal and asks the bank, or answers at once when it is refused.
    pub(super) fn void(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        opened: OpenedVoid,
    ) -> Result<(), Failed> {
        let rrpid = opened.request.auth_rev_tags.auth_rev_rr_tags.rrpid;
        let named = opened.original.auth_req_item.auth_tags.auth_rr_tags.rrpid;
        let authorization = self.authorizations.get(turn.env.records, named.as_bytes())?;
        let claimed = Claimed {
            request: &opened.request,
            original: &opened.original,
            merchant_id: &opened.merchant.id,
            instruction: opened.instruction,
            token: opened.token,
        };
        let judged = judge(&claimed, authorization.as_ref());
        let OpenedVoid { request, merchant, .. } = opened;
        let (remaining, mut record) = match (judged, authorization) {
            (Ok(remaining), Some(record)) => (remaining, record),
            (Err(code), record) => {
                let own = record.filter(|record| record.merchant.id == merchant.id);
                return self.refuse_void(turn, &request, &merchant, own.as_ref(), code);
            }
            (Ok(_), None) => {
                let code = AuthRevCode::InvalidTransaction;
                return self.refuse_void(turn, &request, &merchant, None, code);
            }
        };
        let original = record
            .bank
            .as_original(record.answer.as_ref())
            .expect("invariant: authorizations can be reversed");
        let remaining_minor = remaining.minor - record.captured_minor.unwrap_or(0);
        let bank = self.question(turn, Operation::Reverse { original, remaining_minor })?;
        record.void = Some(Octets(rrpid.as_bytes().to_vec()));
        self.authorizations.put(turn.env.records, named.as_bytes(), &record);
        let authorization = Octets(named.as_bytes().to_vec());
        let request = Stored(request);
        let mut job = VoidJob { request, merchant, authorization, remaining, bank, tries: 0 };
        self.ask_void(turn, &rrpid, &mut job);
        Ok(())
    }

    /// Asks the bank, and sets the alarm for the next try.
    fn ask_void(&mut self, turn: &mut Turn<'_, '_, Outcome>, rrpid: &Rrpid, job: &mut VoidJob) {
        let asked = Asked::Void(*rrpid);
        if !self.calls.values().any(|open| *open == asked)
            && let Err(error) = self.ask(turn, asked, &job.bank, None, job.tries > 0)
        {
            turn.event(unaskable(&error).rrpid(rrpid.as_bytes()));
        }
        let settings = &self.settings;
        let wait = settings.bank_wait_ms_max
            + back_off_ms(settings.retry_ms, settings.retry_ms_max, job.tries);
        job.tries = job.tries.saturating_add(1);
        VOIDS.put(turn.env.records, rrpid.as_bytes(), job);
        let at = later(turn.env.now, wait);
        VOIDS.set_alarm(turn.env.records, rrpid.as_bytes(), Some(at));
    }

    /// Takes what the bank said. Without a believable answer the alarm stays.
    pub(super) fn void_answered(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        rrpid: &Rrpid,
        result: &Result<Vec<u8>, CallFailure>,
    ) -> Result<(), Failed> {
        let Some(job) = VOIDS.get(turn.env.records, rrpid.as_bytes())? else { return Ok(()) };
        let key = &job.authorization.0;
        let under_way = Some(Octets(rrpid.as_bytes().to_vec()));
        let record = self.authorizations.get(turn.env.records, key)?;
        let Some(mut record) = record.filter(|record| record.void == under_way) else {
            return Ok(());
        };
        let Heard::Answer(answer) = self.heard(turn, &job.bank, result) else { return Ok(()) };
        if answer.wants_sign_on() {
            self.signed_on = false;
            return Ok(self.sign_on(turn)?);
        }
        let code = code_of(&answer, &job);
        record.void = None;
        VOIDS.set_alarm(turn.env.records, rrpid.as_bytes(), None);
        if code != AuthRevCode::Approved {
            self.authorizations.put(turn.env.records, key, &record);
            return self.refuse_void(turn, &job.request.0, &job.merchant, Some(&record), code);
        }
        reduce(turn, &mut record, job.remaining);
        self.authorizations.put(turn.env.records, key, &record);
        turn.event(
            Event::info("void.done")
                .xid(&record.xid())
                .rrpid(rrpid.as_bytes())
                .with("merchant", record.merchant.id.as_str())
                .with("whole", record.state == AuthorizationState::Reversed),
        );
        let body = self.void_response(turn, &job, &record)?;
        let xid = record.tags.0.trans_ids.xid;
        self.answer(turn, rrpid, "AuthRevRes", Some(&xid), body)
    }

    /// A reversal's alarm: the bank has not answered, so it is asked again.
    pub(super) fn void_due(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        rrpid: &Rrpid,
    ) -> Result<(), Failed> {
        match VOIDS.get(turn.env.records, rrpid.as_bytes())? {
            Some(mut job) => self.ask_void(turn, rrpid, &mut job),
            None => VOIDS.set_alarm(turn.env.records, rrpid.as_bytes(), None),
        }
        Ok(())
    }

    fn refuse_void(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        request: &AuthRevReqData,
        merchant: &MerchantKeys,
        record: Option<&Authorization>,
        code: AuthRevCode,
    ) -> Result<(), Failed> {
        let rrpid = request.auth_rev_tags.auth_rev_rr_tags.rrpid;
        let original = request.auth_req_data.as_ref();
        let xid = original.map(|data| data.auth_req_item.auth_tags.trans_ids.xid);
        let mut event = Event::warning("void.refused")
            .rrpid(rrpid.as_bytes())
            .with("auth_rev_code", code.name())
            .with("merchant", merchant.id.as_str());
        if let Some(xid) = &xid {
            event = event.xid(xid.as_bytes());
        }
        turn.event(event);
        let body = self.refusing_void_response(turn, request, merchant, record, code)?;
        self.answer(turn, &rrpid, "AuthRevRes", xid.as_ref(), body)
    }
}

/// Takes note of what the bank let go. A cancelled authorization takes its AuthToken along; its
/// payment instruction stays used, so that what a receipt calls not paid stays not paid.
fn reduce(turn: &mut Turn<'_, '_, Outcome>, record: &mut Authorization, remaining: Amount) {
    record.reduced_minor = Some(remaining.minor);
    if remaining.minor == 0 {
        record.state = AuthorizationState::Reversed;
        let key = token_key(&record.xid(), record.count + 1);
        CANCELLED_TOKENS.put(turn.env.records, &key, &record.instruction);
    }
}

/// A message that does not say what is reversed.
fn unnamed() -> Refusal {
    Refusal::new(
        ErrorCode::MessageNotSupported,
        "reversal-without-authreqdata",
        "this gateway takes no AuthRevReq without authReqData, which names the authorization",
    )
}

fn code_of(answer: &BankAnswer, job: &VoidJob) -> AuthRevCode {
    match answer.code() {
        ResponseCode::Approved => return AuthRevCode::Approved,
        // Nothing is held that the bank does not know of; but then nothing can stay either.
        ResponseCode::OriginalNotFound if job.remaining.minor == 0 => return AuthRevCode::Approved,
        ResponseCode::OriginalNotFound
        | ResponseCode::OriginalInconsistent
        | ResponseCode::NoActionTaken => return AuthRevCode::InvalidTransaction,
        _ => {}
    }
    match answer.auth_verdict() {
        AuthVerdict::AmountError => AuthRevCode::AmountError,
        AuthVerdict::ExpiredCard => AuthRevCode::ExpiredCard,
        AuthVerdict::InvalidTransaction => AuthRevCode::InvalidTransaction,
        AuthVerdict::NoReply => AuthRevCode::NoReply,
        AuthVerdict::SystemError => AuthRevCode::SystemError,
        AuthVerdict::Approved
        | AuthVerdict::Declined
        | AuthVerdict::CallIssuer
        | AuthVerdict::UnspecifiedFailure => AuthRevCode::UnspecifiedFailure,
    }
}
