//! From an error of this side to the code that the peer is told: one total function.
//!
//! Several errors share a code on purpose: whatever happens inside of an envelope is
//! `signatureFailure`, so that an answer tells nobody which step failed.

use counterfoil_pki::path::Rule;
use counterfoil_pki::trust::TrustError;

use crate::codec::{DecodeError, DecodeErrorKind};
use crate::exchange::error_message::ErrorCode;
use crate::treatment::TreatmentError;

impl From<&TreatmentError> for ErrorCode {
    fn from(error: &TreatmentError) -> Self {
        match error {
            TreatmentError::Unopened(_) | TreatmentError::Signature(_) => Self::SignatureFailure,
            TreatmentError::CertificateMissing => Self::MissingCertificate,
            TreatmentError::CertificateMalformed(_) => Self::InvalidCertificate,
            TreatmentError::Trust(error) => Self::from(error),
            TreatmentError::Decode(error) => Self::from(error),
            TreatmentError::Encode(_) | TreatmentError::Failed(_) => Self::UnspecifiedFailure,
        }
    }
}

impl From<&DecodeError> for ErrorCode {
    fn from(error: &DecodeError) -> Self {
        match error.kind() {
            DecodeErrorKind::VersionTooOld => Self::VersionTooOld,
            DecodeErrorKind::VersionTooNew => Self::VersionTooNew,
            DecodeErrorKind::OverLimit { limit: "MESSAGE_BYTES_MAX", .. } => Self::MessageTooBig,
            DecodeErrorKind::UnknownMessage { .. } | DecodeErrorKind::UnexpectedMessage { .. } => {
                Self::MessageNotSupported
            }
            _ if error.path().starts_with("MessageWrapper.messageHeader") => Self::BadMessageHeader,
            _ => Self::DecodingFailure,
        }
    }
}

impl From<&TrustError> for ErrorCode {
    fn from(error: &TrustError) -> Self {
        match error {
            TrustError::Path(path) => match path.rule {
                Rule::Expired | Rule::NotYetValid => Self::ExpiredCertificate,
                Rule::Revoked => Self::RevokedCertificate,
                Rule::IssuerUnknown => Self::MissingCertificate,
                _ => Self::InvalidCertificate,
            },
            TrustError::RootNotValid { .. } => Self::ExpiredCertificate,
            _ => Self::InvalidCertificate,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec;
    use crate::exchange::purchase_init::PInitReq;
    use crate::limits::MESSAGE_BYTES_MAX;
    use crate::wrapper::MessageWrapper;

    fn code_of(bytes: &[u8]) -> ErrorCode {
        ErrorCode::from(&MessageWrapper::decode(bytes).unwrap_err())
    }

    #[test]
    fn octets_that_are_no_message_are_a_decoding_failure() {
        assert_eq!(code_of(&[]), ErrorCode::DecodingFailure);
        assert_eq!(code_of(&[0x30, 0x80]), ErrorCode::DecodingFailure);
        let error = codec::decode::<PInitReq>(&[5, 0]).unwrap_err();
        assert_eq!(ErrorCode::from(&error), ErrorCode::DecodingFailure);
    }

    #[test]
    fn a_bad_header_is_told_apart_from_a_bad_message() {
        let version_is_a_null = [0x30, 4, 0x30, 2, 0x05, 0];
        assert_eq!(code_of(&version_is_a_null), ErrorCode::BadMessageHeader);
    }

    #[test]
    fn other_versions_are_too_old_or_too_new() {
        let with_version = |version: u8| [0x30, 5, 0x30, 3, 0x02, 1, version];
        assert_eq!(code_of(&with_version(1)), ErrorCode::VersionTooOld);
        assert_eq!(code_of(&with_version(0xff)), ErrorCode::VersionTooOld);
        assert_eq!(code_of(&with_version(3)), ErrorCode::VersionTooNew);
        assert_eq!(code_of(&[0x30, 6, 0x30, 4, 0x02, 2, 1, 0]), ErrorCode::VersionTooNew);
    }

    #[test]
    fn a_message_over_the_limit_is_too_big() {
        assert_eq!(code_of(&vec![0; MESSAGE_BYTES_MAX + 1]), ErrorCode::MessageTooBig);
    }
}
