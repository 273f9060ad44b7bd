//! [`EvidenceError`]: input that cannot be judged, which is not the same as evidence that fails.

use counterfoil_pki::trust::TrustError;
use counterfoil_secret::{Fault, Report};

use super::format::EVIDENCE_BYTES_MAX;

/// Why there is nothing to judge.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// Neither text nor DER of an evidence file.
    #[error("The file is not an evidence file.")]
    NotEvidence,
    /// More octets than an evidence file has.
    #[error("The file has {bytes} octets; an evidence file has at most {EVIDENCE_BYTES_MAX}.")]
    TooLong {
        /// Its octets.
        bytes: usize,
    },
    /// The certificates given as trusted roots are none.
    #[error("The trusted root cannot be used: {0}")]
    Roots(#[source] TrustError),
}

impl Report for EvidenceError {
    fn id(&self) -> &'static str {
        match self {
            Self::NotEvidence => "not-evidence",
            Self::TooLong { .. } => "evidence-too-long",
            Self::Roots(error) => error.id(),
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NotEvidence => "Give the file that `counterfoil evidence export` wrote; it \
                                  begins with `-----BEGIN COUNTERFOIL EVIDENCE-----`."
                .into(),
            Self::TooLong { .. } => "Give the evidence of one payment, and nothing else.".into(),
            Self::Roots(error) => error.hint(),
        }
    }

    fn fault(&self) -> Fault {
        match self {
            Self::NotEvidence | Self::TooLong { .. } => Fault::Malformed,
            Self::Roots(_) => Fault::OurMisuse,
        }
    }
}
