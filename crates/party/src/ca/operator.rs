//! The operator's commands: deciding pending requests, certifying authorities, looking.

use counterfoil_message::exchange::certificate_request::CertStatusCode;
use counterfoil_message::registration::RequestType;
use counterfoil_pki::Certificate;
use counterfoil_pki::issue::{Profile, issue, profile};
use counterfoil_pki::name::{AttributeKind, DistinguishedName};

use super::CertificateAuthority;
use super::books::{
    Application, BCI, COUNTS, CURRENT, ISSUED_COUNT, OPEN_SESSIONS, SESSIONS, Session, SessionState,
};
use super::command::{
    AuthorityKey, AuthorityRequest, Command, CommandError, Outcome, PAGE_MAX, PendingRequest,
    Status,
};
use super::config::CaKind;
use super::issuing::{KeyState, NotIssued, key_state, record};
use super::session::refusal_code;
use crate::event::Event;
use crate::machine::Env;
use crate::records::{Records, RecordsError};

/// Most registrations that are looked through for one page of pending ones.
const LOOKED_THROUGH_MAX: usize = 10_000;

/// What the applicant is told when the operator gives no reason.
const NO_REASON: &str = "the request was looked at and refused";

impl CertificateAuthority {
    /// Carries out a command.
    pub(super) fn command(
        &self,
        command: Command,
        env: &mut Env<'_>,
    ) -> Result<(Outcome, Option<Event>), RecordsError> {
        let outcome = match command {
            Command::ListPending { after, limit } => {
                self.list_pending(after.as_deref(), limit, env.records)?
            }
            Command::Approve { registration } => return self.approve(&registration, env),
            Command::Refuse { registration, message } => {
                return self.refuse(&registration, message.as_deref(), env);
            }
            Command::CertifyAuthority(request) => return self.certify_authority(&request, env),
            Command::Revoke { serial, reason } => {
                let outcome = self.revoke(&serial, reason, env)?;
                let event = Event::warning("certificate.revoked").with("serial", serial);
                let done = !matches!(outcome, Outcome::Refused { .. });
                return Ok((outcome, done.then_some(event)));
            }
            Command::IssueCrl => self.issue_crl(env)?,
            Command::Crl => self.current_crl(env.records)?,
            Command::AddCrl { crl, certificates } => self.add_crl(&crl.0, &certificates, env)?,
            Command::Bci => self.current_bci(env.records)?,
            Command::SetBci { bci } => self.set_bci(&bci.0, env)?,
            Command::Chain => Outcome::Chain {
                certificates: self
                    .identity
                    .certificates()
                    .iter()
                    .map(Certificate::to_pem)
                    .collect(),
            },
            Command::Status => Outcome::Status(self.status(env.records)?),
        };
        Ok((outcome, None))
    }

    fn list_pending(
        &self,
        after: Option<&str>,
        limit: usize,
        records: &dyn Records,
    ) -> Result<Outcome, RecordsError> {
        let limit = limit.clamp(1, PAGE_MAX);
        let mut after = match after.map(hex::decode).transpose() {
            Ok(after) => after,
            Err(_) => return Ok(CommandError::RegistrationUnknown.into()),
        };
        let mut requests = Vec::new();
        for _ in 0..LOOKED_THROUGH_MAX / PAGE_MAX {
            let rows = SESSIONS.scan(records, &[], after.as_deref(), PAGE_MAX)?;
            let exhausted = rows.len() < PAGE_MAX;
            for (lid_ca, session) in rows {
                if let SessionState::Pending(application) = &session.state {
                    requests.push(self.pending_request(&lid_ca, &session, application)?);
                }
                after = Some(lid_ca);
                if requests.len() == limit {
                    return Ok(Outcome::Pending { requests, next: after.map(hex::encode) });
                }
            }
            if exhausted {
                return Ok(Outcome::Pending { requests, next: None });
            }
        }
        Ok(Outcome::Pending { requests, next: after.map(hex::encode) })
    }

    fn pending_request(
        &self,
        lid_ca: &[u8],
        session: &Session,
        application: &Application,
    ) -> Result<PendingRequest, RecordsError> {
        let answers = self.seal(lid_ca).open(&application.answers)?;
        let answers = serde_json::from_slice(answers.expose()).map_err(|error| RecordsError {
            attempt: "read the answers of a pending request".into(),
            cause: error.to_string(),
        })?;
        let request_type = RequestType::from_number(session.request_type);
        Ok(PendingRequest {
            registration: hex::encode(lid_ca),
            applicant: session.applicant.clone(),
            request_type: request_type.map_or("unknown", RequestType::name).to_owned(),
            since: application.at,
            answers,
        })
    }

    fn approve(
        &self,
        registration: &str,
        env: &mut Env<'_>,
    ) -> Result<(Outcome, Option<Event>), RecordsError> {
        let (lid_ca, session, application) = match self.pending(registration, env.records)? {
            Ok(pending) => pending,
            Err(error) => return Ok((error.into(), None)),
        };
        match self.complete(&lid_ca, session, &application, env) {
            Ok(certificates) => {
                let event = Event::info("registration.approved").with("registration", registration);
                let certificates = certificates.iter().map(Certificate::to_pem).collect();
                Ok((Outcome::Certified { certificates }, Some(event)))
            }
            Err(NotIssued::Refused(reason)) => {
                Ok((CommandError::NotCertifiable(reason).into(), None))
            }
            Err(NotIssued::Storage(error)) => Err(error),
        }
    }

    fn refuse(
        &self,
        registration: &str,
        message: Option<&str>,
        env: &mut Env<'_>,
    ) -> Result<(Outcome, Option<Event>), RecordsError> {
        let (lid_ca, session, application) = match self.pending(registration, env.records)? {
            Ok(pending) => pending,
            Err(error) => return Ok((error.into(), None)),
        };
        let code: CertStatusCode = refusal_code(&session.applicant);
        let status = (code, message.unwrap_or(NO_REASON));
        self.close_refused(&lid_ca, session, &application, status, env);
        let event = Event::info("registration.refused")
            .with("registration", registration)
            .with("status", code.name());
        Ok((Outcome::Done, Some(event)))
    }

    /// The registration with this label, when it waits for a decision.
    #[allow(clippy::type_complexity, reason = "the three things belong together once only")]
    fn pending(
        &self,
        registration: &str,
        records: &dyn Records,
    ) -> Result<Result<(Vec<u8>, Session, Application), CommandError>, RecordsError> {
        let Ok(lid_ca) = hex::decode(registration.trim()) else {
            return Ok(Err(CommandError::RegistrationUnknown));
        };
        let Some(session) = SESSIONS.get(records, &lid_ca)? else {
            return Ok(Err(CommandError::RegistrationUnknown));
        };
        match &session.state {
            SessionState::Pending(application) => {
                let application = (**application).clone();
                Ok(Ok((lid_ca, session, application)))
            }
            _ => Ok(Err(CommandError::NotPending)),
        }
    }

    fn certify_authority(
        &self,
        request: &AuthorityRequest,
        env: &mut Env<'_>,
    ) -> Result<(Outcome, Option<Event>), RecordsError> {
        if key_state(env.records, &request.spki.0)? != KeyState::Fresh {
            return Ok((CommandError::KeyNotAccepted.into(), None));
        }
        let subject = match authority_name(request) {
            Ok(subject) => subject,
            Err(error) => {
                return Ok((CommandError::NotCertifiable(error.to_string()).into(), None));
            }
        };
        let template =
            self.template(subject, authority_profile(request), request.days, None, env.now);
        match issue(&template, &self.identity.issuer(), &request.spki.0, env.rng) {
            Ok(certificate) => {
                record(env.records, &certificate, None, None, env.now)?;
                let event = Event::info("authority.certified")
                    .with("kind", request.kind.name())
                    .with("subject", certificate.subject().to_string());
                Ok((Outcome::Certified { certificates: vec![certificate.to_pem()] }, Some(event)))
            }
            Err(error) => Ok((CommandError::NotCertifiable(error.to_string()).into(), None)),
        }
    }

    fn status(&self, records: &dyn Records) -> Result<Status, RecordsError> {
        let certificate = &self.identity.issuing_certificate;
        let crl = self.stored_crl(records)?;
        let number = COUNTS.get(records, super::books::CRL_NUMBER)?;
        Ok(Status {
            kind: self.config.kind,
            brand: self.config.brand.clone(),
            subject: certificate.subject().to_string(),
            valid_until: certificate.not_after(),
            registrations: COUNTS.get(records, OPEN_SESSIONS)?.unwrap_or(0),
            issued: COUNTS.get(records, ISSUED_COUNT)?.unwrap_or(0),
            revoked: self.revoked_count(records)?,
            crl_number: number,
            crl_next_update: crl.map(|crl| crl.next_update),
            bci_not_after: BCI.get(records, CURRENT)?.map(|bci| bci.not_after),
        })
    }
}

fn authority_name(
    request: &AuthorityRequest,
) -> Result<DistinguishedName, counterfoil_pki::PkiError> {
    let mut parts = vec![
        (AttributeKind::Country, request.country.as_str()),
        (AttributeKind::Organization, request.brand.as_str()),
    ];
    if let Some(unit) = &request.unit {
        parts.push((AttributeKind::OrganizationalUnit, unit));
    }
    if let Some(name) = &request.name {
        parts.push((AttributeKind::CommonName, name));
    }
    DistinguishedName::of(&parts)
}

fn authority_profile(request: &AuthorityRequest) -> Profile {
    let role = request.kind.role();
    match (request.key, request.kind) {
        (AuthorityKey::Signature, _) => profile::ca_signature(role),
        (AuthorityKey::Exchange, _) => profile::ca_exchange(role),
        (AuthorityKey::Issuing, CaKind::Root) => profile::root(None),
        (AuthorityKey::Issuing, CaKind::Brand) => profile::brand(),
        (AuthorityKey::Issuing, CaKind::Geo) => profile::geo(),
        (AuthorityKey::Issuing, CaKind::Cca | CaKind::Mca | CaKind::Pca) => {
            profile::issuing_ca(role, request.crls)
        }
    }
}
