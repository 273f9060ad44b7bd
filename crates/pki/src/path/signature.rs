//! Verifying signatures on certificates, CRLs and OCSP responses: which algorithms count is an
//! argument.

use std::cell::RefCell;

use counterfoil_crypto::{
    CryptoError,
    signature::{
        SignatureAlgorithm,
        weak::{self, Weakness},
    },
};

use crate::{certificate::Certificate, thumb::Thumb};

/// What was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedKind {
    /// A certificate.
    Certificate,
    /// A CRL.
    Crl,
    /// An OCSP response.
    Ocsp,
}

impl SignedKind {
    /// Its name in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Crl => "CRL",
            Self::Ocsp => "OCSP response",
        }
    }
}

/// A signature and everything that is needed to verify it.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// What was signed.
    pub kind: SignedKind,
    /// The certificate of the signer.
    pub signer: &'a Certificate,
    /// AlgorithmIdentifier of the signature, DER.
    pub algorithm_der: &'a [u8],
    /// The octets that are signed.
    pub message: &'a [u8],
    /// The signature's octets.
    pub signature: &'a [u8],
}

/// Why a signature does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignatureRefusal {
    /// The key did not make it over these octets.
    Invalid,
    /// The algorithm or the key is not accepted; says which.
    Algorithm(String),
}

/// Decides whether a signature counts.
pub trait SignatureCheck {
    /// Verifies `signed`.
    ///
    /// # Errors
    /// [`SignatureRefusal`] when it does not verify or its algorithm is not accepted.
    fn check(&self, signed: &Signed<'_>) -> Result<(), SignatureRefusal>;

    /// Is it known from before that the key of the certificate `signer` signed `object`, a
    /// certificate or CRL? Then it is not verified again.
    fn is_known(&self, object: Thumb, signer: Thumb) -> bool {
        let _ = (object, signer);
        false
    }
}

/// The algorithms that SET 2 accepts: those of [`counterfoil_crypto::signature`].
#[derive(Debug, Clone, Copy, Default)]
pub struct CurrentAlgorithms;

impl SignatureCheck for CurrentAlgorithms {
    fn check(&self, signed: &Signed<'_>) -> Result<(), SignatureRefusal> {
        let Signed { signer, algorithm_der, message, signature, .. } = *signed;
        let verify = || {
            let algorithm = SignatureAlgorithm::from_der(algorithm_der)?;
            signer.verifying_key()?.verify(algorithm, message, signature)
        };
        verify().map_err(refusal)
    }
}

fn refusal(error: CryptoError) -> SignatureRefusal {
    match error {
        CryptoError::SignatureInvalid => SignatureRefusal::Invalid,
        other => SignatureRefusal::Algorithm(other.to_string()),
    }
}

/// Those of [`CurrentAlgorithms`], and what is too weak for payments but not forged at will: RSA
/// of 1024 bits and more, and SHA-1 on OCSP responses, which responders still use. What was weak
/// is remembered, to be told.
#[derive(Debug, Default)]
pub struct WeakAlgorithms {
    seen: RefCell<Vec<(SignedKind, String, Weakness)>>,
}

impl WeakAlgorithms {
    /// What was weak, in the order in which it was met: what was signed, by whom, and why.
    pub fn seen(&self) -> Vec<(SignedKind, String, Weakness)> {
        self.seen.borrow().clone()
    }
}

impl SignatureCheck for WeakAlgorithms {
    fn check(&self, signed: &Signed<'_>) -> Result<(), SignatureRefusal> {
        let refused = match CurrentAlgorithms.check(signed) {
            Err(SignatureRefusal::Algorithm(why)) => SignatureRefusal::Algorithm(why),
            other => return other,
        };
        let Signed { kind, signer, algorithm_der, message, signature } = *signed;
        match weak::verify(signer.spki_der(), algorithm_der, message, signature) {
            Ok(Weakness::Sha1) if kind != SignedKind::Ocsp => Err(refused),
            Ok(weakness) => {
                self.seen.borrow_mut().push((kind, signer.subject().to_string(), weakness));
                Ok(())
            }
            Err(CryptoError::SignatureInvalid) => Err(SignatureRefusal::Invalid),
            Err(_) => Err(refused),
        }
    }
}
