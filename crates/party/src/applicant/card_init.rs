//! Beginning a registration, and CardCInitReq -> CardCInitRes for cardholders (SET 1.0 Book 2).

use counterfoil_crypto::key::{KeyPair, KeyUse};
use counterfoil_message::exchange::card_init::{CardCInitReq, CardCInitRes};
use counterfoil_message::primitive::{BackKey, BrandId, Challenge, LocalId, Rrpid};
use counterfoil_message::registration::RequestType;
use counterfoil_message::treatment;
use counterfoil_message::wrapper::MessageWrapper;

use super::Applicant;
use super::call::Outgoing;
use super::command::{CommandError, Order, Outcome, Present, Wanted, Who};
use super::ledger::{
    Card, PresentSecret, REGISTRATIONS, REGISTRATIONS_MAX, Registration, Said, SecretText, Secrets,
    Step,
};
use super::response::{Echo, check};
use crate::ca::{Applicant as Registrant, applicant_ids};
use crate::conversation::header::{header, wrap};
use crate::conversation::{Failed, Turn};
use crate::machine::{Env, ReplyTo};
use crate::records::{Octets, RecordsError};

/// Octets of a label that the applicant makes.
const LID_EE_BYTES: usize = 20;

impl Applicant {
    /// Begins a registration: makes the keys, stores the order, sends the first message.
    pub(super) fn register(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        reply_to: ReplyTo,
        order: Order,
    ) -> Result<Result<(), CommandError>, RecordsError> {
        let kept = REGISTRATIONS.scan(turn.env.records, &[], None, REGISTRATIONS_MAX)?;
        if kept.len() >= REGISTRATIONS_MAX {
            return Ok(Err(CommandError::TooMany));
        }
        let request_type = match request_type(&order) {
            Ok(request_type) => request_type,
            Err(error) => return Ok(Err(error)),
        };
        let secrets = match self.secrets(&order, request_type, turn.env) {
            Ok(secrets) => secrets,
            Err(error) => return Ok(Err(error)),
        };
        let mut lid_ee = [0; LID_EE_BYTES];
        turn.env.rng.fill_bytes(&mut lid_ee);
        let who = registrant(&order.who);
        let record = Registration {
            who,
            brand: order.brand,
            request_type: request_type.number(),
            ca: order.ca.into(),
            begun_at: turn.env.now,
            step: Step::Init,
            sending: None,
            ca_exchange: None,
            opened: None,
            wrong: Vec::new(),
            said: Said::default(),
            certificates: None,
            secrets: secrets.seal(&self.keys.record_key, &lid_ee, turn.env.rng)?,
        };
        let outgoing = match &record.who {
            Registrant::Cardholder { .. } => self.card_init(&record, &lid_ee, turn.env),
            _ => self.merchant_init(&record, request_type, &lid_ee, turn.env),
        };
        match outgoing {
            Ok(outgoing) => {
                self.waiting.insert(lid_ee.to_vec(), reply_to);
                self.send(turn, &lid_ee, record, Step::Init, outgoing)?;
                Ok(Ok(()))
            }
            Err(error) => Ok(Err(error)),
        }
    }

    fn secrets(
        &self,
        order: &Order,
        request_type: RequestType,
        env: &mut Env<'_>,
    ) -> Result<Secrets, CommandError> {
        let mut key = |wanted: bool, key_use| {
            let make = || KeyPair::generate(&self.keys.provider, self.suite, key_use, env.rng);
            let made = wanted.then(make).transpose();
            let made = made.map_err(|error| CommandError::Unable(error.to_string()))?;
            Ok::<_, CommandError>(made.map(|pair| pair.to_pkcs8_pem().into()))
        };
        let sign_key = key(request_type.wants_signature(), KeyUse::Sign)?;
        let exchange_key = key(request_type.wants_exchange(), KeyUse::Exchange)?;
        let (card, back_key) = match &order.who {
            Who::Cardholder { pan, expiry } => {
                let back_key = BackKey::random(env.rng);
                let card = Card::new(pan, expiry, env.rng);
                (Some(card), Some(SecretText::octets(back_key.expose())))
            }
            _ => (None, None),
        };
        let answers = order.answers.iter();
        Ok(Secrets {
            card,
            sign_key,
            exchange_key,
            back_key,
            passphrase: order.passphrase.clone().map(SecretText::from),
            answers: answers.map(|(name, text)| (name.clone(), text.clone().into())).collect(),
            present: order.present.as_ref().map(present_secret),
        })
    }

    fn card_init(
        &self,
        record: &Registration,
        lid_ee: &[u8],
        env: &mut Env<'_>,
    ) -> Result<Outgoing, CommandError> {
        let invalid = |error: counterfoil_message::primitive::ValueError| {
            CommandError::OrderInvalid(error.to_string())
        };
        let lid_ee = LocalId::new(lid_ee).map_err(invalid)?;
        let (rrpid, challenge) = (Rrpid::random(env.rng), Challenge::random(env.rng));
        let thumbs = self.thumbs();
        let request = CardCInitReq {
            rrpid,
            lid_ee: lid_ee.clone(),
            chall_ee: challenge,
            brand_id: BrandId::new(&record.brand).map_err(invalid)?,
            thumbs: Some(thumbs.clone()),
        };
        let body = wrap(header(env.now, Some(applicant_ids(lid_ee)), rrpid), &request)
            .map_err(|error| CommandError::Unable(error.to_string()))?;
        Ok(Outgoing { message: "CardCInitReq", rrpid, challenge, thumbs: Some(thumbs), body })
    }

    /// CardCInitRes: the CA and its key-exchange certificate are known; the form is next.
    pub(super) fn card_init_answered(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        lid_ee: &[u8],
        mut record: Registration,
        wrapper: &MessageWrapper,
    ) -> Result<(), Failed> {
        let Some(sent) = record.sending.clone() else { return Ok(()) };
        let CardCInitRes(signed) = wrapper.message.decode()?;
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
        let outgoing = self.reg_form(&record, lid_ee, content.lid_ca.clone(), turn.env)?;
        Ok(self.send(turn, lid_ee, record, Step::Form, outgoing)?)
    }
}

/// The request type of an order.
fn request_type(order: &Order) -> Result<RequestType, CommandError> {
    use RequestType as T;
    let renewal = order.present.as_ref().is_some_and(|present| present.renews.is_some());
    let invalid = |reason: &str| Err(CommandError::OrderInvalid(reason.to_owned()));
    if order.wanted == Wanted::Exchange && order.present.is_none() {
        return invalid("a key-exchange certificate alone is asked for under the present one");
    }
    match (&order.who, order.wanted, renewal) {
        (Who::Cardholder { .. }, Wanted::Signature, false) => Ok(T::CardInitialSig),
        (Who::Cardholder { .. }, Wanted::Signature, true) => Ok(T::CardRenewalSig),
        (Who::Cardholder { .. }, _, _) => invalid("a cardholder has a signature certificate only"),
        (Who::Merchant { .. }, Wanted::Signature, false) => Ok(T::MerInitialSig),
        (Who::Merchant { .. }, Wanted::Exchange, false) => Ok(T::MerInitialEnc),
        (Who::Merchant { .. }, Wanted::Both, false) => Ok(T::MerInitialBoth),
        (Who::Merchant { .. }, Wanted::Signature, true) => Ok(T::MerRenewalSig),
        (Who::Merchant { .. }, Wanted::Exchange, true) => Ok(T::MerRenewalEnc),
        (Who::Merchant { .. }, Wanted::Both, true) => Ok(T::MerRenewalBoth),
        (Who::Gateway { .. }, Wanted::Signature, false) => Ok(T::PgwyInitialSig),
        (Who::Gateway { .. }, Wanted::Exchange, false) => Ok(T::PgwyInitialEnc),
        (Who::Gateway { .. }, Wanted::Both, false) => Ok(T::PgwyInitialBoth),
        (Who::Gateway { .. }, Wanted::Signature, true) => Ok(T::PgwyRenewalSig),
        (Who::Gateway { .. }, Wanted::Exchange, true) => Ok(T::PgwyRenewalEnc),
        (Who::Gateway { .. }, Wanted::Both, true) => Ok(T::PgwyRenewalBoth),
    }
}

fn registrant(who: &Who) -> Registrant {
    match who {
        Who::Cardholder { pan, .. } => Registrant::Cardholder { bin: pan.bin().to_owned() },
        Who::Merchant { bin, id } => Registrant::Merchant { bin: bin.clone(), id: id.clone() },
        Who::Gateway { bin, id } => Registrant::Gateway { bin: bin.clone(), id: id.clone() },
    }
}

fn present_secret(present: &Present) -> PresentSecret {
    PresentSecret {
        key: present.key.to_pkcs8_pem().into(),
        certificate: Octets(present.certificate.der().to_vec()),
        chain: present.chain.iter().map(|issuer| Octets(issuer.der().to_vec())).collect(),
        renews: present.renews.map(|thumb| Octets(thumb.to_vec())),
    }
}
