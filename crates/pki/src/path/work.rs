//! What one validation may spend, and the signatures that it has verified already.

use std::collections::BTreeMap;

use super::{PathInput, error::Rule, signature::SignatureRefusal, signature::Signed};
use crate::{
    certificate::Certificate,
    crl::Crl,
    limit::{PATH_ATTEMPTS_MAX, PATH_SIGNATURES_MAX, PATH_STEPS_MAX, REVOCATION_PAIRS_MAX},
    thumb::Thumb,
};

/// Counts down; remembers signatures by the object and the signer's certificate.
pub(super) struct Work<'a> {
    pub(super) input: PathInput<'a>,
    /// The newest first, so that a newer list outweighs an older one that is still fresh.
    pub(super) crls: Vec<&'a Crl>,
    steps_left: usize,
    attempts_left: usize,
    pairs_left: usize,
    signatures_left: usize,
    verdicts: BTreeMap<(Thumb, Thumb), Result<(), Rule>>,
    /// Signers of CRLs whose own validation is under way, innermost last.
    pub(super) signers: Vec<Thumb>,
}

impl<'a> Work<'a> {
    pub(super) fn new(input: &PathInput<'a>) -> Self {
        let mut crls: Vec<&Crl> = input.crls.iter().collect();
        crls.sort_by_key(|crl| std::cmp::Reverse((crl.this_update(), crl.number())));
        Self {
            input: *input,
            crls,
            steps_left: PATH_STEPS_MAX,
            attempts_left: PATH_ATTEMPTS_MAX,
            pairs_left: REVOCATION_PAIRS_MAX,
            signatures_left: PATH_SIGNATURES_MAX,
            verdicts: BTreeMap::new(),
            signers: Vec::new(),
        }
    }

    /// One more candidate is looked at.
    pub(super) fn step(&mut self) -> Result<(), Rule> {
        spend(&mut self.steps_left)
    }

    /// One more complete path is validated.
    pub(super) fn attempt(&mut self) -> Result<(), Rule> {
        spend(&mut self.attempts_left)
    }

    /// One more CRL is looked at for a distribution point.
    pub(super) fn pair(&mut self) -> Result<(), Rule> {
        spend(&mut self.pairs_left)
    }

    /// Did the key of `issuer` sign `certificate`?
    pub(super) fn certificate_signed(
        &mut self,
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Result<(), Rule> {
        let signed = Signed {
            signer: issuer,
            algorithm_der: certificate.signature_algorithm_der(),
            message: certificate.tbs_der(),
            signature: certificate.signature(),
        };
        self.signed((certificate.thumb(), issuer.thumb()), &signed)
    }

    /// Did the key of `signer` sign `crl`?
    pub(super) fn crl_signed(&mut self, crl: &Crl, signer: &Certificate) -> Result<(), Rule> {
        let signed = Signed {
            signer,
            algorithm_der: crl.signature_algorithm_der(),
            message: crl.tbs_der(),
            signature: crl.signature(),
        };
        self.signed((crl.thumb(), signer.thumb()), &signed)
    }

    /// The signatures that were found good: object and signer.
    pub(super) fn good_signatures(&self) -> Vec<(Thumb, Thumb)> {
        let good = self.verdicts.iter().filter(|(_, verdict)| verdict.is_ok());
        good.map(|(key, _)| *key).collect()
    }

    fn signed(&mut self, key: (Thumb, Thumb), signed: &Signed<'_>) -> Result<(), Rule> {
        if let Some(verdict) = self.verdicts.get(&key) {
            return *verdict;
        }
        if self.input.signatures.is_known(key.0, key.1) {
            return Ok(());
        }
        spend(&mut self.signatures_left)?;
        let verdict = self.input.signatures.check(signed).map_err(|refusal| match refusal {
            SignatureRefusal::Invalid => Rule::SignatureInvalid,
            SignatureRefusal::Algorithm(_) => Rule::AlgorithmRefused,
        });
        self.verdicts.insert(key, verdict);
        verdict
    }
}

fn spend(left: &mut usize) -> Result<(), Rule> {
    *left = left.checked_sub(1).ok_or(Rule::WorkLimit)?;
    Ok(())
}
