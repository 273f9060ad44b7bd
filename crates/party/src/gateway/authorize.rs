//! AuthReq: judged, recorded, and put to the bank; then the bank's answer becomes AuthRes.

use counterfoil_crypto::digest::DetachedDigest;
use counterfoil_message::exchange::authorization::{AuthCode, AuthReqData};
use counterfoil_message::primitive::{PanToken, Rrpid, Xid};

use super::bank_call::{Asked, Heard, back_off_ms, later, unaskable};
use super::judge::{Form, Instructed, Judged, Policy, judge};
use super::ledger::{
    AUTHORIZATIONS, Authorization, AuthorizationState, CANCELLED_TOKENS, INSTRUCTIONS, Instruction,
    MerchantKeys, token_key,
};
use super::{Failed, Gateway, Outcome};
use crate::amount::Amount;
use crate::bank_link::{AuthVerdict, BankRequest, CardData, Operation, Purchase};
use crate::conversation::{Stored, Turn};
use crate::event::Event;
use crate::machine::CallFailure;
use crate::records::{Octets, RecordsError};

/// Milliseconds after the bank's time-out at which an authorization without answer is reversed
/// even though no call of this run waits for it (the party was stopped in between).
const ORPHAN_GRACE_MS: u64 = 5_000;
/// Largest merchant number that ISO 8583 field 42 can carry, characters.
const MERCHANT_NUMBER_CHARS_MAX: usize = 15;

/// An AuthReq that is opened and verified.
pub(super) struct OpenedAuthorization {
    /// What the merchant asks.
    pub request: AuthReqData,
    /// Who asks.
    pub merchant: MerchantKeys,
    /// The opened payment instruction.
    pub instructed: Instructed,
    /// Its card.
    pub card: CardData,
    /// The card as a token for later parts of the purchase.
    pub pan_token: PanToken,
    /// What the card's secret makes of the XID.
    pub trans_stain: Option<[u8; 32]>,
    /// SHA-256 over the instruction.
    pub instruction: [u8; 32],
}

impl OpenedAuthorization {
    fn rrpid(&self) -> Rrpid {
        self.request.auth_req_item.auth_tags.auth_rr_tags.rrpid
    }

    fn xid(&self) -> Xid {
        self.instructed.trans_ids.xid
    }
}

impl Gateway {
    /// Judges an authorization and asks the bank, or answers at once when it is refused.
    pub(super) fn authorize(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        opened: OpenedAuthorization,
    ) -> Result<(), Failed> {
        let used = INSTRUCTIONS
            .get(turn.env.records, &opened.instruction)?
            .is_some_and(|instruction| instruction.used);
        let policy = Policy {
            brand: &self.settings.brand,
            card_certificate_required: self.card_certificate_required(),
            capture_now: self.settings.capture_now,
            merchant_certificate_id: &opened.merchant.id,
            instruction_used: used,
            token_cancelled: token_cancelled(turn, &opened.instructed)?,
            now: turn.env.now,
        };
        match judge(&opened.request, &opened.instructed, &policy) {
            Ok(judged) if opened.merchant.id.chars().count() <= MERCHANT_NUMBER_CHARS_MAX => {
                self.put_to_bank(turn, opened, judged)
            }
            Ok(_) => self.refuse(turn, &opened, AuthCode::InvalidTransaction),
            Err(code) => self.refuse(turn, &opened, code),
        }
    }

    fn refuse(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        opened: &OpenedAuthorization,
        code: AuthCode,
    ) -> Result<(), Failed> {
        let event = Event::warning("authorization.refused")
            .xid(opened.xid().as_bytes())
            .rrpid(opened.rrpid().as_bytes())
            .with("auth_code", code.name())
            .with("merchant", opened.merchant.id.as_str());
        turn.event(event);
        let body = self.refusing_response(turn, opened, code)?;
        self.answer(turn, &opened.rrpid(), "AuthRes", Some(&opened.xid()), body)
    }

    fn put_to_bank(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        opened: OpenedAuthorization,
        judged: Judged,
    ) -> Result<(), Failed> {
        let purchase = self.purchase_of(&opened, judged.asked);
        let sale = opened.request.capture_now;
        let operation =
            if sale { Operation::Sale(purchase) } else { Operation::Authorize(purchase) };
        let bank = self.question(turn, operation)?;
        let rrpid = opened.rrpid();
        let card = opened.card.clone();
        let record = self.record_of(turn, opened, judged, bank.clone())?;
        INSTRUCTIONS.put(
            turn.env.records,
            &record.instruction.0,
            &Instruction { authorization: Octets(rrpid.as_bytes().to_vec()), used: true },
        );
        self.save_waiting(turn, &rrpid, &record);
        if !self.signed_on {
            self.sign_on(turn)?;
        }
        match self.ask(turn, Asked::Authorization(rrpid), &bank, Some(&card), false) {
            Ok(()) => {
                self.open_cards.keep(rrpid, card);
                Ok(())
            }
            Err(error) => {
                turn.event(unaskable(&error).xid(&record.xid()));
                self.decline(turn, &rrpid, record, AuthCode::SystemError)
            }
        }
    }

    fn save(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        rrpid: &Rrpid,
        record: &Authorization,
        alarm_ms: Option<u64>,
    ) {
        let at = alarm_ms.map(|ms| later(turn.env.now, ms));
        self.authorizations.put(turn.env.records, rrpid.as_bytes(), record);
        AUTHORIZATIONS.set_alarm(turn.env.records, rrpid.as_bytes(), at);
    }

    /// Saves an authorization that the bank has been or will be asked for.
    pub(super) fn save_waiting(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        rrpid: &Rrpid,
        record: &Authorization,
    ) {
        let wait = self.settings.bank_wait_ms_max + ORPHAN_GRACE_MS;
        self.save(turn, rrpid, record, Some(wait));
    }

    fn purchase_of(&self, opened: &OpenedAuthorization, amount: Amount) -> Purchase {
        let tags = &opened.request.auth_req_item.auth_tags.auth_rr_tags.mer_term_ids;
        let terminal = tags.terminal_id.as_ref().map(|terminal| terminal.as_str());
        let data = &opened.request.auth_req_item.auth_req_payload.merch_data;
        let kind = data.merch_cat_code.as_ref().map(|code| code.as_str());
        Purchase {
            xid: *opened.xid().as_bytes(),
            trans_stain: opened.trans_stain,
            amount,
            merchant: opened.merchant.id.clone(),
            terminal: terminal
                .filter(|terminal| terminal.len() <= 8)
                .unwrap_or(&self.settings.terminal)
                .to_owned(),
            merchant_name: opened.merchant.name.chars().take(40).collect(),
            merchant_type: kind.unwrap_or(&self.settings.merchant_type).to_owned(),
        }
    }

    fn record_of(
        &self,
        turn: &mut Turn<'_, '_, Outcome>,
        opened: OpenedAuthorization,
        judged: Judged,
        bank: BankRequest,
    ) -> Result<Authorization, Failed> {
        let subsequent = opened.request.auth_req_item.auth_req_payload.subsequent_auth_ind;
        let account = if subsequent {
            Some(Stored(self.seal_account(turn, &opened.pan_token)?))
        } else {
            None
        };
        let lacks = self.lacks_revocation(opened.request.m_thumbs.as_ref());
        Ok(Authorization {
            hod: Stored::<DetachedDigest>(opened.instructed.hod),
            terms: opened.instructed.install_recur.map(Stored),
            sale: opened.request.capture_now,
            tags: Stored(opened.request.auth_req_item.auth_tags),
            merchant: opened.merchant,
            instruction: Octets(opened.instruction.to_vec()),
            purchase: judged.purchase,
            asked: judged.asked,
            count: judged.count,
            earlier_minor: judged.earlier_minor,
            account,
            bank,
            answer: None,
            state: AuthorizationState::Waiting,
            captured_minor: None,
            unconfirmed_minor: 0,
            reversals_sent: 0,
            reversal: None,
            lacks_revocation: lacks,
            reduced_minor: None,
            void: None,
        })
    }

    /// Takes what the bank said, or did not say, to an authorization.
    pub(super) fn authorization_answered(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        rrpid: &Rrpid,
        result: &Result<Vec<u8>, CallFailure>,
    ) -> Result<(), Failed> {
        let Some(mut record) = self.authorizations.get(turn.env.records, rrpid.as_bytes())? else {
            return Ok(());
        };
        if record.state != AuthorizationState::Waiting {
            return Ok(());
        }
        match self.heard(turn, &record.bank, result) {
            Heard::Answer(answer) if answer.wants_sign_on() => {
                self.put_off(turn, rrpid, record, answer)
            }
            Heard::Answer(answer) => {
                let code = code_of(answer.auth_verdict());
                record.answer = Some(answer);
                if code == AuthCode::Approved {
                    self.approve(turn, rrpid, record)
                } else {
                    self.decline(turn, rrpid, record, code)
                }
            }
            Heard::NotSent => self.decline(turn, rrpid, record, AuthCode::NoReply),
            Heard::Silence => self.reverse(turn, rrpid, record),
        }
    }

    fn approve(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        rrpid: &Rrpid,
        mut record: Authorization,
    ) -> Result<(), Failed> {
        self.open_cards.forget(rrpid);
        record.state = AuthorizationState::Approved;
        if record.sale {
            record.captured_minor = Some(record.asked.minor);
        }
        self.save(turn, rrpid, &record, None);
        turn.event(
            Event::info("authorization.approved")
                .xid(&record.xid())
                .rrpid(rrpid.as_bytes())
                .with("merchant", record.merchant.id.as_str())
                .with("captured", record.sale),
        );
        self.respond(turn, rrpid, &record, AuthCode::Approved)
    }

    /// Ends an authorization that the bank did not grant; the instruction may be used again.
    pub(super) fn decline(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        rrpid: &Rrpid,
        mut record: Authorization,
        code: AuthCode,
    ) -> Result<(), Failed> {
        self.open_cards.forget(rrpid);
        record.state = AuthorizationState::Declined;
        self.save(turn, rrpid, &record, None);
        release(turn, &record, rrpid)?;
        turn.event(
            Event::info("authorization.declined")
                .xid(&record.xid())
                .rrpid(rrpid.as_bytes())
                .with("auth_code", code.name())
                .with("merchant", record.merchant.id.as_str()),
        );
        self.respond(turn, rrpid, &record, code)
    }

    /// Takes back an authorization whose fate is unknown, and says noReply.
    fn reverse(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        rrpid: &Rrpid,
        mut record: Authorization,
    ) -> Result<(), Failed> {
        self.open_cards.forget(rrpid);
        record.state = AuthorizationState::Reversing;
        turn.event(
            Event::warning("authorization.in_doubt").xid(&record.xid()).rrpid(rrpid.as_bytes()),
        );
        self.send_reversal(turn, rrpid, &mut record)?;
        self.respond(turn, rrpid, &record, AuthCode::NoReply)
    }

    fn send_reversal(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        rrpid: &Rrpid,
        record: &mut Authorization,
    ) -> Result<(), Failed> {
        let repeat = record.reversal.is_some();
        let reversal = match record.reversal.take() {
            Some(reversal) => reversal,
            None => {
                let original = record
                    .bank
                    .as_original(record.answer.as_ref())
                    .expect("invariant: authorizations and sales can be reversed");
                self.question(turn, Operation::Reverse { original, remaining_minor: 0 })?
            }
        };
        record.reversal = Some(reversal.clone());
        let settings = &self.settings;
        let wait = settings.bank_wait_ms_max
            + back_off_ms(settings.retry_ms, settings.retry_ms_max, record.reversals_sent);
        record.reversals_sent = record.reversals_sent.saturating_add(1);
        self.save(turn, rrpid, record, Some(wait));
        if let Err(error) = self.ask(turn, Asked::Reversal(*rrpid), &reversal, None, repeat) {
            turn.event(unaskable(&error).xid(&record.xid()));
        }
        Ok(())
    }

    /// Takes what the bank said to a reversal. Without a believable answer the alarm stays.
    pub(super) fn reversal_answered(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        rrpid: &Rrpid,
        result: &Result<Vec<u8>, CallFailure>,
    ) -> Result<(), Failed> {
        let Some(mut record) = self.authorizations.get(turn.env.records, rrpid.as_bytes())? else {
            return Ok(());
        };
        let Some(reversal) = record.reversal.clone() else { return Ok(()) };
        let heard = self.heard(turn, &reversal, result);
        if matches!(&heard, Heard::Answer(answer) if answer.wants_sign_on()) {
            self.signed_on = false;
            return Ok(self.sign_on(turn)?);
        }
        let settled = matches!(&heard, Heard::Answer(answer) if answer.settles_reversal());
        if !settled || record.state != AuthorizationState::Reversing {
            return Ok(());
        }
        record.state = AuthorizationState::Reversed;
        self.save(turn, rrpid, &record, None);
        release(turn, &record, rrpid)?;
        turn.event(
            Event::info("authorization.reversed").xid(&record.xid()).rrpid(rrpid.as_bytes()),
        );
        Ok(())
    }

    /// An authorization's alarm: nobody answered it, or its reversal has to be sent again.
    pub(super) fn authorization_due(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        rrpid: &Rrpid,
    ) -> Result<(), Failed> {
        let Some(mut record) = self.authorizations.get(turn.env.records, rrpid.as_bytes())? else {
            turn.env.records.set_alarm(AUTHORIZATIONS.name, rrpid.as_bytes(), None);
            return Ok(());
        };
        match record.state {
            AuthorizationState::Waiting => self.reverse(turn, rrpid, record),
            AuthorizationState::Reversing => self.send_reversal(turn, rrpid, &mut record),
            _ => {
                AUTHORIZATIONS.set_alarm(turn.env.records, rrpid.as_bytes(), None);
                Ok(())
            }
        }
    }

    fn respond(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        rrpid: &Rrpid,
        record: &Authorization,
        code: AuthCode,
    ) -> Result<(), Failed> {
        let body = self.response(turn, record, code)?;
        let xid = Xid::new(record.xid());
        self.answer(turn, rrpid, "AuthRes", Some(&xid), body)
    }
}

impl Authorization {
    /// The purchase.
    pub(super) fn xid(&self) -> [u8; 20] {
        *self.tags.0.trans_ids.xid.as_bytes()
    }
}

/// Frees the instruction of an authorization that came to nothing, unless another uses it.
fn release(
    turn: &mut Turn<'_, '_, Outcome>,
    record: &Authorization,
    rrpid: &Rrpid,
) -> Result<(), RecordsError> {
    let key = &record.instruction.0;
    if let Some(mut instruction) = INSTRUCTIONS.get(turn.env.records, key)?
        && instruction.authorization.0 == rrpid.as_bytes()
    {
        instruction.used = false;
        INSTRUCTIONS.put(turn.env.records, key, &instruction);
    }
    Ok(())
}

/// Whether a token's authorization was cancelled since.
fn token_cancelled(
    turn: &Turn<'_, '_, Outcome>,
    instructed: &Instructed,
) -> Result<bool, RecordsError> {
    let Form::Token { count, .. } = instructed.form else { return Ok(false) };
    let key = token_key(instructed.trans_ids.xid.as_bytes(), count);
    Ok(CANCELLED_TOKENS.get(turn.env.records, &key)?.is_some())
}

fn code_of(verdict: AuthVerdict) -> AuthCode {
    match verdict {
        AuthVerdict::Approved => AuthCode::Approved,
        AuthVerdict::UnspecifiedFailure => AuthCode::UnspecifiedFailure,
        AuthVerdict::Declined => AuthCode::Declined,
        AuthVerdict::NoReply => AuthCode::NoReply,
        AuthVerdict::CallIssuer => AuthCode::CallIssuer,
        AuthVerdict::AmountError => AuthCode::AmountError,
        AuthVerdict::ExpiredCard => AuthCode::ExpiredCard,
        AuthVerdict::InvalidTransaction => AuthCode::InvalidTransaction,
        AuthVerdict::SystemError => AuthCode::SystemError,
    }
}
