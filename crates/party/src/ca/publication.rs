//! The brand's revocation state at a CA: which CRLs and which BrandCRLIdentifier go along with
//! answers, and how the brand CA makes the latter.
//!
//! SET distributes both with messages of their own (CRLNotification, BCIDistribution); here the
//! operator hands them over ([`Command::AddCrl`], [`Command::SetBci`]).
//!
//! [`Command::AddCrl`]: super::Command::AddCrl
//! [`Command::SetBci`]: super::Command::SetBci

use counterfoil_pki::bci::Bci;
use counterfoil_pki::issue::BciTemplate;
use counterfoil_pki::trust::{BciRule, Taken, Trust, TrustSettings};
use counterfoil_pki::{Certificate, Crl};
use jiff::{SignedDuration, Timestamp};

use super::CertificateAuthority;
use super::books::{
    BCI, BCI_SEQUENCE, COUNTS, CRL_NUMBER, CRLS, CURRENT, StoredBci, StoredCrl, next_count,
};
use super::command::{CommandError, Outcome};
use super::config::{CaConfigError, CaKind};
use super::revocation::{Made, crl_key, end_of, retry_at, unable};
use crate::event::Event;
use crate::machine::Env;
use crate::records::{Octets, Records, RecordsError};

/// Most CRLs of one brand that a CA holds: all of them go along with one answer.
pub const CRLS_HELD_MAX: usize = 8;

/// Most certificates that prove one of these CRLs.
pub const CRL_CERTIFICATES_MAX: usize = 2;

/// What a CA is given when it starts: the CRLs and the BCI of its brand as files hold them, the
/// first ones of its own included.
#[derive(Debug, Clone, Default)]
pub struct Published {
    /// CRLs of this CA and of the others of the brand.
    pub crls: Vec<Crl>,
    /// Certificates of the CAs that signed them, as far as they are not above this CA.
    pub certificates: Vec<Certificate>,
    /// The BrandCRLIdentifier.
    pub bci: Option<Bci>,
}

/// A BCI counts where one is held: a CA begins before its brand has one.
const SETTINGS: TrustSettings = TrustSettings { bci: BciRule::IfHeld, crl_age_max: None };

/// Checks that roots are roots.
pub(super) fn check_roots(roots: &[Certificate]) -> Result<(), CaConfigError> {
    let failed = |reason| CaConfigError { setting: "trust".into(), reason };
    if roots.is_empty() {
        return Err(failed("there is no root certificate".into()));
    }
    Trust::new(roots.to_vec(), SETTINGS).map(|_| ()).map_err(|error| failed(error.to_string()))
}

impl CertificateAuthority {
    /// What follows from roots, CRLs and BCI at this moment.
    pub(super) fn fresh_trust(
        &self,
        records: &dyn Records,
        now: Timestamp,
    ) -> Result<Trust, RecordsError> {
        let mut trust = Trust::new(self.roots.clone(), SETTINGS)
            .expect("invariant: the roots were checked when the CA was made");
        let mut bag = self.identity.certificates();
        trust.learn(&bag);
        bag.extend(self.crl_certificates(records)?);
        // What is refused here, for example because it has ended, is simply not held.
        let _ = trust.add_crls(&self.fresh_crls(records, now)?, &bag, now);
        if let Some(bci) = self.fresh_bci(records, now)? {
            let _ = trust.set_bci(&bci, &bag, now);
        }
        Ok(trust)
    }

    /// Takes over what is newer than what is held. What is refused is told and left out.
    pub(super) fn take_over(
        &self,
        published: &Published,
        env: &mut Env<'_>,
    ) -> Result<Vec<Event>, RecordsError> {
        let mut refused = Vec::new();
        let mut tell = |what: &str, issuer: String, outcome: Outcome| {
            if let Outcome::Refused { message, .. } = outcome {
                let event = Event::warning("published.refused").with("what", what);
                refused.push(event.with("issuer", issuer).with("reason", message));
            }
        };
        for crl in &published.crls {
            let signers = published.certificates.iter().filter(|c| c.subject() == crl.issuer());
            let signers: Vec<Octets> = signers.map(|c| Octets(c.der().to_vec())).collect();
            let outcome = self.add_crl(crl.der(), &signers, env)?;
            tell("crl", crl.issuer().to_string(), outcome);
        }
        if let Some(bci) = &published.bci {
            let outcome = self.set_bci(bci.der(), env)?;
            tell("bci", bci.brand().to_owned(), outcome);
        }
        Ok(refused)
    }

    /// Makes the first CRL and BCI of a CA that has just been set up.
    pub(super) fn begin_publishing(&self, env: &mut Env<'_>) -> Result<(), RecordsError> {
        if self.identity.publishes_crl() && self.stored_crl(env.records)?.is_none() {
            CRLS.set_alarm(env.records, CURRENT, Some(env.now));
        }
        if self.config.kind == CaKind::Brand && BCI.get(env.records, CURRENT)?.is_none() {
            BCI.set_alarm(env.records, CURRENT, Some(env.now));
        }
        Ok(())
    }

    /// The CRLs that are not over.
    pub(super) fn fresh_crls(
        &self,
        records: &dyn Records,
        now: Timestamp,
    ) -> Result<Vec<Crl>, RecordsError> {
        let held = CRLS.scan(records, &[], None, CRLS_HELD_MAX)?;
        held.into_iter()
            .filter(|(_, stored)| stored.next_update > now)
            .map(|(_, stored)| Crl::from_der(&stored.der.0).map_err(|e| unreadable("CRL", &e)))
            .collect()
    }

    /// The certificates that prove the CRLs of other CAs.
    pub(super) fn crl_certificates(
        &self,
        records: &dyn Records,
    ) -> Result<Vec<Certificate>, RecordsError> {
        let held = CRLS.scan(records, &[], None, CRLS_HELD_MAX)?;
        held.iter()
            .flat_map(|(_, stored)| &stored.certificates)
            .map(|der| Certificate::from_der(&der.0).map_err(|e| unreadable("certificate", &e)))
            .collect()
    }

    /// The BrandCRLIdentifier, unless it is over.
    pub(super) fn fresh_bci(
        &self,
        records: &dyn Records,
        now: Timestamp,
    ) -> Result<Option<Bci>, RecordsError> {
        let stored = BCI.get(records, CURRENT)?.filter(|stored| stored.not_after > now);
        let read = |stored: StoredBci| Bci::from_der(&stored.der.0);
        stored.map(read).transpose().map_err(|error| unreadable("BCI", &error))
    }

    /// Takes over the CRL of another CA.
    pub(super) fn add_crl(
        &self,
        der: &[u8],
        certificates: &[Octets],
        env: &mut Env<'_>,
    ) -> Result<Outcome, RecordsError> {
        let refused = |reason: String| Ok(CommandError::NotAccepted(reason).into());
        let read = Crl::from_der(der).and_then(|crl| {
            let certificates: Result<Vec<_>, _> =
                certificates.iter().map(|der| Certificate::from_der(&der.0)).collect();
            Ok((crl, certificates?))
        });
        let (crl, certificates) = match read {
            Ok(read) => read,
            Err(error) => return refused(error.to_string()),
        };
        if certificates.len() > CRL_CERTIFICATES_MAX {
            return refused(format!("more than {CRL_CERTIFICATES_MAX} certificates with it"));
        }
        let key = crl_key(crl.issuer().der());
        let held = CRLS.scan(env.records, &[], None, CRLS_HELD_MAX)?;
        let known = held.iter().any(|(held, _)| *held == key);
        if !known && held.len() == CRLS_HELD_MAX {
            return refused(format!("{CRLS_HELD_MAX} CRLs are held already"));
        }
        let mut trust = self.fresh_trust(env.records, env.now)?;
        let mut bag = self.identity.certificates();
        bag.extend(certificates.iter().cloned());
        match trust.add_crls(std::slice::from_ref(&crl), &bag, env.now) {
            Err(error) => return refused(error.to_string()),
            Ok(0) => return Ok(Outcome::Done),
            Ok(_) => {}
        }
        let stored = StoredCrl {
            der: Octets(crl.der().to_vec()),
            next_update: crl.next_update().unwrap_or(env.now),
            certificates: certificates.iter().map(|c| Octets(c.der().to_vec())).collect(),
        };
        CRLS.put(env.records, &key, &stored);
        if crl.issuer() == self.identity.issuing_certificate.subject() {
            let number = crl.number().and_then(|number| number.value()).unwrap_or(0);
            let before = SignedDuration::from_hours(i64::from(self.config.crl.renew_hours));
            let renewal = stored.next_update.checked_sub(before).unwrap_or(env.now);
            COUNTS.put(env.records, CRL_NUMBER, &number);
            CRLS.set_alarm(env.records, CURRENT, Some(renewal));
        }
        if BCI.get(env.records, CURRENT)?.is_none() {
            // A first BCI is made, or taken over, when all that is known has been taken in.
            return Ok(Outcome::Done);
        }
        Ok(match self.refresh_bci(env)? {
            Ok(()) => Outcome::Done,
            Err(error) => error.into(),
        })
    }

    /// Takes over the BrandCRLIdentifier of the brand.
    pub(super) fn set_bci(&self, der: &[u8], env: &mut Env<'_>) -> Result<Outcome, RecordsError> {
        let refused = |reason: String| Ok(CommandError::NotAccepted(reason).into());
        let bci = match Bci::from_der(der) {
            Ok(bci) => bci,
            Err(error) => return refused(error.to_string()),
        };
        if !counterfoil_pki::hierarchy::same_brand(bci.brand(), &self.config.brand) {
            return refused("it is of another brand".into());
        }
        let mut trust = self.fresh_trust(env.records, env.now)?;
        match trust.set_bci(&bci, &self.identity.certificates(), env.now) {
            Ok(Taken::New) => {}
            Ok(Taken::Held | Taken::Older) => return Ok(Outcome::Done),
            Err(error) => return refused(error.to_string()),
        }
        self.store_bci(&bci, env.records);
        if self.config.kind == CaKind::Brand {
            COUNTS.put(env.records, BCI_SEQUENCE, &bci.sequence());
            self.schedule_bci(bci.not_after(), env);
        }
        Ok(Outcome::Done)
    }

    /// The BrandCRLIdentifier that is held.
    pub(super) fn current_bci(&self, records: &dyn Records) -> Result<Outcome, RecordsError> {
        Ok(match BCI.get(records, CURRENT)? {
            Some(StoredBci { der, not_after }) => Outcome::Bci { bci: der, not_after },
            None => CommandError::NoBci.into(),
        })
    }

    /// Makes a new BrandCRLIdentifier, where this is the brand and has CRLs to name.
    pub(super) fn refresh_bci(&self, env: &mut Env<'_>) -> Made<()> {
        if self.config.kind != CaKind::Brand {
            return Ok(Ok(()));
        }
        let crls = self.fresh_crls(env.records, env.now)?;
        let first_due = crls.iter().filter_map(Crl::next_update).min();
        let end = end_of(self.config.bci, env.now);
        let not_after = first_due.map_or(end, |due| due.min(end));
        let sequence = next_count(env.records, BCI_SEQUENCE)?;
        let template = BciTemplate { sequence, not_before: env.now, not_after, crls: &crls };
        match self.identity.issuer().bci(&template, env.rng) {
            Ok(bci) => {
                self.store_bci(&bci, env.records);
                self.schedule_bci(not_after, env);
                Ok(Ok(()))
            }
            Err(error) => Ok(Err(unable(&error))),
        }
    }

    /// The alarm of the BCI: makes the next one, or tries again in a while.
    pub(super) fn bci_due(&self, env: &mut Env<'_>) -> Result<Event, RecordsError> {
        Ok(match self.refresh_bci(env)? {
            Ok(()) => {
                let held = BCI.get(env.records, CURRENT)?;
                let until = held.map(|bci| bci.not_after.to_string());
                Event::info("bci.issued").with("until", until.unwrap_or_default())
            }
            Err(error) => {
                BCI.set_alarm(env.records, CURRENT, Some(retry_at(env.now)));
                Event::error("bci.not_issued").with("reason", error.to_string())
            }
        })
    }

    /// Sets the alarm for the BCI after the one that ends at `not_after`.
    fn schedule_bci(&self, not_after: Timestamp, env: &mut Env<'_>) {
        let before = SignedDuration::from_hours(i64::from(self.config.bci.renew_hours));
        let renewal = not_after.checked_sub(before).unwrap_or(env.now);
        // A BCI that is short because a CRL in it is about to end: half of what is left.
        let half = SignedDuration::from_secs(not_after.duration_since(env.now).as_secs() / 2);
        let half = env.now.checked_add(half).unwrap_or(env.now);
        BCI.set_alarm(env.records, CURRENT, Some(renewal.max(half).max(retry_at(env.now))));
    }

    fn store_bci(&self, bci: &Bci, records: &mut dyn Records) {
        let der = Octets(bci.der().to_vec());
        BCI.put(records, CURRENT, &StoredBci { der, not_after: bci.not_after() });
    }
}

fn unreadable(what: &str, error: &counterfoil_pki::PkiError) -> RecordsError {
    RecordsError { attempt: format!("read a stored {what}"), cause: error.to_string() }
}
