//! The checks of a certificate request that are answered with a CertRes, in this order:
//!
//! | check | status |
//! |---|---|
//! | request type as in the form's request | rejectedByCA |
//! | merchant or gateway as in Me-AqCInitReq | rejectedByCA |
//! | signed under the present certificate, where that is due | sigValidationFail |
//! | ... which is the one that eeThumb names | sigValidationFail |
//! | the form that was sent, filled in as it asks | regFormAnswerMalformed |
//! | the card is of the BIN whose form was sent | invalidBIN |
//! | the card has not expired | rejectedByIssuer |
//! | the public keys that the request type asks for, of a suite, different | rejectedByCA |
//! | ... and never certified before | rejectedByCA |
//! | the card or merchant of the certificate that is renewed | rejectedByIssuer or -Acquirer |
//! | the lists of the bank | rejectedByIssuer or -Acquirer |

use counterfoil_message::account::{cardholder_id, pan_secret};
use counterfoil_message::exchange::certificate_request::{
    CertReqData, CertStatus, CertStatusCode, FailedItem,
};
use counterfoil_message::primitive::text::{Count, LongText};
use counterfoil_message::primitive::{BackKey, CardExpiry, NonceCca, PanData0};
use counterfoil_message::registration::RequestType;
use counterfoil_message::treatment::registration::Applied;
use counterfoil_pki::Certificate;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, civil};

use super::CertificateAuthority;
use super::answer::unencodable;
use super::books::{Applicant, Application, Issued, REVOKED, Session};
use super::certificate_response::status;
use super::config::FormConfig;
use super::form::{Answers, WrongAnswer};
use super::issuing::{KeyState, issued_by_thumb, key_state};
use super::policy::{AccountCase, CardCase, NOT_ADMITTED, Verdict};
use super::session::{ReplySecrets, refusal_code};
use crate::conversation::Failed;
use crate::machine::Env;
use crate::records::{Octets, RecordsError};

/// What came of judging a request.
pub(super) enum Judged {
    /// No, and why.
    Refuse(Box<CertStatus>),
    /// The operator decides.
    Wait(Box<Application>),
    /// Yes.
    Admit(Box<Application>),
}

/// Why judging ended early.
enum End {
    Refused(Box<CertStatus>),
    Stopped(Failed),
}

impl From<Box<CertStatus>> for End {
    fn from(status: Box<CertStatus>) -> Self {
        Self::Refused(status)
    }
}

impl From<RecordsError> for End {
    fn from(error: RecordsError) -> Self {
        Self::Stopped(error.into())
    }
}

/// A request of an open session, opened and verified.
pub(super) struct Case<'a> {
    pub(super) ca: &'a CertificateAuthority,
    pub(super) lid_ca: &'a [u8],
    pub(super) session: &'a Session,
    pub(super) applied: &'a Applied<CertReqData>,
    pub(super) card: Option<&'a PanData0>,
}

impl Case<'_> {
    /// Judges the request.
    pub(super) fn judge(
        &self,
        back_key: Option<&BackKey>,
        env: &mut Env<'_>,
    ) -> Result<Judged, Failed> {
        match self.check(back_key, env) {
            Ok(judged) => Ok(judged),
            Err(End::Refused(status)) => Ok(Judged::Refuse(status)),
            Err(End::Stopped(stop)) => Err(stop),
        }
    }

    fn check(&self, back_key: Option<&BackKey>, env: &mut Env<'_>) -> Result<Judged, End> {
        let request_type = self.check_identity()?;
        let renewed = self.check_present(request_type, env)?;
        let answers = self.check_form()?;
        let card_ends = self.card.map(|card| self.check_card(card, env.now)).transpose()?;
        self.check_keys(request_type, env)?;
        self.check_same(request_type, renewed.as_ref())?;
        let verdict = self.ask_lists(request_type, &answers, env)?;
        let (passphrase, wait) = match verdict {
            Verdict::Refuse(text) => return Err(self.turned_away(text).into()),
            Verdict::Wait { passphrase } => (passphrase, true),
            Verdict::Admit { passphrase } => (passphrase, false),
        };
        let mut application = self.application(&answers, back_key, env)?;
        application.card_ends = card_ends;
        application.passphrase = passphrase;
        let application = Box::new(application);
        Ok(if wait { Judged::Wait(application) } else { Judged::Admit(application) })
    }

    fn request(&self) -> &CertReqData {
        self.applied.content()
    }

    fn check_identity(&self) -> Result<RequestType, Box<CertStatus>> {
        let request = self.request();
        if request.request_type.number() != self.session.request_type {
            return Err(rejected("the request is of another type than the form"));
        }
        let same = match (&self.session.applicant, &request.id_data) {
            (Applicant::Cardholder { .. }, None) => true,
            (applicant, Some(id)) => {
                self.ca.applicant(request.request_type, id).is_ok_and(|who| who == *applicant)
            }
            (_, None) => false,
        };
        if !same {
            return Err(rejected("the request is for another applicant than the form"));
        }
        Ok(request.request_type)
    }

    /// The certificate that is renewed, or under which a key-exchange certificate is asked for.
    fn check_present(
        &self,
        request_type: RequestType,
        env: &Env<'_>,
    ) -> Result<Option<Issued>, End> {
        let due = request_type.is_renewal() || !request_type.wants_signature();
        if !due {
            return Ok(None);
        }
        let unsigned = || sig_failure("the present certificate has not signed");
        let signer = self.applied.present().ok_or_else(unsigned)?.certificate();
        let signer = self.issued_here(signer.thumb().as_bytes(), env)?.ok_or_else(unsigned)?;
        if !request_type.is_renewal() {
            return Ok(Some(signer));
        }
        let named = self.request().ee_thumb.as_ref();
        let named = named.ok_or_else(|| sig_failure("eeThumb names no certificate"))?;
        let renewed = self.issued_here(named.thumbprint.as_bytes(), env)?;
        let renewed = renewed.ok_or_else(|| sig_failure("eeThumb names an unknown certificate"))?;
        if request_type.wants_signature() && renewed.der != signer.der {
            return Err(sig_failure("another certificate than eeThumb names has signed").into());
        }
        if renewed.applicant != signer.applicant {
            return Err(sig_failure("eeThumb names the certificate of somebody else").into());
        }
        Ok(Some(renewed))
    }

    /// The certificate with this thumb, when this CA has issued and not revoked it.
    fn issued_here(&self, thumb: &[u8], env: &Env<'_>) -> Result<Option<Issued>, RecordsError> {
        let Some(issued) = issued_by_thumb(env.records, thumb)? else { return Ok(None) };
        let serial = Certificate::from_der(&issued.der.0).map(|c| c.serial().to_vec());
        let Ok(serial) = serial else { return Ok(None) };
        let revoked = REVOKED.get(env.records, &serial)?.is_some();
        Ok((!revoked).then_some(issued))
    }

    fn form(&self) -> Result<&FormConfig, Box<CertStatus>> {
        let (config, applicant) = (&self.ca.config, &self.session.applicant);
        let bin = applicant.bin();
        let form = match applicant {
            Applicant::Cardholder { .. } => config.issuer(bin).map(|issuer| &issuer.form),
            _ => config.acquirer(bin).map(|acquirer| &acquirer.form),
        };
        form.ok_or_else(|| rejected("this bank is no longer served here"))
    }

    fn check_form(&self) -> Result<Answers, Box<CertStatus>> {
        let form = self.form()?;
        let code = CertStatusCode::RegFormAnswerMalformed;
        let request = self.request();
        if request.reg_form_id.get() != self.session.form_id || form.id != self.session.form_id {
            return Err(status(code, "another form was sent; begin again"));
        }
        let items = request.reg_form.as_deref().unwrap_or_default();
        let answers = form.check_answers(items).map_err(|wrong| {
            let mut status = status(code, "answers are missing or do not fit");
            status.failed_item_seq = Some(wrong.into_iter().filter_map(failed_item).collect());
            status
        })?;
        if self.card.is_some_and(|card| answers.contain(card.pan.0.expose())) {
            return Err(status(code, "leave the card number out of the form"));
        }
        Ok(answers)
    }

    /// The end of the card.
    fn check_card(&self, card: &PanData0, now: Timestamp) -> Result<Timestamp, Box<CertStatus>> {
        if card.pan.0.bin() != self.session.applicant.bin() {
            let text = "the card is of another issuer than the form";
            return Err(status(CertStatusCode::InvalidBin, text));
        }
        let ends = card_ends(&card.card_expiry).filter(|ends| *ends > now);
        ends.ok_or_else(|| status(CertStatusCode::RejectedByIssuer, "the card has expired"))
    }

    fn check_keys(&self, request_type: RequestType, env: &Env<'_>) -> Result<(), End> {
        let keys = &self.request().public_key_sor_e;
        let (sign, exchange) = (keys.public_key_s.as_ref(), keys.public_key_e.as_ref());
        let wanted = (request_type.wants_signature(), request_type.wants_exchange());
        if (sign.is_some(), exchange.is_some()) != wanted {
            return Err(rejected("the keys are not the ones that the request type asks for").into());
        }
        if sign.is_some() && sign == exchange {
            return Err(rejected("one key cannot both sign and open").into());
        }
        for key in [sign, exchange].into_iter().flatten() {
            match key_state(env.records, key.as_der())? {
                KeyState::Fresh => {}
                KeyState::Used => return Err(rejected("the key was certified before").into()),
                KeyState::Unfit => return Err(rejected("no suite has such a key").into()),
            }
        }
        Ok(())
    }

    /// A renewal is for the card, merchant or gateway of the certificate that it renews.
    fn check_same(
        &self,
        request_type: RequestType,
        present: Option<&Issued>,
    ) -> Result<(), Box<CertStatus>> {
        let Some(present) = present else { return Ok(()) };
        let same_applicant = present.applicant.as_ref() == Some(&self.session.applicant);
        let card = self.card.map(|card| self.ca.identity.marks.card(&card.pan.0));
        if same_applicant && card == present.card {
            return Ok(());
        }
        let what = if request_type.is_renewal() { "renewed" } else { "signing" };
        Err(self.turned_away(&format!("the {what} certificate is of another holder")))
    }

    fn ask_lists(
        &self,
        request_type: RequestType,
        answers: &Answers,
        env: &mut Env<'_>,
    ) -> Result<Verdict, End> {
        let (ca, applicant) = (self.ca, &self.session.applicant);
        let marks = &ca.identity.marks;
        // Who signs under a certificate of this CA has shown who it is.
        let renewal = request_type.is_renewal() || !request_type.wants_signature();
        let gone = || self.turned_away(NOT_ADMITTED);
        let verdict = match self.card {
            Some(card) => {
                let policy = ca.config.issuer(applicant.bin()).ok_or_else(gone)?;
                let (pan, expiry) = (&card.pan.0, &card.card_expiry);
                CardCase { policy, marks, pan, expiry, answers, renewal }.judge(env.records)?
            }
            None => {
                let policy = ca.config.acquirer(applicant.bin()).ok_or_else(gone)?;
                AccountCase { policy, marks, applicant, answers, renewal }.judge(env.records)?
            }
        };
        Ok(verdict)
    }

    fn application(
        &self,
        answers: &Answers,
        back_key: Option<&BackKey>,
        env: &mut Env<'_>,
    ) -> Result<Application, End> {
        let request = self.request();
        let keys = &request.public_key_sor_e;
        let octets = |key: &counterfoil_message::primitive::foreign::PublicKey| {
            Octets(key.as_der().to_vec())
        };
        let present = self.applied.present();
        let present = present.map(|signer| Octets(signer.certificate().spki_der().to_vec()));
        let sign = keys.public_key_s.as_ref().map(octets);
        let inquiry_key = sign.clone().or(present).unwrap_or_default();
        let (cardholder_id, reply) = match (self.card, back_key) {
            (Some(card), Some(back_key)) => {
                let (id, reply) = self.cardholder(card, back_key, env)?;
                (Some(id), Some(reply))
            }
            _ => (None, None),
        };
        let shown: Vec<_> = answers.for_operator().collect();
        let shown = counterfoil_secret::SecretBytes::new(
            serde_json::to_vec(&shown).expect("invariant: texts have a JSON form"),
        );
        Ok(Application {
            sign,
            exchange: keys.public_key_e.as_ref().map(octets),
            inquiry_key,
            cardholder_id,
            card_ends: None,
            card: self.card.map(|card| self.ca.identity.marks.card(&card.pan.0)),
            passphrase: None,
            answers: self.ca.seal(self.lid_ca).close(shown.expose(), env.rng)?,
            reply,
            renews: request.ee_thumb.as_ref().map(|t| Octets(t.thumbprint.as_bytes().to_vec())),
            at: env.now,
        })
    }

    /// The cardholder id, and what the answer is made with.
    fn cardholder(
        &self,
        card: &PanData0,
        back_key: &BackKey,
        env: &mut Env<'_>,
    ) -> Result<(String, Octets), End> {
        let nonce_cca = NonceCca::random(env.rng);
        let secret = pan_secret(&card.card_secret, &nonce_cca);
        let id = cardholder_id(&card.pan, &card.card_expiry, &secret)
            .map_err(|error| End::Stopped(unencodable(&error).into()))?;
        let reply = ReplySecrets { back_key: back_key.clone(), nonce_cca };
        Ok((id, self.ca.seal_reply(self.lid_ca, &reply, env)?))
    }

    fn turned_away(&self, text: &str) -> Box<CertStatus> {
        status(refusal_code(&self.session.applicant), text)
    }
}

/// The last second of the month that a card is valid in, UTC.
fn card_ends(expiry: &CardExpiry) -> Option<Timestamp> {
    let year = i16::try_from(expiry.year()).ok()?;
    let (year, month) = match i8::try_from(expiry.month()).ok()? {
        12 => (year.checked_add(1)?, 1),
        month => (year, month + 1),
    };
    let next_month = civil::Date::new(year, month, 1).ok()?.at(0, 0, 0, 0);
    let start = TimeZone::UTC.to_timestamp(next_month).ok()?;
    start.checked_sub(SignedDuration::from_secs(1)).ok()
}

fn rejected(text: &str) -> Box<CertStatus> {
    status(CertStatusCode::RejectedByCa, text)
}

fn sig_failure(text: &str) -> Box<CertStatus> {
    status(CertStatusCode::SigValidationFail, text)
}

fn failed_item(wrong: WrongAnswer) -> Option<FailedItem> {
    let item_number = Count::new(wrong.field).ok()?;
    Some(FailedItem { item_number, item_reason: LongText::new(&wrong.reason).ok()? })
}
