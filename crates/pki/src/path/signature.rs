//! Verifying signatures on certificates and CRLs: which algorithms count is an argument.

use counterfoil_crypto::{
    CryptoError,
    signature::{SignatureAlgorithm, verify},
};

/// A signature and everything that is needed to verify it.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// SubjectPublicKeyInfo of the signer, DER.
    pub spki_der: &'a [u8],
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
}

/// The algorithms that SET 2 accepts: those of [`counterfoil_crypto::signature`].
#[derive(Debug, Clone, Copy, Default)]
pub struct CurrentAlgorithms;

impl SignatureCheck for CurrentAlgorithms {
    fn check(&self, signed: &Signed<'_>) -> Result<(), SignatureRefusal> {
        let Signed { spki_der, algorithm_der, message, signature } = *signed;
        let verdict = SignatureAlgorithm::from_der(algorithm_der)
            .and_then(|algorithm| verify(spki_der, algorithm, message, signature));
        verdict.map_err(|error| match error {
            CryptoError::AlgorithmRefused { .. } | CryptoError::AlgorithmUnknown { .. } => {
                SignatureRefusal::Algorithm(error.to_string())
            }
            _ => SignatureRefusal::Invalid,
        })
    }
}
