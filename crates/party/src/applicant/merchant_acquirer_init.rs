//! Me-AqCInitReq -> Me-AqCInitRes: a merchant or a gateway gets its form (SET 1.0 Book 2).

use counterfoil_message::exchange::merchant_acquirer_init::{MeAqCInitReq, MeAqCInitRes};
use counterfoil_message::primitive::{
    Bin, BrandId, Challenge, Language, LocalId, MerchantId, Rrpid, ValueError,
};
use counterfoil_message::registration::{
    AcquirerId, BusinessId, IdData, MerchantAcquirerId, RequestType,
};
use counterfoil_message::treatment;
use counterfoil_message::wrapper::MessageWrapper;

use super::Applicant;
use super::call::Outgoing;
use super::command::{CommandError, Outcome};
use super::ledger::Registration;
use super::reg_form::FormAnswer;
use super::response::{Echo, check};
use crate::ca::{Applicant as Registrant, applicant_ids};
use crate::conversation::header::{header, wrap};
use crate::conversation::{Failed, Turn};
use crate::machine::Env;
use crate::records::Octets;

impl Applicant {
    pub(super) fn merchant_init(
        &self,
        record: &Registration,
        request_type: RequestType,
        lid_ee: &[u8],
        env: &mut Env<'_>,
    ) -> Result<Outgoing, CommandError> {
        let (rrpid, challenge) = (Rrpid::random(env.rng), Challenge::random(env.rng));
        let thumbs = self.thumbs();
        let make = || {
            let lid_ee = LocalId::new(lid_ee)?;
            let Some(id_data) = id_data(&record.who)? else { return Ok(None) };
            let request = MeAqCInitReq {
                rrpid,
                lid_ee: lid_ee.clone(),
                chall_ee: challenge,
                request_type,
                id_data,
                brand_id: BrandId::new(&record.brand)?,
                language: Language::new(&self.settings.language)?,
                thumbs: Some(thumbs.clone()),
            };
            Ok::<_, ValueError>(Some((lid_ee, request)))
        };
        let made = make().map_err(|error| CommandError::OrderInvalid(error.to_string()))?;
        let Some((lid_ee, request)) = made else {
            return Err(CommandError::OrderInvalid("cardholders begin with CardCInitReq".into()));
        };
        let body = wrap(header(env.now, Some(applicant_ids(lid_ee)), rrpid), &request)
            .map_err(|error| CommandError::Unable(error.to_string()))?;
        Ok(Outgoing { message: "Me-AqCInitReq", rrpid, challenge, thumbs: Some(thumbs), body })
    }

    pub(super) fn merchant_init_answered(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        lid_ee: &[u8],
        mut record: Registration,
        wrapper: &MessageWrapper,
    ) -> Result<(), Failed> {
        let Some(sent) = record.sending.clone() else { return Ok(()) };
        let MeAqCInitRes(signed) = wrapper.message.decode()?;
        let authentic =
            treatment::verify(&signed, &mut check(&mut self.trust, &record, turn.env.now))?;
        let content = authentic.content();
        let echo = Echo {
            rrpid: &content.rrpid,
            lid_ee: &content.lid_ee,
            thumbs: content.thumbs.as_ref(),
            challenge: &content.chall_ee,
        };
        echo.check(&wrapper.header, &sent, lid_ee)?;
        let (thumb, bag) = (&content.cae_thumb, authentic.bag());
        let exchange = self.exchange_of(&record, thumb, bag, turn.env.now)?;
        record.ca_exchange = Some(Octets(exchange.der().to_vec()));
        let answer = FormAnswer {
            request_type: content.request_type,
            lid_ca: content.lid_ca.clone(),
            chall_ca: content.chall_ca,
            form: content.reg_form_or_referral.clone(),
        };
        self.form_answered(turn, lid_ee, record, answer)
    }
}

/// Who a merchant or a gateway is, as a field; cardholders are known by their card.
pub(super) fn id_data(who: &Registrant) -> Result<Option<IdData>, ValueError> {
    Ok(match who {
        Registrant::Cardholder { .. } => None,
        Registrant::Merchant { bin, id } => Some(IdData::Merchant(MerchantAcquirerId {
            merchant_bin: Bin::new(bin)?,
            merchant_id: MerchantId::new(id)?,
        })),
        Registrant::Gateway { bin, id } => {
            let business_id = (!id.is_empty()).then(|| BusinessId::new(id)).transpose()?;
            Some(IdData::Acquirer(AcquirerId {
                acquirer_bin: Bin::new(bin)?,
                acquirer_business_id: business_id,
            }))
        }
    })
}
