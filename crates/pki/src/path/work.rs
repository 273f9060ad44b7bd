//! What one validation may spend, and the signatures that it has verified already.

use std::collections::BTreeMap;

use super::{
    PathInput,
    rule::Rule,
    signature::{SignatureRefusal, Signed, SignedKind},
};
use crate::{
    certificate::Certificate,
    crl::Crl,
    limit::{
        NAME_COMPARISONS_MAX, PATH_ATTEMPTS_MAX, PATH_CERTIFICATES_MAX, PATH_POOL_MAX,
        PATH_SIGNATURES_MAX, PATH_STEPS_MAX, REVOCATION_PAIRS_MAX, SEARCH_FACTOR,
    },
    ocsp::OcspResponse,
    thumb::Thumb,
};

/// What one validation may spend before it ends with [`Rule::WorkLimit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathLimits {
    /// Most certificates of one path, the anchor not counted.
    pub certificates_max: usize,
    /// Most certificates in the pool.
    pub pool_max: usize,
    /// Most candidate issuers that are tried.
    pub steps_max: usize,
    /// Most complete paths that are validated.
    pub attempts_max: usize,
    /// Most signatures that are verified, those on CRLs and OCSP responses included.
    pub signatures_max: usize,
    /// Most pairs of a distribution point and a CRL, or of a certificate and an OCSP response.
    pub pairs_max: usize,
    /// Most comparisons of a name and a constraint.
    pub name_comparisons_max: usize,
}

impl PathLimits {
    /// For a peer's message: an honest one needs a tenth of it.
    pub const MESSAGE: Self = Self {
        certificates_max: PATH_CERTIFICATES_MAX,
        pool_max: PATH_POOL_MAX,
        steps_max: PATH_STEPS_MAX,
        attempts_max: PATH_ATTEMPTS_MAX,
        signatures_max: PATH_SIGNATURES_MAX,
        pairs_max: REVOCATION_PAIRS_MAX,
        name_comparisons_max: NAME_COMPARISONS_MAX,
    };

    /// For files that a person wants judged: longer chains, bundles of cross-signed CAs.
    pub const SEARCH: Self = Self {
        certificates_max: 2 * PATH_CERTIFICATES_MAX,
        pool_max: SEARCH_FACTOR * PATH_POOL_MAX,
        steps_max: SEARCH_FACTOR * PATH_STEPS_MAX,
        attempts_max: SEARCH_FACTOR * PATH_ATTEMPTS_MAX,
        signatures_max: SEARCH_FACTOR * PATH_SIGNATURES_MAX,
        pairs_max: SEARCH_FACTOR * REVOCATION_PAIRS_MAX,
        name_comparisons_max: NAME_COMPARISONS_MAX,
    };
}

impl Default for PathLimits {
    fn default() -> Self {
        Self::MESSAGE
    }
}

/// Counts down; remembers signatures by the object and the signer's certificate.
pub(super) struct Work<'a> {
    pub(super) input: PathInput<'a>,
    /// The newest first, so that a newer list outweighs an older one that is still fresh.
    pub(super) crls: Vec<&'a Crl>,
    left: PathLimits,
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
            left: input.settings.limits,
            verdicts: BTreeMap::new(),
            signers: Vec::new(),
        }
    }

    pub(super) fn limits(&self) -> &'a PathLimits {
        &self.input.settings.limits
    }

    /// One more candidate is looked at.
    pub(super) fn step(&mut self) -> Result<(), Rule> {
        spend(&mut self.left.steps_max, 1)
    }

    /// One more complete path is validated.
    pub(super) fn attempt(&mut self) -> Result<(), Rule> {
        spend(&mut self.left.attempts_max, 1)
    }

    /// One more CRL is looked at for a distribution point, or OCSP response for a certificate.
    pub(super) fn pair(&mut self) -> Result<(), Rule> {
        spend(&mut self.left.pairs_max, 1)
    }

    /// So many names are compared with constraints.
    pub(super) fn compare_names(&mut self, count: usize) -> Result<(), Rule> {
        spend(&mut self.left.name_comparisons_max, count)
    }

    /// Did the key of `issuer` sign `certificate`?
    pub(super) fn certificate_signed(
        &mut self,
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Result<(), Rule> {
        let signed = Signed {
            kind: SignedKind::Certificate,
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
            kind: SignedKind::Crl,
            signer,
            algorithm_der: crl.signature_algorithm_der(),
            message: crl.tbs_der(),
            signature: crl.signature(),
        };
        self.signed((crl.thumb(), signer.thumb()), &signed)
    }

    /// Did the key of `signer` sign `response`?
    pub(super) fn ocsp_signed(
        &mut self,
        response: &OcspResponse,
        signer: &Certificate,
    ) -> Result<(), Rule> {
        let signed = Signed {
            kind: SignedKind::Ocsp,
            signer,
            algorithm_der: response.signature_algorithm_der(),
            message: response.tbs_der(),
            signature: response.signature(),
        };
        self.signed((response.thumb(), signer.thumb()), &signed)
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
        spend(&mut self.left.signatures_max, 1)?;
        let verdict = self.input.signatures.check(signed).map_err(|refusal| match refusal {
            SignatureRefusal::Invalid => Rule::SignatureInvalid,
            SignatureRefusal::Algorithm(_) => Rule::AlgorithmRefused,
        });
        self.verdicts.insert(key, verdict);
        verdict
    }
}

fn spend(left: &mut usize, count: usize) -> Result<(), Rule> {
    *left = left.checked_sub(count).ok_or(Rule::WorkLimit)?;
    Ok(())
}
