//! RegFormReq -> RegFormRes: the form of the card's issuer (SET 1.0 Book 2, part II).
//!
//! 1. open the envelope; header against message;
//! 2. the request type is one of a cardholder, else `messageNotSupported`;
//! 3. open the card number: its first six digits choose the issuer. The number itself is
//!    forgotten with this function;
//! 4. an issuer that this CA does not serve: a referral instead of a form;
//! 5. open a session: LID-CA and Chall-CA, which CertReq must repeat.

use counterfoil_message::exchange::error_message::ErrorCode;
use counterfoil_message::exchange::reg_form::{
    RegFormReq, RegFormReqData, RegFormRes, RegFormResTbs,
};
use counterfoil_message::primitive::{Challenge, ValueError};
use counterfoil_message::registration::{ReferralData, RegFormOrReferral, RequestType};
use counterfoil_message::treatment;
use counterfoil_secret::Report;

use super::CertificateAuthority;
use super::answer::{answering, check_inner, wrapped};
use super::books::Applicant;
use super::config::FormConfig;
use super::form::long_text;
use super::request::{Answered, Incoming, event_of};
use super::session::Opened;
use crate::conversation::Failed;
use crate::conversation::Refusal;
use crate::event::Event;
use crate::machine::Env;

/// What an applicant reads whose bank this CA does not serve.
const REFERRAL: &str = "this certificate authority does not serve your bank; ask the bank";

impl CertificateAuthority {
    pub(super) fn reg_form(
        &self,
        incoming: &Incoming<'_>,
        env: &mut Env<'_>,
    ) -> Result<Answered, Failed> {
        let (request, bin) = self.open_reg_form(incoming)?;
        let issuer = self.config.issuer(&bin);
        let applicant = Applicant::Cardholder { bin };
        let event = event_of("registration.form_sent", &applicant);
        let form = issuer.map(|issuer| &issuer.form);
        let (form, opened) =
            self.form_or_referral(form, &request.lid_ee, applicant, request.request_type, env)?;
        let along = self.along(request.thumbs.as_ref(), env)?;
        let header = answering(incoming, &request.lid_ee, env);
        let content = RegFormResTbs {
            rrpid: request.rrpid,
            lid_ee: request.lid_ee,
            chall_ee2: request.chall_ee2,
            lid_ca: opened.as_ref().map(|opened| opened.lid_ca.clone()),
            chall_ca: opened.map_or_else(|| Challenge::random(env.rng), |opened| opened.chall_ca),
            cae_thumb: Some(self.cae_thumb()?),
            request_type: request.request_type,
            reg_form_or_referral: form,
            brand_crl_identifier: along.bci.clone(),
            thumbs: request.thumbs,
        };
        let signed =
            self.with_sender(&along, &[], |sender| treatment::sign(sender, &content, env.rng))?;
        Ok(Answered {
            message: "RegFormRes",
            body: wrapped(header, &RegFormRes(signed))?,
            event: referred(event, &content.reg_form_or_referral),
        })
    }

    /// The request and the first six digits of the card.
    fn open_reg_form(&self, incoming: &Incoming<'_>) -> Result<(RegFormReqData, String), Refusal> {
        let RegFormReq(sealed) = incoming.decode()?;
        let opener = self.opener()?;
        let (request, card) = treatment::open_ex(&sealed, &opener, incoming.header())?;
        check_inner(incoming.header(), &request.rrpid, &request.lid_ee)?;
        let cardholder = [RequestType::CardInitialSig, RequestType::CardRenewalSig];
        if !cardholder.contains(&request.request_type) {
            return Err(self.not_supported(Some(request.request_type.name())));
        }
        let card = card.open(&opener)?;
        Ok((request, card.pan.0.bin().to_owned()))
    }

    /// A form with an open session, or a referral without one.
    pub(super) fn form_or_referral(
        &self,
        form: Option<&FormConfig>,
        lid_ee: &counterfoil_message::primitive::LocalId,
        applicant: Applicant,
        request_type: RequestType,
        env: &mut Env<'_>,
    ) -> Result<(RegFormOrReferral, Option<Opened>), Failed> {
        let Some(form) = form else {
            let reason = long_text(REFERRAL);
            let referral = ReferralData { reason, referral_url_seq: None };
            return Ok((RegFormOrReferral::ReferralData(referral), None));
        };
        let data = form.to_message().map_err(|error| unusable_form(&error))?;
        let opened = self.open_session(lid_ee, applicant, request_type, form.id, env)?;
        let opened = opened.ok_or_else(|| {
            Refusal::unable("registrations-too-many", "too many registrations are open")
        })?;
        Ok((RegFormOrReferral::RegFormData(data), Some(opened)))
    }
}

/// The event of a form that was sent, or of a referral.
pub(super) fn referred(event: Event, sent: &RegFormOrReferral) -> Event {
    match sent {
        RegFormOrReferral::RegFormData(_) => event,
        RegFormOrReferral::ReferralData(_) => event.with("referral", true),
    }
}

fn unusable_form(error: &ValueError) -> Refusal {
    let message = format!("the registration form of this bank cannot be sent: {error}");
    Refusal { code: ErrorCode::UnspecifiedFailure, ..Refusal::unable(error.id(), message) }
}
