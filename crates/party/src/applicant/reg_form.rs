//! RegFormReq -> RegFormRes: the form of the card's issuer (SET 1.0 Book 2). The card number goes
//! out in an envelope of its own inside of the envelope for the CA.

use counterfoil_message::exchange::error_message::ErrorCode;
use counterfoil_message::exchange::reg_form::{RegFormReq, RegFormReqData, RegFormRes};
use counterfoil_message::primitive::{
    CardNumber, Challenge, ExNonce, Language, LocalId, PanOnly, Rrpid,
};
use counterfoil_message::registration::{RegFormOrReferral, RequestType};
use counterfoil_message::treatment::{self, Recipient};
use counterfoil_message::wrapper::MessageWrapper;
use counterfoil_pki::Certificate;

use super::Applicant;
use super::call::Outgoing;
use super::command::Outcome;
use super::ledger::{Opened, Registration, Said, Secrets, Step, unreadable};
use super::response::{Echo, check};
use crate::ca::applicant_ids;
use crate::conversation::header::{header, wrap};
use crate::conversation::refusal::unable;
use crate::conversation::{Failed, Refusal, Stored, Turn};
use crate::machine::Env;
use crate::records::{Octets, RecordsError};

/// What comes with a form, from RegFormRes or Me-AqCInitRes.
pub(super) struct FormAnswer {
    pub(super) request_type: RequestType,
    pub(super) lid_ca: Option<LocalId>,
    pub(super) chall_ca: Challenge,
    pub(super) form: RegFormOrReferral,
}

impl Applicant {
    pub(super) fn reg_form(
        &self,
        record: &Registration,
        lid_ee: &[u8],
        lid_ca: Option<LocalId>,
        env: &mut Env<'_>,
    ) -> Result<Outgoing, Failed> {
        let secrets = self.open_secrets(lid_ee, record)?;
        let card = secrets.card.ok_or_else(|| unreadable("there is no card"))?;
        let recipient = recipient_of(record)?;
        let lid_ee = LocalId::new(lid_ee).map_err(unable)?;
        let (rrpid, challenge) = (Rrpid::random(env.rng), Challenge::random(env.rng));
        let thumbs = self.thumbs();
        let request = RegFormReqData {
            rrpid,
            lid_ee: lid_ee.clone(),
            chall_ee2: challenge,
            lid_ca,
            request_type: record.request_type()?,
            language: Language::new(&self.settings.language).map_err(unable)?,
            thumbs: Some(thumbs.clone()),
        };
        let card = PanOnly { pan: CardNumber(card.pan()?), ex_nonce: ExNonce::random(env.rng) };
        let header = header(env.now, Some(applicant_ids(lid_ee)), rrpid);
        let sealed = treatment::ex(&recipient, &header, &request, &card, env.rng)?;
        let body = wrap(header, &RegFormReq(sealed)).map_err(unable)?;
        Ok(Outgoing { message: "RegFormReq", rrpid, challenge, thumbs: Some(thumbs), body })
    }

    pub(super) fn reg_form_answered(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        lid_ee: &[u8],
        mut record: Registration,
        wrapper: &MessageWrapper,
    ) -> Result<(), Failed> {
        let Some(sent) = record.sending.clone() else { return Ok(()) };
        let RegFormRes(signed) = wrapper.message.decode()?;
        let authentic =
            treatment::verify(&signed, &mut check(&mut self.trust, &record, turn.env.now))?;
        let content = authentic.content();
        let echo = Echo {
            rrpid: &content.rrpid,
            lid_ee: &content.lid_ee,
            thumbs: content.thumbs.as_ref(),
            challenge: &content.chall_ee2,
        };
        echo.check(&wrapper.header, &sent, lid_ee)?;
        if let Some(thumb) = &content.cae_thumb {
            let exchange = self.exchange_of(&record, thumb, authentic.bag(), turn.env.now)?;
            record.ca_exchange = Some(Octets(exchange.der().to_vec()));
        }
        let answer = FormAnswer {
            request_type: content.request_type,
            lid_ca: content.lid_ca.clone(),
            chall_ca: content.chall_ca,
            form: content.reg_form_or_referral.clone(),
        };
        self.form_answered(turn, lid_ee, record, answer)
    }

    /// A form is filled in, as far as its answers are known; a referral ends the registration.
    pub(super) fn form_answered(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        lid_ee: &[u8],
        mut record: Registration,
        answer: FormAnswer,
    ) -> Result<(), Failed> {
        if answer.request_type.number() != record.request_type {
            let message = "the form is for a request of another type";
            let code = ErrorCode::UnspecifiedFailure;
            return Err(Refusal::new(code, "request-type-mismatch", message).into());
        }
        let form = match answer.form {
            RegFormOrReferral::RegFormData(form) => form,
            RegFormOrReferral::ReferralData(referral) => {
                let urls = referral.referral_url_seq.as_deref().unwrap_or_default();
                record.said = Said {
                    id: "referral".into(),
                    message: referral.reason.as_ref().map(|reason| reason.as_str().to_owned()),
                    urls: urls.iter().map(|url| url.as_str().to_owned()).collect(),
                    referral: true,
                };
                return Ok(self.settle(turn, lid_ee, record, Step::Refused)?);
            }
        };
        let lid_ca = answer.lid_ca.ok_or_else(|| {
            let message = "the form comes without a label of the CA";
            Refusal::new(ErrorCode::UnknownLid, "label-missing", message)
        })?;
        record.opened = Some(Opened {
            lid_ca: Octets(lid_ca.as_bytes().to_vec()),
            chall_ca: Stored(answer.chall_ca),
            form: Stored(form),
        });
        self.fill_or_ask(turn, lid_ee, record)
    }

    pub(super) fn open_secrets(
        &self,
        lid_ee: &[u8],
        record: &Registration,
    ) -> Result<Secrets, RecordsError> {
        Secrets::open(&self.keys.record_key, lid_ee, &record.secrets)
    }
}

/// The CA to seal for. Its certificate was verified when it was stored.
pub(super) fn recipient_of(record: &Registration) -> Result<Recipient, Failed> {
    let der = record.ca_exchange.as_ref();
    let der = der.ok_or_else(|| unreadable("the CA's key-exchange certificate is missing"))?;
    let certificate = Certificate::from_der(&der.0).map_err(|e| unreadable(&e.to_string()))?;
    Ok(Recipient::new(&certificate).map_err(unable)?)
}
