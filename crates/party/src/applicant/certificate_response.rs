//! CertRes: what the CA decided, and whether the certificates are what was asked for.
//!
//! After signature and echo, for certificates: each is for our key and for such an applicant of
//! the brand, under a path that holds; a cardholder's common name is the cardholder id that we
//! compute ourselves from card, CardSecret and NonceCCA (SET 1.0 Book 2).

use counterfoil_crypto::key::KeyUse;
use counterfoil_message::account::{cardholder_id, pan_secret};
use counterfoil_message::exchange::certificate_request::{
    CertRes, CertResData, CertStatus, CertStatusCode,
};
use counterfoil_message::exchange::error_message::ErrorCode;
use counterfoil_message::primitive::{BackKey, CardNumber, NonceCca};
use counterfoil_message::treatment::{Authentic, Binding, open_enc_k, verify};
use counterfoil_message::wrapper::{MessageHeader, MessageWrapper};
use counterfoil_pki::trust::Need;
use counterfoil_pki::{Certificate, Roles, Thumb};
use counterfoil_secret::Secret;
use jiff::Timestamp;

use super::Applicant;
use super::command::{Outcome, Registered};
use super::ledger::{Certificates, Registration, Said, SecretText, Secrets, Step, unreadable};
use super::response::{Echo, check};
use crate::ca::Applicant as Registrant;
use crate::conversation::refusal::unable;
use crate::conversation::{Failed, Refusal, Turn};
use crate::records::{Octets, RecordsError};

impl Applicant {
    pub(super) fn certificates_answered(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        lid_ee: &[u8],
        record: Registration,
        wrapper: &MessageWrapper,
    ) -> Result<(), Failed> {
        let response: CertRes = wrapper.message.decode()?;
        self.decided(turn, lid_ee, record, &wrapper.header, &response)
    }

    /// Handles CertRes and CertInqRes.
    pub(super) fn decided(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        lid_ee: &[u8],
        mut record: Registration,
        header: &MessageHeader,
        response: &CertRes,
    ) -> Result<(), Failed> {
        let Some(sent) = record.sending.clone() else { return Ok(()) };
        let mut secrets = self.open_secrets(lid_ee, &record)?;
        let authentic = self.open(&record, &secrets, header, response, turn.env.now)?;
        let content = authentic.content();
        let echo = Echo {
            rrpid: &content.rrpid,
            lid_ee: &content.lid_ee,
            thumbs: content.thumbs.as_ref(),
            challenge: &content.chall_ee3,
        };
        echo.check(header, &sent, lid_ee)?;
        check_label(&record, content)?;
        let status = &content.cert_status;
        record.said = said(status);
        let step = match status.cert_status_code {
            CertStatusCode::RequestComplete => {
                let certificates = self.take(&record, &mut secrets, &authentic, turn.env.now)?;
                record.certificates = Some(certificates);
                record.secrets = secrets.seal(&self.keys.record_key, lid_ee, turn.env.rng)?;
                Step::Done
            }
            CertStatusCode::RequestPended | CertStatusCode::RequestInProgress => Step::Pended,
            CertStatusCode::RegFormAnswerMalformed => {
                let wrong = status.failed_item_seq.as_deref().unwrap_or_default();
                let wrong = wrong
                    .iter()
                    .map(|item| (item.item_number.get(), item.item_reason.as_str().to_owned()));
                record.wrong = wrong.collect();
                Step::Answers
            }
            _ => Step::Refused,
        };
        Ok(self.settle(turn, lid_ee, record, step)?)
    }

    fn open(
        &mut self,
        record: &Registration,
        secrets: &Secrets,
        header: &MessageHeader,
        response: &CertRes,
        now: Timestamp,
    ) -> Result<Authentic<CertResData>, Failed> {
        let back_key = secrets.back_key.as_ref().map(SecretText::to_octets).transpose()?;
        let check = &mut check(&mut self.trust, record, now);
        match (response, back_key) {
            (CertRes::EncK(sealed), Some(key)) => {
                let binding = Binding::of_header(header).map_err(unable)?;
                let key = BackKey::new(*key.expose());
                Ok(open_enc_k(sealed, &key, &binding, check)?)
            }
            (CertRes::Signed(signed), back_key) => {
                let authentic = verify(signed, check)?;
                let code = authentic.content().cert_status.cert_status_code;
                if back_key.is_some() && code == CertStatusCode::RequestComplete {
                    let message = "a cardholder's certificate has to come sealed";
                    let code = ErrorCode::UnspecifiedFailure;
                    return Err(Refusal::new(code, "answer-not-sealed", message).into());
                }
                Ok(authentic)
            }
            (CertRes::EncK(_), None) => {
                let message = "the answer is sealed under a key that was not sent";
                Err(Refusal::new(ErrorCode::SignatureFailure, "unopened", message).into())
            }
        }
    }

    /// Takes the new certificates when they are what was asked for.
    fn take(
        &mut self,
        record: &Registration,
        secrets: &mut Secrets,
        authentic: &Authentic<CertResData>,
        now: Timestamp,
    ) -> Result<Certificates, Failed> {
        let thumbs = authentic.content().cert_thumbs.as_ref();
        let thumbs = thumbs.and_then(|thumbs| thumbs.cert_thumbs.as_deref()).unwrap_or_default();
        let named: Vec<&Certificate> = thumbs
            .iter()
            .map(|thumb| Thumb(*thumb.as_bytes()))
            .filter_map(|thumb| authentic.bag().iter().find(|c| c.thumb() == thumb))
            .collect();
        let mut taken = Vec::with_capacity(2);
        let mut path = Vec::new();
        for (key, key_use) in
            [(&secrets.sign_key, KeyUse::Sign), (&secrets.exchange_key, KeyUse::Exchange)]
        {
            let Some(pair) = self.key(key.as_ref(), key_use)? else {
                taken.push(None);
                continue;
            };
            let mine = named.iter().find(|certificate| certificate.spki_der() == pair.spki_der());
            let mine = mine.ok_or_else(|| wrong("there is no certificate for our key"))?;
            let need = need(&record.who, key_use).of_brand(&record.brand);
            let verified = self.trust.verify(mine, authentic.bag(), now, &need);
            let verified = verified.map_err(|error| Refusal::from(&error))?;
            check_subject(&record.who, mine)?;
            path = verified.chain()[1..].to_vec();
            taken.push(Some(Octets(mine.der().to_vec())));
        }
        if let (Registrant::Cardholder { .. }, Some(Some(der))) = (&record.who, taken.first()) {
            let nonce = authentic.content().cert_status.nonce_cca.as_ref();
            check_cardholder(secrets, nonce, &der.0)?;
        }
        let root = path.pop().ok_or_else(|| wrong("there is no path to a root"))?;
        let mut taken = taken.into_iter();
        Ok(Certificates {
            sign: taken.next().flatten(),
            exchange: taken.next().flatten(),
            chain: path.iter().map(|issuer| Octets(issuer.der().to_vec())).collect(),
            root: Octets(root.der().to_vec()),
        })
    }

    /// What is told of a registration that stands still.
    pub(super) fn outcome_of(
        &self,
        lid_ee: &[u8],
        record: &Registration,
    ) -> Result<Outcome, RecordsError> {
        let registration = hex::encode(lid_ee);
        let Said { id, message, urls, referral } = record.said.clone();
        Ok(match record.step {
            Step::Done => Outcome::Registered(Box::new(self.registered(lid_ee, record)?)),
            Step::Answers => {
                let opened = record.opened.as_ref().ok_or_else(|| unreadable("no form is open"))?;
                let form = self.form_for_people(&opened.form.0);
                Outcome::FormWanted { registration, form, wrong: self.wrong_for_people(record) }
            }
            Step::Pended => Outcome::Pended { registration, message },
            Step::Refused if referral => Outcome::Referred { registration, reason: message, urls },
            Step::Refused => Outcome::Refused { registration, status: id, message },
            Step::Failed => {
                Outcome::Failed { registration, id, message: message.unwrap_or_default() }
            }
            Step::Init | Step::Form | Step::Request | Step::Inquiry => {
                Outcome::Unreachable { registration, reason: "it is under way".into() }
            }
        })
    }

    fn registered(&self, lid_ee: &[u8], record: &Registration) -> Result<Registered, RecordsError> {
        let secrets = self.open_secrets(lid_ee, record)?;
        let certificates = record.certificates.as_ref();
        let certificates =
            certificates.ok_or_else(|| unreadable("its certificates are missing"))?;
        let key = |key: &Option<SecretText>| key.as_ref().map(|key| key.secret().clone());
        let card = secrets.card.as_ref();
        let card_secret = card.map(|card| card.card_secret()).transpose()?;
        let pan_secret = card.map(|card| card.pan_secret()).transpose()?.flatten();
        Ok(Registered {
            registration: hex::encode(lid_ee),
            sign_key: key(&secrets.sign_key),
            sign_certificate: certificates.sign.as_ref().map(pem).transpose()?,
            exchange_key: key(&secrets.exchange_key),
            exchange_certificate: certificates.exchange.as_ref().map(pem).transpose()?,
            chain: certificates.chain.iter().map(pem).collect::<Result<_, _>>()?,
            root: pem(&certificates.root)?,
            card_secret: card_secret.map(|secret| Secret::new(*secret.expose())),
            pan_secret,
        })
    }
}

/// The common name of a cardholder's certificate is the id that we compute ourselves.
fn check_cardholder(
    secrets: &mut Secrets,
    nonce: Option<&NonceCca>,
    certificate: &[u8],
) -> Result<(), Failed> {
    let nonce = nonce.ok_or_else(|| wrong("the CA's half of PANSecret did not come along"))?;
    let card = secrets.card.as_mut().ok_or_else(|| unreadable("there is no card"))?;
    let secret = pan_secret(&card.card_secret()?, nonce);
    let id = cardholder_id(&CardNumber(card.pan()?), &card.expiry()?, &secret).map_err(unable)?;
    let certificate = Certificate::from_der(certificate).map_err(|e| unreadable(&e.to_string()))?;
    if certificate.common_name() != Some(id.as_str()) {
        return Err(wrong("the certificate is not for this card").into());
    }
    card.keep_pan_secret(&secret);
    Ok(())
}

/// The certificate of a merchant or a gateway names who asked for it.
fn check_subject(who: &Registrant, certificate: &Certificate) -> Result<(), Refusal> {
    let fits = match who {
        Registrant::Cardholder { .. } => true,
        Registrant::Merchant { bin, id } => certificate
            .merchant_data()
            .is_some_and(|data| data.mer_id == *id && data.mer_acquirer_bin == *bin),
        Registrant::Gateway { bin, id } => {
            certificate.common_name() == Some(format!("{bin}:{id}").as_str())
        }
    };
    if fits { Ok(()) } else { Err(wrong("the certificate names somebody else")) }
}

fn check_label(record: &Registration, content: &CertResData) -> Result<(), Refusal> {
    let label = record.opened.as_ref().map(|opened| opened.lid_ca.0.as_slice());
    if label == Some(content.lid_ca.as_bytes()) {
        return Ok(());
    }
    let message = "LID-CA is not the one of the form";
    Err(Refusal::new(ErrorCode::UnknownLid, "label-unknown", message))
}

fn need(who: &Registrant, key_use: KeyUse) -> Need<'static> {
    let roles = match who {
        Registrant::Cardholder { .. } => Roles::CARD,
        Registrant::Merchant { .. } => Roles::MER,
        Registrant::Gateway { .. } => Roles::PGWY,
    };
    match key_use {
        KeyUse::Sign => Need::sign(roles),
        KeyUse::Exchange => Need::exchange(roles),
    }
}

fn said(status: &CertStatus) -> Said {
    Said {
        id: status.cert_status_code.name().to_owned(),
        message: status.ee_message.as_ref().map(|message| message.as_str().to_owned()),
        ..Said::default()
    }
}

fn wrong(message: &str) -> Refusal {
    Refusal::new(ErrorCode::InvalidCertificate, "certificate-not-as-asked", message)
}

fn pem(der: &Octets) -> Result<String, RecordsError> {
    let certificate = Certificate::from_der(&der.0).map_err(|e| unreadable(&e.to_string()))?;
    Ok(certificate.to_pem())
}
