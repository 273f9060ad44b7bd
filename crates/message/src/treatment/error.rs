//! What can go wrong when something is signed, verified, sealed or opened.

use counterfoil_crypto::CryptoError;
use counterfoil_pki::PkiError;
use counterfoil_pki::trust::TrustError;
use counterfoil_secret::{Fault, Report};

use crate::codec::{DecodeError, EncodeError};

/// An error of an operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreatmentError {
    /// Sealed content could not be opened, or what was inside does not hold together. From
    /// outside all of these look the same.
    #[error("the sealed content cannot be opened")]
    Unopened(UnopenedReason),
    /// A signature in clear does not hold.
    #[error("the signature does not hold: {0}")]
    Signature(#[source] CryptoError),
    /// The certificate that the signature names did not come along and is not known.
    #[error("the signer's certificate is neither in the message nor known")]
    CertificateMissing,
    /// A certificate in the message is not one.
    #[error("a certificate or CRL in the message cannot be read: {0}")]
    CertificateMalformed(#[source] PkiError),
    /// The signer's certificate is not to be trusted for this.
    #[error("the signer's certificate is refused: {0}")]
    Trust(#[source] TrustError),
    /// Well signed content that is not what it should be.
    #[error("the signed content cannot be read: {0}")]
    Decode(#[from] DecodeError),
    /// This side built something that cannot be encoded.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// This side's key or library failed.
    #[error("signing or sealing failed: {0}")]
    Failed(#[source] CryptoError),
}

/// Why something sealed did not open: for the log of this side, never for the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnopenedReason(&'static str);

impl UnopenedReason {
    pub(super) const fn new(id: &'static str) -> Self {
        Self(id)
    }

    /// Stable id for the log.
    pub fn log_id(self) -> &'static str {
        self.0
    }
}

impl TreatmentError {
    /// Hides what happened inside of an envelope: everything that an attacker could learn from by
    /// sending variants becomes [`TreatmentError::Unopened`].
    pub(crate) fn hidden(self) -> Self {
        match self {
            Self::Signature(error) => Self::Unopened(UnopenedReason(error.id())),
            Self::Decode(error) => Self::Unopened(UnopenedReason(error.id())),
            Self::CertificateMalformed(error) => Self::Unopened(UnopenedReason(error.id())),
            other => other,
        }
    }

    /// The reason to log when the sentence of the error hides it.
    pub fn log_id(&self) -> &'static str {
        match self {
            Self::Unopened(reason) => reason.log_id(),
            other => other.id(),
        }
    }
}

impl Report for TreatmentError {
    fn id(&self) -> &'static str {
        match self {
            Self::Unopened(_) => "unopened",
            Self::Signature(error) | Self::Failed(error) => error.id(),
            Self::CertificateMissing => "certificate-missing",
            Self::CertificateMalformed(error) => error.id(),
            Self::Trust(error) => error.id(),
            Self::Decode(error) => error.id(),
            Self::Encode(error) => error.id(),
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Unopened(_) => "check which key-exchange certificate the sender used, and that \
                                  header and body of the message arrived unchanged"
                .to_owned(),
            Self::CertificateMissing => {
                "the sender left its certificate out; clear its cache of thumbs, or ask for it \
                 with PCertReq"
                    .to_owned()
            }
            Self::Signature(error) | Self::Failed(error) => error.hint(),
            Self::CertificateMalformed(error) => error.hint(),
            Self::Trust(error) => error.hint(),
            Self::Decode(error) => error.hint(),
            Self::Encode(error) => error.hint(),
        }
    }

    fn fault(&self) -> Fault {
        match self {
            Self::Unopened(_) | Self::CertificateMissing => Fault::PeerMisbehaved,
            Self::Signature(error) | Self::Failed(error) => error.fault(),
            Self::CertificateMalformed(error) => error.fault(),
            Self::Trust(error) => error.fault(),
            Self::Decode(error) => error.fault(),
            Self::Encode(error) => error.fault(),
        }
    }
}
