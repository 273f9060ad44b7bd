//! Me-AqCInitReq -> Me-AqCInitRes: a merchant or a gateway begins (SET 1.0 Book 2, part II).
//!
//! 1. decode; header against message;
//! 2. the brand is the one of this CA;
//! 3. request type and identity fit this kind of CA and each other, else `messageNotSupported`;
//! 4. an acquirer that this CA does not serve: a referral instead of a form. Whether the merchant
//!    is on the acquirer's list is not told here, where anybody may ask;
//! 5. open a session: LID-CA and Chall-CA, which CertReq must repeat.

use counterfoil_message::exchange::merchant_acquirer_init::{
    MeAqCInitReq, MeAqCInitRes, MeAqCInitResTbs,
};
use counterfoil_message::primitive::Challenge;
use counterfoil_message::registration::{IdData, RequestType};
use counterfoil_message::treatment;

use super::CertificateAuthority;
use super::answer::{answering, check_inner, wrapped};
use super::books::Applicant;
use super::config::CaKind;
use super::reg_form::referred;
use super::request::{Answered, Incoming, event_of};
use crate::conversation::Failed;
use crate::conversation::Refusal;
use crate::machine::Env;

impl CertificateAuthority {
    pub(super) fn merchant_acquirer_init(
        &self,
        incoming: &Incoming<'_>,
        env: &mut Env<'_>,
    ) -> Result<Answered, Failed> {
        let request: MeAqCInitReq = incoming.decode()?;
        check_inner(incoming.header(), &request.rrpid, &request.lid_ee)?;
        self.check_brand(&request.brand_id)?;
        let applicant = self.applicant(request.request_type, &request.id_data)?;
        let event = event_of("registration.form_sent", &applicant);
        let acquirer = self.config.acquirer(applicant.bin());
        let form = acquirer.map(|acquirer| &acquirer.form);
        let (form, opened) =
            self.form_or_referral(form, &request.lid_ee, applicant, request.request_type, env)?;
        let along = self.along(request.thumbs.as_ref(), env)?;
        let header = answering(incoming, &request.lid_ee, env);
        let content = MeAqCInitResTbs {
            rrpid: request.rrpid,
            lid_ee: request.lid_ee,
            chall_ee: request.chall_ee,
            lid_ca: opened.as_ref().map(|opened| opened.lid_ca.clone()),
            chall_ca: opened.map_or_else(|| Challenge::random(env.rng), |opened| opened.chall_ca),
            request_type: request.request_type,
            reg_form_or_referral: form,
            acct_data_field: None,
            cae_thumb: self.cae_thumb()?,
            brand_crl_identifier: along.bci.clone(),
            thumbs: request.thumbs,
        };
        let signed =
            self.with_sender(&along, &[], |sender| treatment::sign(sender, &content, env.rng))?;
        Ok(Answered {
            message: "Me-AqCInitRes",
            body: wrapped(header, &MeAqCInitRes(signed))?,
            event: referred(event, &content.reg_form_or_referral),
        })
    }

    /// Who applies, when this kind of CA certifies such applicants.
    pub(super) fn applicant(
        &self,
        request_type: RequestType,
        id: &IdData,
    ) -> Result<Applicant, Refusal> {
        let fitting = match (id, self.config.kind) {
            (IdData::Merchant(id), CaKind::Mca) if is_of(request_type, "mer") => {
                Some(Applicant::Merchant {
                    bin: id.merchant_bin.as_str().to_owned(),
                    id: id.merchant_id.as_str().to_owned(),
                })
            }
            (IdData::Acquirer(id), CaKind::Pca) if is_of(request_type, "pgwy") => {
                let business = id.acquirer_business_id.as_ref();
                Some(Applicant::Gateway {
                    bin: id.acquirer_bin.as_str().to_owned(),
                    id: business.map_or("", |id| id.as_str()).to_owned(),
                })
            }
            _ => None,
        };
        fitting.ok_or_else(|| self.not_supported(Some(request_type.name())))
    }
}

/// Is a request type one of cardholders (`card`), merchants (`mer`) or gateways (`pgwy`)?
fn is_of(request_type: RequestType, whose: &str) -> bool {
    request_type.name().starts_with(whose)
}
