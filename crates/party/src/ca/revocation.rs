//! Revoking certificates, and the CRL that says so: made anew when something changes and in any
//! case before the last one ends.

use counterfoil_pki::crl::Crl;
use counterfoil_pki::issue::{CrlTemplate, Revoked};
use counterfoil_pki::{Certificate, PkiError};
use jiff::{SignedDuration, Timestamp};

use super::CertificateAuthority;
use super::books::{
    COUNTS, CRL_NUMBER, CRLS, CURRENT, ISSUED, REVOKED, REVOKED_COUNT, Revocation, StoredCrl,
    next_count,
};
use super::command::{CommandError, Outcome, RevocationReason};
use super::config::Publication;
use crate::event::Event;
use crate::machine::Env;
use crate::records::{Octets, Records, RecordsError};

/// Most revocations that are read at a time.
const REVOCATIONS_PER_READ: usize = 1_000;

/// Most revocations that one CRL may name; a CA that has more must split its work.
pub const REVOCATIONS_MAX: usize = 40_000;

/// Minutes after which a CRL or BCI that could not be made is tried again.
pub const RETRY_MINUTES: i64 = 10;

/// What came of making a CRL or BCI.
pub(super) type Made<T> = Result<Result<T, CommandError>, RecordsError>;

impl CertificateAuthority {
    /// Revokes a certificate of this CA.
    pub(super) fn revoke(
        &self,
        serial: &str,
        reason: RevocationReason,
        env: &mut Env<'_>,
    ) -> Result<Outcome, RecordsError> {
        let Ok(serial) = hex::decode(serial.trim()) else {
            return Ok(CommandError::SerialUnknown.into());
        };
        let Some(issued) = ISSUED.get(env.records, &serial)? else {
            return Ok(CommandError::SerialUnknown.into());
        };
        if REVOKED.get(env.records, &serial)?.is_some() {
            return Ok(CommandError::RevokedAlready.into());
        }
        let certificate = match Certificate::from_der(&issued.der.0) {
            Ok(certificate) => certificate,
            Err(error) => return Ok(CommandError::Unable(error.to_string()).into()),
        };
        let revocation = Revocation {
            at: env.now,
            reason: reason.crl_reason() as u8,
            not_after: certificate.not_after(),
        };
        REVOKED.put(env.records, &serial, &revocation);
        next_count(env.records, REVOKED_COUNT)?;
        if !self.identity.publishes_crl() {
            return Ok(Outcome::Done);
        }
        self.issue_crl(env)
    }

    /// Makes a new CRL, and with it a new BCI where this is the brand.
    pub(super) fn issue_crl(&self, env: &mut Env<'_>) -> Result<Outcome, RecordsError> {
        if !self.identity.publishes_crl() {
            return Ok(CommandError::NoCrls.into());
        }
        match self.make_crl(env)? {
            Err(error) => Ok(error.into()),
            Ok(crl) => match self.refresh_bci(env)? {
                Err(error) => Ok(error.into()),
                Ok(()) => Ok(crl_outcome(&crl)),
            },
        }
    }

    /// The current CRL.
    pub(super) fn current_crl(&self, records: &dyn Records) -> Result<Outcome, RecordsError> {
        Ok(match self.stored_crl(records)? {
            None => CommandError::NoCrls.into(),
            Some(stored) => match Crl::from_der(&stored.der.0) {
                Ok(crl) => crl_outcome(&crl),
                Err(error) => CommandError::Unable(error.to_string()).into(),
            },
        })
    }

    /// The current CRL of this CA, as stored.
    pub(super) fn stored_crl(
        &self,
        records: &dyn Records,
    ) -> Result<Option<StoredCrl>, RecordsError> {
        CRLS.get(records, &crl_key(self.identity.issuing_certificate.subject().der()))
    }

    /// Makes and stores a CRL and sets the alarm for the next one.
    fn make_crl(&self, env: &mut Env<'_>) -> Made<Crl> {
        let Some(revoked) = self.revoked(env.records, env.now)? else {
            let reason = format!("there are more than {REVOCATIONS_MAX} revocations");
            return Ok(Err(CommandError::Unable(reason)));
        };
        let number = next_count(env.records, CRL_NUMBER)?;
        let next_update = end_of(self.config.crl, env.now);
        let template = CrlTemplate { number, this_update: env.now, next_update, revoked: &revoked };
        let crl = match self.identity.issuer().crl(&template, env.rng) {
            Ok(crl) => crl,
            Err(error) => return Ok(Err(unable(&error))),
        };
        let stored =
            StoredCrl { der: Octets(crl.der().to_vec()), next_update, certificates: Vec::new() };
        CRLS.put(env.records, &crl_key(crl.issuer().der()), &stored);
        CRLS.set_alarm(env.records, CURRENT, Some(renewal_of(self.config.crl, env.now)));
        Ok(Ok(crl))
    }

    /// The revocations that a CRL of now names; none when there are too many.
    ///
    /// A certificate that has ended stays on the CRLs of one more period (RFC 5280 3.3 asks for
    /// one CRL after its end).
    fn revoked(
        &self,
        records: &dyn Records,
        now: Timestamp,
    ) -> Result<Option<Vec<Revoked>>, RecordsError> {
        let keep = SignedDuration::from_hours(i64::from(self.config.crl.valid_hours));
        let mut revoked = Vec::new();
        let mut after: Option<Vec<u8>> = None;
        loop {
            let rows = REVOKED.scan(records, &[], after.as_deref(), REVOCATIONS_PER_READ)?;
            let Some((last, _)) = rows.last() else { return Ok(Some(revoked)) };
            after = Some(last.clone());
            for (serial, revocation) in rows {
                if revocation.not_after.checked_add(keep).is_ok_and(|until| until < now) {
                    continue;
                }
                if revoked.len() == REVOCATIONS_MAX {
                    return Ok(None);
                }
                let reason = RevocationReason::ALL
                    .iter()
                    .find_map(|(_, crl)| (*crl as u8 == revocation.reason).then_some(*crl));
                revoked.push(Revoked {
                    serial,
                    revoked_at: revocation.at,
                    reason: reason.unwrap_or(counterfoil_pki::crl::Reason::Unspecified),
                });
            }
        }
    }

    /// The alarm of the CRL: makes the next one, or tries again in a while.
    pub(super) fn crl_due(&self, env: &mut Env<'_>) -> Result<Event, RecordsError> {
        let made = self.make_crl(env)?;
        let refreshed = match made {
            Ok(crl) => self.refresh_bci(env)?.map(|()| crl),
            Err(error) => Err(error),
        };
        Ok(match refreshed {
            Ok(crl) => Event::info("crl.issued").with("number", number_of(&crl)),
            Err(error) => {
                CRLS.set_alarm(env.records, CURRENT, Some(retry_at(env.now)));
                Event::error("crl.not_issued").with("reason", error.to_string())
            }
        })
    }

    /// How many certificates are revoked.
    pub(super) fn revoked_count(&self, records: &dyn Records) -> Result<u64, RecordsError> {
        Ok(COUNTS.get(records, REVOKED_COUNT)?.unwrap_or(0))
    }
}

/// The key of an issuer's CRL in [`CRLS`].
pub(super) fn crl_key(issuer_name_der: &[u8]) -> [u8; 32] {
    counterfoil_crypto::digest::sha256(issuer_name_der)
}

/// When a CRL or BCI that is made now ends.
pub(super) fn end_of(publication: Publication, now: Timestamp) -> Timestamp {
    after_hours(now, publication.valid_hours)
}

/// When the one after it is made.
pub(super) fn renewal_of(publication: Publication, now: Timestamp) -> Timestamp {
    after_hours(now, publication.valid_hours.saturating_sub(publication.renew_hours))
}

/// When something that could not be made is tried again.
pub(super) fn retry_at(now: Timestamp) -> Timestamp {
    now.checked_add(SignedDuration::from_mins(RETRY_MINUTES)).unwrap_or(Timestamp::MAX)
}

fn after_hours(now: Timestamp, hours: u32) -> Timestamp {
    now.checked_add(SignedDuration::from_hours(i64::from(hours))).unwrap_or(Timestamp::MAX)
}

pub(super) fn unable(error: &PkiError) -> CommandError {
    CommandError::Unable(error.to_string())
}

fn number_of(crl: &Crl) -> u64 {
    crl.number().and_then(|number| number.value()).unwrap_or(0)
}

fn crl_outcome(crl: &Crl) -> Outcome {
    Outcome::Crl {
        crl: crl.to_pem(),
        number: number_of(crl),
        next_update: crl.next_update().unwrap_or(Timestamp::MAX),
    }
}
