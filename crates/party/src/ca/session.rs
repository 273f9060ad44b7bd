//! The life of one registration at the CA: open, pending, complete or refused, forgotten.
//!
//! ```text
//! form sent -> Open -- CertReq admitted ------------------> Complete -- pending_days --> gone
//!               |  `-- CertReq waits --> Pending -- approve -'
//!               |                          `-- refuse, or pending_days --> Refused --> gone
//!               `-- session_minutes --> gone
//! ```

use counterfoil_message::exchange::certificate_request::CertStatusCode;
use counterfoil_message::primitive::{BackKey, Challenge, LocalId, NonceCca};
use counterfoil_message::registration::RequestType;
use counterfoil_pki::Certificate;
use counterfoil_secret::SecretBytes;
use jiff::{SignedDuration, Timestamp};

use super::CertificateAuthority;
use super::books::{
    Applicant, Application, OPEN_SESSIONS, SESSIONS, SESSIONS_OPEN_MAX, Session, SessionState,
    next_count, take_from_count,
};
use super::issuing::{NotIssued, certify, release_keys, reserve_keys};
use super::sealed::Seal;
use crate::event::Event;
use crate::machine::Env;
use crate::records::{Octets, RecordsError};

/// Octets of a label that the CA makes.
const LID_CA_BYTES: usize = 20;

/// What the answer to a cardholder is made with: the key that the wallet sent, and the CA's half
/// of PANSecret.
#[derive(Debug, Clone)]
pub(super) struct ReplySecrets {
    pub(super) back_key: BackKey,
    pub(super) nonce_cca: NonceCca,
}

/// A registration that was opened: its label and the challenge for the certificate request.
#[derive(Debug, Clone)]
pub(super) struct Opened {
    pub(super) lid_ca: LocalId,
    pub(super) chall_ca: Challenge,
}

impl CertificateAuthority {
    /// Opens a registration; none when too many are open.
    pub(super) fn open_session(
        &self,
        lid_ee: &LocalId,
        applicant: Applicant,
        request_type: RequestType,
        form_id: u32,
        env: &mut Env<'_>,
    ) -> Result<Option<Opened>, RecordsError> {
        if next_count(env.records, OPEN_SESSIONS)? > SESSIONS_OPEN_MAX {
            take_from_count(env.records, OPEN_SESSIONS)?;
            return Ok(None);
        }
        let mut label = [0; LID_CA_BYTES];
        env.rng.fill_bytes(&mut label);
        let lid_ca = LocalId::new(&label).expect("invariant: a label of 20 octets is in bounds");
        let chall_ca = Challenge::random(env.rng);
        let session = Session {
            lid_ee: Octets(lid_ee.as_bytes().to_vec()),
            applicant,
            request_type: request_type.number(),
            chall_ca: Octets(chall_ca.as_bytes().to_vec()),
            form_id,
            opened_at: env.now,
            requests: 0,
            state: SessionState::Open,
        };
        SESSIONS.put(env.records, &label, &session);
        let minutes = SignedDuration::from_mins(i64::from(self.config.session_minutes));
        SESSIONS.set_alarm(env.records, &label, Some(after(env.now, minutes)));
        Ok(Some(Opened { lid_ca, chall_ca }))
    }

    /// Issues what an application asks for and closes its registration with the certificates.
    pub(super) fn complete(
        &self,
        lid_ca: &[u8],
        mut session: Session,
        application: &Application,
        env: &mut Env<'_>,
    ) -> Result<Vec<Certificate>, NotIssued> {
        let certificates = certify(self, &session.applicant, application, env)?;
        session.state = SessionState::Complete {
            serials: certificates.iter().map(|c| Octets(c.serial().to_vec())).collect(),
            inquiry_key: application.inquiry_key.clone(),
            reply: application.reply.clone(),
        };
        self.keep(lid_ca, &session, env);
        Ok(certificates)
    }

    /// Lets a registration wait for the operator.
    pub(super) fn pend(
        &self,
        lid_ca: &[u8],
        mut session: Session,
        application: Box<Application>,
        env: &mut Env<'_>,
    ) {
        reserve_keys(env.records, &application);
        session.state = SessionState::Pending(application);
        self.keep(lid_ca, &session, env);
    }

    /// Closes a registration without certificates.
    pub(super) fn close_refused(
        &self,
        lid_ca: &[u8],
        mut session: Session,
        application: &Application,
        (code, message): (CertStatusCode, &str),
        env: &mut Env<'_>,
    ) {
        if matches!(session.state, SessionState::Pending(_)) {
            release_keys(env.records, application);
        }
        session.state = SessionState::Refused {
            code: code.number(),
            message: message.to_owned(),
            inquiry_key: application.inquiry_key.clone(),
            reply: application.reply.clone(),
        };
        self.keep(lid_ca, &session, env);
    }

    /// The alarm of a registration: a pending one is refused, any other one is forgotten.
    pub(super) fn session_due(
        &self,
        lid_ca: &[u8],
        env: &mut Env<'_>,
    ) -> Result<Event, RecordsError> {
        let Some(session) = SESSIONS.get(env.records, lid_ca)? else {
            SESSIONS.set_alarm(env.records, lid_ca, None);
            return Ok(Event::warning("registration.lost"));
        };
        let event = match &session.state {
            SessionState::Pending(application) => {
                let application = application.clone();
                let status = (refusal_code(&session.applicant), "nobody decided in time");
                self.close_refused(lid_ca, session, &application, status, env);
                "registration.expired"
            }
            _ => {
                SESSIONS.remove(env.records, lid_ca);
                SESSIONS.set_alarm(env.records, lid_ca, None);
                take_from_count(env.records, OPEN_SESSIONS)?;
                "registration.forgotten"
            }
        };
        Ok(Event::info(event).with("registration", hex::encode(lid_ca)))
    }

    /// Seals what a cardholder's answer is made with.
    pub(super) fn seal_reply(
        &self,
        lid_ca: &[u8],
        reply: &ReplySecrets,
        env: &mut Env<'_>,
    ) -> Result<Octets, RecordsError> {
        let both = [reply.back_key.expose().as_slice(), reply.nonce_cca.expose()].concat();
        self.seal(lid_ca).close(SecretBytes::new(both).expose(), env.rng)
    }

    /// Opens what [`CertificateAuthority::seal_reply`] sealed.
    pub(super) fn open_reply(
        &self,
        lid_ca: &[u8],
        sealed: &Octets,
    ) -> Result<ReplySecrets, RecordsError> {
        let both = self.seal(lid_ca).open(sealed)?;
        let halves = both.expose().split_first_chunk::<32>();
        let secrets = halves.and_then(|(back_key, nonce)| {
            let nonce_cca = NonceCca::new(nonce.try_into().ok()?);
            Some(ReplySecrets { back_key: BackKey::new(*back_key), nonce_cca })
        });
        secrets.ok_or_else(|| RecordsError {
            attempt: "read the secrets of a registration".into(),
            cause: "they do not have 64 octets".into(),
        })
    }

    /// The seal of a registration's secrets.
    pub(super) fn seal<'a>(&'a self, lid_ca: &'a [u8]) -> Seal<'a> {
        Seal { key: &self.identity.record_key, table: SESSIONS.name, record: lid_ca }
    }

    fn keep(&self, lid_ca: &[u8], session: &Session, env: &mut Env<'_>) {
        SESSIONS.put(env.records, lid_ca, session);
        let days = SignedDuration::from_hours(24 * i64::from(self.config.pending_days));
        SESSIONS.set_alarm(env.records, lid_ca, Some(after(env.now, days)));
    }
}

/// Who refuses an applicant that the lists or the operator turn away.
pub(super) fn refusal_code(applicant: &Applicant) -> CertStatusCode {
    match applicant {
        Applicant::Cardholder { .. } => CertStatusCode::RejectedByIssuer,
        Applicant::Merchant { .. } | Applicant::Gateway { .. } => {
            CertStatusCode::RejectedByAcquirer
        }
    }
}

fn after(now: Timestamp, span: SignedDuration) -> Timestamp {
    now.checked_add(span).unwrap_or(Timestamp::MAX)
}
