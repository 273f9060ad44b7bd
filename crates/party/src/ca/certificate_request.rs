//! CertReq -> CertRes: public keys become certificates (SET 1.0 Book 2, part II).
//!
//! What the sender is told with an Error, in this order:
//! 1. the form fits the kind of CA: EncX with a card for a CCA, Enc for the others, else
//!    `messageNotSupported`;
//! 2. envelope, signature with the new key (proof of possession), signature under the present
//!    certificate, card data: `signatureFailure`, all alike. SET 1.0 answered these with CertRes
//!    `sigValidationFail` and `decryptionError`; one code tells an attacker less;
//! 3. header against message: `wrapperMsgMismatch`;
//! 4. LID-CA and LID-EE of an open session: `unknownLID`;
//! 5. Chall-CA of that session, used at most a few times and never after a certificate:
//!    `challengeMismatch`.
//!
//! From there on the answer is a CertRes with a status; [`super::application`] has those checks.

use counterfoil_crypto::digest::equal;
use counterfoil_message::exchange::certificate_request::{CertReq, CertReqData, CertStatusCode};
use counterfoil_message::exchange::error_message::ErrorCode;
use counterfoil_message::primitive::{AcctInfo, BackKey, LocalId, PanData0};
use counterfoil_message::treatment::Check;
use counterfoil_message::treatment::registration::{Applied, open_enc, open_enc_x};
use counterfoil_message::wrapper::MessageHeader;
use counterfoil_pki::Roles;
use counterfoil_pki::trust::Need;

use super::CertificateAuthority;
use super::answer::{check_inner, wrapped};
use super::application::{Case, Judged};
use super::books::{REQUESTS_PER_SESSION_MAX, SESSIONS, Session, SessionState};
use super::certificate_response::{Asked, BACK_KEY_ALGORITHM, Standing, status};
use super::config::CaKind;
use super::issuing::NotIssued;
use super::mark::Mark;
use super::policy::spend;
use super::request::{Answered, Incoming, event_of};
use crate::conversation::Failed;
use crate::conversation::Refusal;
use crate::machine::Env;

/// A request that was opened and verified, and its card.
struct Opened {
    applied: Applied<CertReqData>,
    card: Option<PanData0>,
}

impl CertificateAuthority {
    pub(super) fn certificate_request(
        &mut self,
        incoming: &Incoming<'_>,
        env: &mut Env<'_>,
    ) -> Result<Answered, Failed> {
        let Opened { applied, card } = self.open_request(incoming, env)?;
        let request = applied.content();
        check_inner(incoming.header(), &request.rrpid, &request.lid_ee)?;
        let (lid_ca, session) = find_session(request, env)?;
        let event = event_of("registration.requested", &session.applicant);
        let asked = Asked {
            rrpid: request.rrpid,
            lid_ee: request.lid_ee.clone(),
            challenge: request.chall_ee3,
            lid_ca: lid_ca.clone(),
            thumbs: request.thumbs.clone(),
        };
        let standing = self.decide(lid_ca.as_bytes(), session, &applied, card, env)?;
        let event = event
            .with("status", standing.status.cert_status_code.name())
            .with("registration", lid_ca.to_string());
        let (header, response) = self.cert_res(incoming, asked, standing, env)?;
        Ok(Answered { message: "CertRes", body: wrapped(header, &response)?, event })
    }

    fn open_request(&mut self, incoming: &Incoming<'_>, env: &Env<'_>) -> Result<Opened, Failed> {
        let request: CertReq = incoming.decode()?;
        let role = match self.config.kind {
            CaKind::Cca => Roles::CARD,
            CaKind::Mca => Roles::MER,
            _ => Roles::PGWY,
        };
        let mut trust = match self.trust.take() {
            Some(trust) => trust,
            None => self.fresh_trust(env.records, env.now)?,
        };
        let need = Need::sign(role).of_brand(&self.config.brand);
        let mut check = Check { trust: &mut trust, now: env.now, need };
        let opened = self.open_with(&request, incoming.header(), &mut check);
        self.trust = Some(trust);
        Ok(opened?)
    }

    fn open_with(
        &self,
        request: &CertReq,
        header: &MessageHeader,
        check: &mut Check<'_>,
    ) -> Result<Opened, Refusal> {
        let opener = self.opener()?;
        match (request, self.config.kind) {
            (CertReq::EncX(sealed), CaKind::Cca) => {
                let (applied, extra) = open_enc_x(sealed, &opener, header, check)?;
                match extra.open(&opener)? {
                    AcctInfo::PanData0(card) => Ok(Opened { applied, card: Some(card) }),
                    AcctInfo::AcctData(_) => {
                        Err(self.not_supported(Some("account data without a card")))
                    }
                }
            }
            (CertReq::Enc(sealed), CaKind::Mca | CaKind::Pca) => {
                let applied = open_enc(sealed, &opener, header, check)?;
                Ok(Opened { applied, card: None })
            }
            _ => Err(self.not_supported(Some("this form of CertReq"))),
        }
    }

    /// Judges the request and does what follows.
    fn decide(
        &self,
        lid_ca: &[u8],
        mut session: Session,
        applied: &Applied<CertReqData>,
        card: Option<PanData0>,
        env: &mut Env<'_>,
    ) -> Result<Standing, Failed> {
        let back_key = back_key(applied.content());
        if card.is_some() && back_key.is_none() {
            let status = status(CertStatusCode::UnableToEncryptCertRes, "no usable back key");
            return Ok(Standing::without(status, None));
        }
        let without = |code, text: &str| Standing::without(status(code, text), back_key.clone());
        if let SessionState::Pending(_) = session.state {
            let text = "an earlier request of this registration waits for a decision";
            return Ok(without(CertStatusCode::RequestInProgress, text));
        }
        session.requests += 1;
        SESSIONS.put(env.records, lid_ca, &session);
        let case = Case { ca: self, lid_ca, session: &session, applied, card: card.as_ref() };
        let application = match case.judge(back_key.as_ref(), env)? {
            Judged::Refuse(status) => return Ok(Standing::without(status, back_key)),
            Judged::Wait(application) => {
                use_up(application.passphrase, lid_ca, env);
                self.pend(lid_ca, session, application, env);
                let text = "the request waits for a person to decide; ask again later";
                return Ok(without(CertStatusCode::RequestPended, text));
            }
            Judged::Admit(application) => application,
        };
        match self.complete(lid_ca, session.clone(), &application, env) {
            Ok(certificates) => {
                use_up(application.passphrase, lid_ca, env);
                let reply = application.reply.as_ref();
                let reply = reply.map(|sealed| self.open_reply(lid_ca, sealed)).transpose()?;
                Ok(self.complete_standing(certificates, reply, &session.applicant))
            }
            Err(NotIssued::Refused(reason)) => Ok(without(CertStatusCode::RejectedByCa, &reason)),
            Err(NotIssued::Storage(error)) => Err(error.into()),
        }
    }
}

/// The session that a request belongs to, when label and challenge are the ones it was given.
fn find_session(request: &CertReqData, env: &Env<'_>) -> Result<(LocalId, Session), Failed> {
    let lid_ca = request.lid_ca.as_ref().ok_or_else(unknown_lid)?;
    let session = SESSIONS.get(env.records, lid_ca.as_bytes())?.ok_or_else(unknown_lid)?;
    if session.lid_ee.0 != request.lid_ee.as_bytes() {
        return Err(unknown_lid().into());
    }
    let given = request.chall_ca.as_ref().map_or(&[][..], |challenge| challenge.as_bytes());
    if !equal(given, &session.chall_ca.0) {
        return Err(stale("the echo of the challenge is not what was sent").into());
    }
    match session.state {
        SessionState::Pending(_) => {}
        SessionState::Open if session.requests < REQUESTS_PER_SESSION_MAX => {}
        SessionState::Open => {
            return Err(stale("the challenge was answered too often; begin again").into());
        }
        SessionState::Complete { .. } | SessionState::Refused { .. } => {
            return Err(stale("the registration is decided; inquire, or begin again").into());
        }
    }
    Ok((lid_ca.clone(), session))
}

/// A passphrase counts once: from now on it is used.
fn use_up(passphrase: Option<Mark>, lid_ca: &[u8], env: &mut Env<'_>) {
    if let Some(mark) = passphrase {
        spend(env.records, mark, lid_ca, env.now);
    }
}

/// The key that the answer is to be sealed with, when it is of an algorithm that this CA has.
fn back_key(request: &CertReqData) -> Option<BackKey> {
    let data = request.ca_back_key_data.as_ref()?;
    (data.back_alg == BACK_KEY_ALGORITHM).then(|| data.back_key.clone())
}

pub(super) fn unknown_lid() -> Refusal {
    let message = "there is no registration with these labels";
    Refusal::new(ErrorCode::UnknownLid, "registration-unknown", message)
}

fn stale(message: &str) -> Refusal {
    Refusal::new(ErrorCode::ChallengeMismatch, "challenge-mismatch", message)
}
