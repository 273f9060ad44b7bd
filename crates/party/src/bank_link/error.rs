//! Why a request cannot be built, or an answer not be believed.

use counterfoil_iso8583::Mti;
use counterfoil_iso8583::field;
use counterfoil_iso8583::mac::MacError;
use counterfoil_secret::{Fault, Report};

/// Why a request cannot be built, or an answer not be believed. An answer that is not believed
/// is no answer: the request is repeated or reversed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BankLinkError {
    /// Settings name no dialect that exists.
    #[error("the bank dialect `{name}` is not known")]
    UnknownDialect {
        /// The name in the settings.
        name: String,
    },
    /// Settings give the acquirer no number of 1 to 11 digits, the first not 0.
    #[error("the acquirer's identification must be 1 to 11 digits and not start with 0")]
    Acquirer,
    /// A first authorization or sale was to be built without the card.
    #[error("an authorization or sale cannot be built without the card")]
    CardMissing,
    /// The message cannot be written, or the answer is malformed or not authentic.
    #[error(transparent)]
    Message(#[from] MacError),
    /// The bank says that it does not accept our authentication code. It cannot say so
    /// authentically.
    #[error("the bank answers, unauthenticated, that our authentication code is wrong")]
    OurCodeRefused,
    /// The answer is authentic, but answers something else.
    #[error("the answer is about another request: field {field} ({}) differs", field::name(*field))]
    OtherRequest {
        /// Which field shows it.
        field: u8,
    },
    /// The answer is authentic, but of another type.
    #[error("the answer is of type {found}, not {expected}")]
    OtherType {
        /// The type of the answer.
        found: Mti,
        /// The type that answers the request.
        expected: Mti,
    },
    /// The answer has no response code.
    #[error("the answer has no response code in field 39")]
    NoResponseCode,
}

impl Report for BankLinkError {
    fn id(&self) -> &'static str {
        match self {
            Self::UnknownDialect { .. } => "bank-dialect-unknown",
            Self::Acquirer => "bank-acquirer-malformed",
            Self::CardMissing => "bank-card-missing",
            Self::Message(error) => error.id(),
            Self::OurCodeRefused => "bank-refuses-mac",
            Self::OtherRequest { .. } | Self::OtherType { .. } => "bank-answer-mismatch",
            Self::NoResponseCode => "bank-answer-without-code",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::UnknownDialect { .. } => "use `ascii1987` or `binary`".into(),
            Self::Acquirer => "take the acquirer's number from its agreement with the bank".into(),
            Self::CardMissing => "ask the merchant to send the authorization again".into(),
            Self::Message(error) => error.hint(),
            Self::OurCodeRefused => {
                "check that both ends of the bank link hold the same key".into()
            }
            Self::OtherRequest { .. } | Self::OtherType { .. } | Self::NoResponseCode => {
                "compare the journals of both ends of the bank link".into()
            }
        }
    }

    fn fault(&self) -> Fault {
        match self {
            Self::UnknownDialect { .. } | Self::Acquirer | Self::CardMissing => Fault::OurMisuse,
            Self::Message(error) => error.fault(),
            Self::OurCodeRefused => Fault::PeerIncompatible,
            Self::OtherRequest { .. } | Self::OtherType { .. } | Self::NoResponseCode => {
                Fault::PeerMisbehaved
            }
        }
    }
}
