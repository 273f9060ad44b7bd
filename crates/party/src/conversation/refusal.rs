//! [`Refusal`]: why a received message is refused, and the ErrorCode that says so on the wire.
//!
//! The one place where errors of decoding, trust and cryptography become codes. Opening what is
//! sealed, digests and signatures all give the one code `signatureFailure`, so that nobody learns
//! from the answer which of them failed.

use std::fmt;

use counterfoil_crypto::oid::Oid;
use counterfoil_message::codec::{DecodeError, DecodeErrorKind};
use counterfoil_message::exchange::error_message::ErrorCode;
use counterfoil_message::primitive::{MsgExtensions, structure};
use counterfoil_message::treatment::TreatmentError;
use counterfoil_pki::trust::TrustError;
use counterfoil_secret::{Fault, Report};

use crate::records::RecordsError;

/// Why a received message is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What the peer is told.
    pub code: ErrorCode,
    /// Stable id, for events.
    pub id: &'static str,
    /// One sentence.
    pub message: String,
    /// Whose fault it is.
    pub fault: Fault,
    /// The extension that is not known.
    pub extension: Option<Oid>,
    /// SHA-256 of the certificate that is wrong.
    pub thumb: Option<[u8; 32]>,
    /// The reason may pass, so the same octets may be judged differently later.
    pub may_pass: bool,
}

impl Refusal {
    /// A peer that broke a rule.
    pub fn new(code: ErrorCode, id: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            id,
            message: message.into(),
            fault: Fault::PeerMisbehaved,
            extension: None,
            thumb: None,
            may_pass: false,
        }
    }

    /// From an error that can tell about itself.
    pub fn of(code: ErrorCode, error: &dyn Report) -> Self {
        Self { fault: error.fault(), ..Self::new(code, error.id(), error.to_string()) }
    }

    /// This side cannot do what is asked of it at the moment.
    pub fn unable(id: &'static str, message: impl Into<String>) -> Self {
        Self {
            fault: Fault::Environment,
            may_pass: true,
            ..Self::new(ErrorCode::UnspecifiedFailure, id, message)
        }
    }

    /// A repeated request whose answer is not kept any more; it is far too old to be processed.
    pub fn forgotten() -> Self {
        let message = "this request was answered long ago, and its answer is not kept any more";
        let refused = Self::new(ErrorCode::MessageTooOld, "answer-not-kept", message);
        Self { fault: Fault::Environment, ..refused }
    }

    /// Two places of a message that must hold the same id and do not.
    pub fn mismatch(field: &str) -> Self {
        let message = format!("header and message differ in {field}");
        Self::new(ErrorCode::WrapperMsgMismatch, "wrapper-mismatch", message)
    }

    /// Names the certificate that is wrong.
    #[must_use]
    pub fn with_thumb(mut self, thumb: [u8; 32]) -> Self {
        self.thumb = Some(thumb);
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}

impl Report for Refusal {
    fn id(&self) -> &'static str {
        self.id
    }

    fn hint(&self) -> String {
        match self.fault {
            Fault::Malformed | Fault::PeerMisbehaved => {
                "compare the journals of both sides; the sender's software or an attacker did this"
            }
            Fault::PeerIncompatible => "compare the versions and settings of both sides",
            Fault::OurMisuse | Fault::Environment => {
                "look at this party's log, its certificates and its settings"
            }
        }
        .into()
    }

    fn fault(&self) -> Fault {
        self.fault
    }
}

impl From<DecodeError> for Refusal {
    fn from(error: DecodeError) -> Self {
        let code = match error.kind() {
            DecodeErrorKind::VersionTooOld => ErrorCode::VersionTooOld,
            DecodeErrorKind::VersionTooNew => ErrorCode::VersionTooNew,
            DecodeErrorKind::UnknownMessage { .. } | DecodeErrorKind::UnexpectedMessage { .. } => {
                ErrorCode::MessageNotSupported
            }
            DecodeErrorKind::OverLimit { limit: "MESSAGE_BYTES_MAX", .. } => {
                ErrorCode::MessageTooBig
            }
            _ if error.path().contains("messageHeader") => ErrorCode::BadMessageHeader,
            _ => ErrorCode::DecodingFailure,
        };
        Self::of(code, &error)
    }
}

impl From<TreatmentError> for Refusal {
    fn from(error: TreatmentError) -> Self {
        let code = match &error {
            TreatmentError::Unopened(_) | TreatmentError::Signature(_) => {
                ErrorCode::SignatureFailure
            }
            TreatmentError::CertificateMissing => ErrorCode::MissingCertificate,
            TreatmentError::CertificateMalformed(_) => ErrorCode::InvalidCertificate,
            TreatmentError::Trust(error) => return error.into(),
            TreatmentError::Decode(_) => ErrorCode::DecodingFailure,
            TreatmentError::Encode(_) | TreatmentError::Failed(_) => {
                return Self::unable(error.id(), error.to_string());
            }
        };
        Self::of(code, &error)
    }
}

impl From<&TrustError> for Refusal {
    fn from(error: &TrustError) -> Self {
        let code = match error.id() {
            "certificate-expired" | "certificate-not-yet-valid" => ErrorCode::ExpiredCertificate,
            "certificate-revoked" => ErrorCode::RevokedCertificate,
            "issuer-unknown" => ErrorCode::MissingCertificate,
            _ => ErrorCode::InvalidCertificate,
        };
        // What this side lacks or holds too long is nothing to blame the certificate for.
        let stale = matches!(error.id(), "bci-not-fresh" | "revocation-unknown");
        match error.fault() {
            Fault::Environment | Fault::OurMisuse => Self::unable(error.id(), error.to_string()),
            _ if stale => Self::unable(error.id(), error.to_string()),
            _ => Self::of(code, error),
        }
    }
}

/// Why handling stopped.
#[derive(Debug)]
pub enum Failed {
    /// Storage failed: nothing of this input may become durable.
    Records(RecordsError),
    /// The message is refused.
    Refused(Box<Refusal>),
}

impl From<RecordsError> for Failed {
    fn from(error: RecordsError) -> Self {
        Self::Records(error)
    }
}

impl From<Refusal> for Failed {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<TreatmentError> for Failed {
    fn from(error: TreatmentError) -> Self {
        Refusal::from(error).into()
    }
}

impl From<DecodeError> for Failed {
    fn from(error: DecodeError) -> Self {
        Refusal::from(error).into()
    }
}

/// This side could not build what it had to.
pub fn unable(error: impl Report) -> Refusal {
    Refusal::unable(error.id(), error.to_string())
}

/// Refuses the first critical extension, for this side knows none.
///
/// # Errors
/// [`Refusal`] with `unrecognizedExtension` and the extension's identifier.
pub fn check_extensions<'a>(
    lists: impl IntoIterator<Item = Option<&'a MsgExtensions>>,
) -> Result<(), Refusal> {
    let unknown = lists.into_iter().flatten().find_map(|l| structure::unknown_critical(l, &[]));
    let Some(oid) = unknown else { return Ok(()) };
    Err(Refusal {
        extension: Some(*oid),
        fault: Fault::PeerIncompatible,
        ..Refusal::new(
            ErrorCode::UnrecognizedExtension,
            "extension-unrecognized",
            format!("critical extension {oid} is not known here"),
        )
    })
}
