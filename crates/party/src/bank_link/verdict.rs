//! Field 39 in SET's words.

use counterfoil_iso8583::ResponseCode as Code;

/// Those of SET's AuthCodes that a bank's answer can come to (SET 1.0 Book 3, AuthCode).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthVerdict {
    /// approved
    Approved,
    /// unspecifiedFailure
    UnspecifiedFailure,
    /// declined
    Declined,
    /// noReply
    NoReply,
    /// callIssuer
    CallIssuer,
    /// amountError
    AmountError,
    /// expiredCard
    ExpiredCard,
    /// invalidTransaction
    InvalidTransaction,
    /// systemError
    SystemError,
}

/// Those of SET's CapCodes that a bank's answer can come to (SET 1.0 Book 3, CapCode).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaptureVerdict {
    /// success
    Success,
    /// unspecifiedFailure
    UnspecifiedFailure,
    /// duplicateRequest: the authorization is captured or reversed already
    DuplicateRequest,
    /// authExpired
    AuthExpired,
    /// authDataMissing: the bank does not know the authorization
    AuthDataMissing,
    /// invalidAuthData
    InvalidAuthData,
}

/// What an authorization or sale came to. Why a card was declined stays with the bank: lost,
/// blocked, without funds and unknown are all `Declined`.
pub(super) fn auth_verdict(code: Code) -> AuthVerdict {
    match code {
        Code::Approved => AuthVerdict::Approved,
        Code::ReferToIssuer => AuthVerdict::CallIssuer,
        Code::DoNotHonour
        | Code::InvalidCard
        | Code::LostCard
        | Code::StolenCard
        | Code::InsufficientFunds
        | Code::NotPermittedToCardholder
        | Code::AboveLimit
        | Code::RestrictedCard
        | Code::TooManyTransactions => AuthVerdict::Declined,
        Code::InvalidAmount => AuthVerdict::AmountError,
        Code::ExpiredCard => AuthVerdict::ExpiredCard,
        Code::InvalidMerchant
        | Code::InvalidTransaction
        | Code::NotSupported
        | Code::NotPermittedToTerminal => AuthVerdict::InvalidTransaction,
        Code::TooLate | Code::Inoperative => AuthVerdict::NoReply,
        Code::FormatError | Code::SecurityViolation | Code::SystemMalfunction => {
            AuthVerdict::SystemError
        }
        Code::NoActionTaken
        | Code::OriginalNotFound
        | Code::OriginalInconsistent
        | Code::Duplicate
        | Code::Other(_) => AuthVerdict::UnspecifiedFailure,
    }
}

/// What a capture came to.
pub(super) fn capture_verdict(code: Code) -> CaptureVerdict {
    match code {
        Code::Approved => CaptureVerdict::Success,
        Code::NoActionTaken => CaptureVerdict::DuplicateRequest,
        Code::TooLate => CaptureVerdict::AuthExpired,
        Code::OriginalNotFound => CaptureVerdict::AuthDataMissing,
        Code::InvalidAmount | Code::OriginalInconsistent => CaptureVerdict::InvalidAuthData,
        _ => CaptureVerdict::UnspecifiedFailure,
    }
}
