//! Why the bank refuses, one constant for each rule: the code that goes out and the reason that
//! stays in.

use counterfoil_iso8583::ResponseCode as Code;

use crate::records::RecordsError;

/// One rule that was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Field 39.
    pub(super) code: Code,
    /// Which rule, for logs: several rules may share a code.
    pub(super) reason: &'static str,
    /// Which field shows it, where one does.
    pub(super) field: Option<u8>,
}

const fn refusal(code: Code, reason: &'static str) -> Refusal {
    Refusal { code, reason, field: None }
}

impl Refusal {
    /// Names the field that shows it.
    pub(super) fn in_field(self, field: u8) -> Self {
        Self { field: Some(field), ..self }
    }

    pub(super) const FORMAT: Self = refusal(Code::FormatError, "format");
    pub(super) const NOT_SUPPORTED: Self = refusal(Code::NotSupported, "not-supported");
    pub(super) const NOT_SIGNED_ON: Self = refusal(Code::Inoperative, "not-signed-on");
    pub(super) const TOO_OLD: Self = refusal(Code::TooLate, "message-too-old");
    pub(super) const FROM_FUTURE: Self = refusal(Code::InvalidTransaction, "message-from-future");
    pub(super) const TRACE_REUSED: Self = refusal(Code::Duplicate, "trace-number-reused");
    pub(super) const REVERSED_BEFORE: Self = refusal(Code::NoActionTaken, "reversed-before");

    pub(super) const UNKNOWN_MERCHANT: Self = refusal(Code::InvalidMerchant, "unknown-merchant");
    pub(super) const UNKNOWN_TERMINAL: Self =
        refusal(Code::NotPermittedToTerminal, "unknown-terminal");
    pub(super) const CURRENCY: Self = refusal(Code::InvalidTransaction, "currency-not-enabled");
    pub(super) const AMOUNT: Self = refusal(Code::InvalidAmount, "amount-zero");
    pub(super) const UNKNOWN_CARD: Self = refusal(Code::InvalidCard, "unknown-card");
    pub(super) const WRONG_EXPIRY: Self = refusal(Code::DoNotHonour, "wrong-expiry");
    pub(super) const EXPIRED: Self = refusal(Code::ExpiredCard, "expired-card");
    pub(super) const BLOCKED: Self = refusal(Code::RestrictedCard, "blocked-card");
    pub(super) const LOST: Self = refusal(Code::LostCard, "lost-card");
    pub(super) const STOLEN: Self = refusal(Code::StolenCard, "stolen-card");
    pub(super) const NO_ACCOUNT_IN_CURRENCY: Self =
        refusal(Code::NotPermittedToCardholder, "no-account-in-currency");
    pub(super) const TRANSACTION_LIMIT: Self = refusal(Code::AboveLimit, "transaction-limit");
    pub(super) const DAY_LIMIT: Self = refusal(Code::AboveLimit, "day-limit");
    pub(super) const DAY_TRANSACTIONS: Self =
        refusal(Code::TooManyTransactions, "day-transactions");
    pub(super) const FUNDS: Self = refusal(Code::InsufficientFunds, "insufficient-funds");

    pub(super) const UNKNOWN_ORIGINAL: Self = refusal(Code::OriginalNotFound, "unknown-original");
    pub(super) const INCONSISTENT: Self =
        refusal(Code::OriginalInconsistent, "inconsistent-with-original");
    pub(super) const NOT_HELD: Self = refusal(Code::NoActionTaken, "original-not-held");
    pub(super) const HOLD_EXPIRED: Self = refusal(Code::TooLate, "hold-expired");
    pub(super) const ABOVE_ORIGINAL: Self = refusal(Code::InvalidAmount, "amount-above-original");
    pub(super) const CAPTURED: Self = refusal(Code::NoActionTaken, "original-captured");
}

/// Why a request was not carried out.
#[derive(Debug)]
pub(super) enum Stop {
    /// A rule was broken: the peer is told.
    Refused(Refusal),
    /// Records could not be read: nothing happens at all.
    Storage(RecordsError),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<RecordsError> for Stop {
    fn from(error: RecordsError) -> Self {
        Self::Storage(error)
    }
}

/// Sorts refusals, which are answers, from storage errors, which stop everything.
pub(super) fn settle<T>(result: Result<T, Stop>) -> Result<Result<T, Refusal>, RecordsError> {
    match result {
        Ok(done) => Ok(Ok(done)),
        Err(Stop::Refused(refusal)) => Ok(Err(refusal)),
        Err(Stop::Storage(error)) => Err(error),
    }
}
