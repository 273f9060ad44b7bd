//! Verifying signatures on certificates and CRLs: which algorithms count is an argument.

use counterfoil_crypto::{CryptoError, signature::SignatureAlgorithm};

use crate::{certificate::Certificate, thumb::Thumb};

/// A signature and everything that is needed to verify it.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
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
        let Signed { signer, algorithm_der, message, signature } = *signed;
        let verify = || {
            let algorithm = SignatureAlgorithm::from_der(algorithm_der)?;
            signer.verifying_key()?.verify(algorithm, message, signature)
        };
        verify().map_err(|error| match error {
            CryptoError::AlgorithmRefused { .. } | CryptoError::AlgorithmUnknown { .. } => {
                SignatureRefusal::Algorithm(error.to_string())
            }
            _ => SignatureRefusal::Invalid,
        })
    }
}
