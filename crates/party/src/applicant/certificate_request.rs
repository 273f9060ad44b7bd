//! CertReq: the new keys, the filled-in form and, from a cardholder, the card in an envelope of
//! its own (SET 1.0 Book 2). The new signature key signs, which proves its possession; the present
//! certificate signs too where one is renewed.

use std::sync::Arc;

use counterfoil_crypto::key::{KeyPair, KeyUse, SigningKey};
use counterfoil_message::exchange::certificate_request::{CertReq, CertReqData, PublicKeySorE};
use counterfoil_message::primitive::foreign::PublicKey;
use counterfoil_message::primitive::text::Count;
use counterfoil_message::primitive::{
    AcctInfo, BackKey, BackKeyData, CardNumber, CertThumb, Challenge, Date, ExNonce, LocalId,
    PanData0, Rrpid,
};
use counterfoil_message::registration::RegFormItem;
use counterfoil_message::treatment::Sender;
use counterfoil_message::treatment::registration::{Applicant as Signers, enc, enc_x};
use counterfoil_pki::Certificate;

use super::Applicant;
use super::call::Outgoing;
use super::ledger::{PresentSecret, Registration, SecretText, Secrets, unreadable};
use super::merchant_acquirer_init::id_data;
use super::reg_form::recipient_of;
use crate::ca::{BACK_KEY_ALGORITHM, applicant_ids};
use crate::conversation::Failed;
use crate::conversation::header::{header, wrap};
use crate::conversation::refusal::unable;
use crate::machine::Env;
use crate::records::{Octets, RecordsError};

/// The present key and certificate, ready to sign.
struct Signing {
    key: Arc<dyn SigningKey>,
    certificate: Certificate,
    chain: Vec<Certificate>,
}

impl Applicant {
    pub(super) fn request(
        &self,
        record: &Registration,
        lid_ee: &[u8],
        items: Vec<RegFormItem>,
        secrets: &Secrets,
        env: &mut Env<'_>,
    ) -> Result<Outgoing, Failed> {
        let recipient = recipient_of(record)?;
        let sign = self.key(secrets.sign_key.as_ref(), KeyUse::Sign)?;
        let new_key = sign.as_ref().map(KeyPair::signing_key).transpose().map_err(unable)?;
        let present = secrets.present.as_ref().map(|p| self.signing(p)).transpose()?;
        let signers = Signers {
            new_key: new_key.as_deref(),
            present: present.as_ref().map(|present| Sender {
                key: present.key.as_ref(),
                certificate: &present.certificate,
                chain: &present.chain,
                crls: &[],
            }),
        };
        let lid_ee = LocalId::new(lid_ee).map_err(unable)?;
        let content = self.content(record, &lid_ee, items, secrets, env)?;
        let header = header(env.now, Some(applicant_ids(lid_ee)), content.rrpid);
        let request = match &secrets.card {
            Some(card) => {
                let extra = AcctInfo::PanData0(PanData0 {
                    pan: CardNumber(card.pan()?),
                    card_expiry: card.expiry()?,
                    card_secret: card.card_secret()?,
                    ex_nonce: ExNonce::random(env.rng),
                });
                let sealed = enc_x(&signers, &recipient, &header, &content, &extra, env.rng)?;
                CertReq::EncX(sealed)
            }
            None => CertReq::Enc(enc(&signers, &recipient, &header, &content, env.rng)?),
        };
        Ok(Outgoing {
            message: "CertReq",
            rrpid: content.rrpid,
            challenge: content.chall_ee3,
            thumbs: content.thumbs,
            body: wrap(header, &request).map_err(unable)?,
        })
    }

    fn content(
        &self,
        record: &Registration,
        lid_ee: &LocalId,
        items: Vec<RegFormItem>,
        secrets: &Secrets,
        env: &mut Env<'_>,
    ) -> Result<CertReqData, Failed> {
        let opened = record.opened.as_ref().ok_or_else(|| unreadable("no form is open"))?;
        let template = opened.form.0.reg_template.as_ref();
        let back_key = secrets.back_key.as_ref().map(SecretText::to_octets).transpose()?;
        let public = |key: Option<&SecretText>, key_use| {
            let pair = self.key(key, key_use)?;
            let key = pair.map(|pair| PublicKey::new(pair.spki_der())).transpose();
            key.map_err(|error| Failed::from(unable(error)))
        };
        let renews = secrets.present.as_ref().and_then(|present| present.renews.as_ref());
        Ok(CertReqData {
            rrpid: Rrpid::random(env.rng),
            lid_ee: lid_ee.clone(),
            chall_ee3: Challenge::random(env.rng),
            lid_ca: Some(LocalId::new(&opened.lid_ca.0).map_err(unable)?),
            chall_ca: Some(opened.chall_ca.0),
            request_type: record.request_type()?,
            request_date: Date::new(env.now),
            id_data: id_data(&record.who).map_err(unable)?,
            reg_form_id: template.map_or(Count::ZERO, |template| template.reg_form_id),
            reg_form: (!items.is_empty()).then(|| items.into()),
            ca_back_key_data: back_key.map(|key| BackKeyData {
                back_alg: BACK_KEY_ALGORITHM,
                back_key: BackKey::new(*key.expose()),
            }),
            public_key_sor_e: PublicKeySorE {
                public_key_s: public(secrets.sign_key.as_ref(), KeyUse::Sign)?,
                public_key_e: public(secrets.exchange_key.as_ref(), KeyUse::Exchange)?,
            },
            ee_thumb: renews.map(thumb_of).transpose()?,
            thumbs: Some(self.thumbs()),
        })
    }

    /// A key of the registration.
    pub(super) fn key(
        &self,
        pem: Option<&SecretText>,
        key_use: KeyUse,
    ) -> Result<Option<KeyPair>, RecordsError> {
        let read = |pem: &SecretText| {
            KeyPair::from_pkcs8_pem(&self.keys.provider, key_use, pem.secret())
                .map_err(|error| unreadable(&error.to_string()))
        };
        pem.map(read).transpose()
    }

    fn signing(&self, present: &PresentSecret) -> Result<Signing, Failed> {
        let read = |der: &Octets| {
            Certificate::from_der(&der.0).map_err(|error| unreadable(&error.to_string()))
        };
        let pair = self.key(Some(&present.key), KeyUse::Sign)?;
        let pair = pair.ok_or_else(|| unreadable("the present key is missing"))?;
        Ok(Signing {
            key: pair.signing_key().map_err(unable)?,
            certificate: read(&present.certificate)?,
            chain: present.chain.iter().map(read).collect::<Result<_, _>>()?,
        })
    }
}

fn thumb_of(octets: &Octets) -> Result<CertThumb, RecordsError> {
    let octets = <[u8; 32]>::try_from(octets.0.as_slice());
    octets.map(CertThumb::new).map_err(|_| unreadable("a thumb does not have 32 octets"))
}
