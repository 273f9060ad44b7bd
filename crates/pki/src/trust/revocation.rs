//! Taking in CRLs and BCIs, and asking whether a brand's revocation state is complete.

use std::collections::btree_map::Entry;

use jiff::Timestamp;

use super::{BciRule, Need, Trust, TrustError, Usage, brand_key, need::VerifiedPath};
use crate::{
    bci::Bci,
    certificate::Certificate,
    crl::Crl,
    extension::{KeyUsage, Roles},
    hierarchy::CA_ROLES,
    limit::{BCI_CRLS_MAX, TRUST_BRANDS_MAX, TRUST_CRLS_MAX},
    path::{CurrentAlgorithms, SignatureCheck, Signed, SignedKind},
};

/// What became of a CRL or BCI that was offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Taken {
    /// It is new and held from now on.
    New,
    /// It was held already.
    Held,
    /// It is older than what is held, hence ignored.
    Older,
}

/// A brand's BCI and until when the CRLs that it names are held and fresh.
pub(super) struct BrandState {
    pub(super) bci: Bci,
    complete_until: Result<Timestamp, TrustError>,
}

impl Trust {
    /// Takes in CRLs, in any order: each has to be fresh and signed by a CA of SET whose own path
    /// is valid, if need be with the help of the others. Says how many are new.
    ///
    /// # Errors
    /// [`TrustError`] of the first CRL that is refused; those that are good are kept all the same.
    pub fn add_crls(
        &mut self,
        crls: &[Crl],
        bag: &[Certificate],
        now: Timestamp,
    ) -> Result<usize, TrustError> {
        if crls.len() > BCI_CRLS_MAX {
            return Err(TrustError::TooManyCrls { count_max: BCI_CRLS_MAX });
        }
        let mut refused = None;
        let mut new: Vec<&Crl> = Vec::new();
        for crl in crls {
            match self.crl_is_new(crl, now) {
                Ok(Taken::New) => new.push(crl),
                Ok(Taken::Held | Taken::Older) => {}
                Err(error) => drop(refused.get_or_insert(error)),
            }
        }
        let batch: Vec<Crl> = new.iter().map(|crl| (*crl).clone()).collect();
        let mut taken = 0;
        for crl in new {
            match self.take_crl(crl, bag, now, &batch) {
                Ok(()) => taken += 1,
                Err(error) => drop(refused.get_or_insert(error)),
            }
        }
        if taken > 0 {
            self.revocation_changed();
        }
        refused.map_or(Ok(taken), Err)
    }

    /// Whether a CRL is worth verifying.
    fn crl_is_new(&self, crl: &Crl, now: Timestamp) -> Result<Taken, TrustError> {
        let held = self.crls.get(crl.issuer());
        if held.is_some_and(|held| held.tbs_der() == crl.tbs_der()) {
            return Ok(Taken::Held);
        }
        let issuer = || crl.issuer().to_string();
        let unsupported = |reason| Err(TrustError::CrlUnsupported { issuer: issuer(), reason });
        let Some(number) = crl.number() else { return unsupported("it has no number") };
        if crl.base_number().is_some() || crl.issuing_point().is_some() {
            return unsupported("it is not the complete list of its issuer");
        }
        if crl.unknown_critical().is_some() {
            return unsupported("it has a critical extension that is not understood");
        }
        if held.is_some_and(|held| held.number() > crl.number()) {
            return Ok(Taken::Older);
        }
        if held.is_some_and(|held| held.number() == crl.number()) {
            return Err(TrustError::CrlConflict { issuer: issuer(), number: number.to_string() });
        }
        let age = self.settings.crl_age_max;
        let old = age.is_some_and(|max| now.duration_since(crl.this_update()) > max);
        if old || !crl.is_fresh(now) {
            return Err(TrustError::CrlNotFresh { issuer: issuer(), now });
        }
        Ok(Taken::New)
    }

    fn take_crl(
        &mut self,
        crl: &Crl,
        bag: &[Certificate],
        now: Timestamp,
        batch: &[Crl],
    ) -> Result<(), TrustError> {
        let unknown = || TrustError::CrlSignerUnknown { issuer: crl.issuer().to_string() };
        let signers = self.signers(crl, bag);
        let mut refused = None;
        for signer in &signers {
            let trusted = self.is_root(signer, now)
                || match self.verify_path(signer, bag, now, batch) {
                    Ok(path) => path.chain[0].roles().intersects(CA_ROLES),
                    Err(error) => {
                        refused.get_or_insert(error);
                        false
                    }
                };
            if !trusted {
                continue;
            }
            let full = self.crls.len() == TRUST_CRLS_MAX;
            match self.crls.entry(crl.issuer().clone()) {
                // Within one batch there may be two of one issuer.
                Entry::Occupied(held) if held.get().number() >= crl.number() => {}
                Entry::Occupied(mut held) => drop(held.insert(crl.clone())),
                Entry::Vacant(_) if full => {
                    return Err(TrustError::TooManyCrls { count_max: TRUST_CRLS_MAX });
                }
                Entry::Vacant(place) => drop(place.insert(crl.clone())),
            }
            return Ok(());
        }
        Err(refused.unwrap_or_else(unknown))
    }

    /// The certificates that are given or held whose key signed `crl`, at most a few.
    fn signers(&self, crl: &Crl, bag: &[Certificate]) -> Vec<Certificate> {
        const SIGNERS_MAX: usize = 8;
        let candidates = self.roots.iter().chain(bag).chain(self.cas.iter()).filter(|candidate| {
            candidate.subject() == crl.issuer()
                && candidate.key_usage().is_some_and(|usage| usage.contains(KeyUsage::CRL_SIGN))
        });
        let mut found: Vec<Certificate> = Vec::new();
        for signer in candidates.take(SIGNERS_MAX) {
            let signed = Signed {
                kind: SignedKind::Crl,
                signer,
                algorithm_der: crl.signature_algorithm_der(),
                message: crl.tbs_der(),
                signature: crl.signature(),
            };
            if !found.contains(signer) && CurrentAlgorithms.check(&signed).is_ok() {
                found.push(signer.clone());
            }
        }
        found
    }

    fn is_root(&self, certificate: &Certificate, now: Timestamp) -> bool {
        let valid = certificate.not_before() <= now && now <= certificate.not_after();
        valid && self.roots.contains(certificate)
    }

    /// Takes in a BCI that the CA of its brand has signed.
    ///
    /// # Errors
    /// [`TrustError::BciNotFresh`], [`TrustError::BciSignature`], [`TrustError::BciConflict`],
    /// [`TrustError::TooManyBrands`], and those of the brand CA's path.
    pub fn set_bci(
        &mut self,
        bci: &Bci,
        bag: &[Certificate],
        now: Timestamp,
    ) -> Result<Taken, TrustError> {
        let brand = || bci.brand().to_owned();
        let key = brand_key(bci.brand());
        if let Some(held) = self.brands.get(&key).map(|state| &state.bci) {
            if held.says_the_same(bci) {
                return Ok(Taken::Held);
            }
            if held.sequence() > bci.sequence() {
                return Ok(Taken::Older);
            }
            if held.sequence() == bci.sequence() {
                let sequence = bci.sequence();
                return Err(TrustError::BciConflict { brand: brand(), sequence });
            }
        } else if self.brands.len() == TRUST_BRANDS_MAX {
            return Err(TrustError::TooManyBrands { count_max: TRUST_BRANDS_MAX });
        }
        if now < bci.not_before() || bci.not_after() < now {
            return Err(TrustError::BciNotFresh { brand: brand(), now });
        }
        self.check_bci_signer(bci, bag, now)?;
        let complete_until = self.complete_until(bci);
        self.brands.insert(key, BrandState { bci: bci.clone(), complete_until });
        self.revision += 1;
        Ok(Taken::New)
    }

    fn check_bci_signer(
        &mut self,
        bci: &Bci,
        bag: &[Certificate],
        now: Timestamp,
    ) -> Result<(), TrustError> {
        let signature = |reason: String| {
            let brand = bci.brand().to_owned();
            TrustError::BciSignature { brand, reason }
        };
        let named = |certificate: &&Certificate| bci.is_signed_under(certificate);
        let signer = {
            let mut candidates = bag.iter().chain(bci.certificates()).chain(self.cas.iter());
            candidates.find(named).cloned()
        };
        let signer = signer.ok_or_else(|| signature("its certificate is not there".into()))?;
        let bag: Vec<Certificate> = bag.iter().chain(bci.certificates()).cloned().collect();
        self.verify_path(&signer, &bag, now, &[])?;
        let need = Need { roles: Roles::BCA, usage: Usage::Revoke, brand: Some(bci.brand()) };
        need.check(&signer)?;
        bci.verify_signature(&signer).map_err(|error| signature(error.to_string()))
    }

    /// Until when every CRL that `bci` names is held and fresh.
    fn complete_until(&self, bci: &Bci) -> Result<Timestamp, TrustError> {
        let mut until = bci.not_after();
        for named in bci.crls() {
            let issuer = || named.issuer.to_string();
            let number = || named.number.to_string();
            let held = self.crls.get(&named.issuer);
            let missing = || TrustError::CrlMissing { issuer: issuer(), number: number() };
            let held = held.ok_or_else(missing)?;
            // A newer CRL than the BCI names is as good: it says all that the older one said.
            match held.number() {
                Some(have) if *have >= named.number => {}
                have => {
                    let held = have.map(ToString::to_string).unwrap_or_default();
                    return Err(TrustError::CrlOutdated {
                        issuer: issuer(),
                        held,
                        number: number(),
                    });
                }
            }
            until = until.min(held.next_update().unwrap_or(until));
        }
        Ok(until)
    }

    /// Answers that stand on older CRLs are forgotten.
    fn revocation_changed(&mut self) {
        self.paths.expire();
        self.revision += 1;
        let brands: Vec<String> = self.brands.keys().cloned().collect();
        for key in brands {
            let Some(bci) = self.brands.get(&key).map(|state| state.bci.clone()) else { continue };
            let complete_until = self.complete_until(&bci);
            self.brands.insert(key, BrandState { bci, complete_until });
        }
    }

    /// Is the brand's BCI fresh, and is every CRL that it names held and fresh?
    pub(super) fn check_bci(&self, path: &VerifiedPath, now: Timestamp) -> Result<(), TrustError> {
        let brand = || path.chain[0].brand().unwrap_or_default().to_owned();
        let Some(BrandState { bci, complete_until }) = self.brands.get(&path.brand_key) else {
            return match self.settings.bci {
                BciRule::Required => Err(TrustError::BciMissing { brand: brand() }),
                BciRule::IfHeld => Ok(()),
            };
        };
        if now < bci.not_before() || bci.not_after() < now {
            return Err(TrustError::BciNotFresh { brand: brand(), now });
        }
        if complete_until.clone()? < now {
            let overdue = bci
                .crls()
                .iter()
                .find(|named| self.crls.get(&named.issuer).is_some_and(|crl| !crl.is_fresh(now)));
            let issuer = overdue.map(|named| named.issuer.to_string()).unwrap_or_default();
            return Err(TrustError::CrlNotFresh { issuer, now });
        }
        Ok(())
    }
}
