//! Why bytes are no message, and why a message cannot be written. Errors never quote a value:
//! a value may be a card number.

use counterfoil_secret::{Fault, Report};

use crate::field;
use crate::frame::FRAME_BYTES_MAX;

/// What is wrong with one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldProblem {
    /// The bitmap announces it, but the dialect does not have it.
    NotDefined,
    /// The message ends before the field does.
    CutShort {
        /// Octets that the field still needs.
        missing_bytes: usize,
    },
    /// The length prefix is not a decimal number.
    LengthNotDigits,
    /// Longer than the dialect allows.
    TooLong {
        /// Digits, characters or octets.
        length: usize,
        /// The most that is allowed.
        length_max: usize,
    },
    /// Not as long as the field always is.
    WrongLength {
        /// Digits, characters or octets.
        length: usize,
        /// What it must be.
        length_fixed: usize,
    },
    /// Something other than digits.
    NotDigits,
    /// Something other than `C` or `D` and digits.
    NotSignedDigits,
    /// Something other than printable ASCII.
    NotPrintable,
    /// Something other than digits and the separator.
    NotTrack,
    /// Something other than hexadecimal digits.
    NotHexadecimal,
    /// Text where octets belong, or the reverse.
    WrongKind,
    /// The field has the right form, but not the content that its use calls for.
    Meaning(&'static str),
}

impl std::fmt::Display for FieldProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotDefined => f.write_str("the dialect does not define it"),
            Self::CutShort { missing_bytes } => {
                write!(f, "the message ends {missing_bytes} octets before its end")
            }
            Self::LengthNotDigits => f.write_str("its length is not a decimal number"),
            Self::TooLong { length, length_max } => {
                write!(f, "its length is {length}, the most is {length_max}")
            }
            Self::WrongLength { length, length_fixed } => {
                write!(f, "its length is {length} and must be {length_fixed}")
            }
            Self::NotDigits => f.write_str("it holds something other than digits"),
            Self::NotSignedDigits => f.write_str("it holds something other than C or D and digits"),
            Self::NotPrintable => f.write_str("it holds something other than printable ASCII"),
            Self::NotTrack => f.write_str("it holds something other than digits and ="),
            Self::NotHexadecimal => f.write_str("it holds something other than hexadecimal"),
            Self::WrongKind => f.write_str("text and octets are confused"),
            Self::Meaning(what) => f.write_str(what),
        }
    }
}

/// One field that is wrong, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("field {number} ({}) at offset {offset}: {problem}", field::name(*number))]
pub struct FieldError {
    /// 2 to 128.
    pub number: u8,
    /// Where the field (its length prefix, if it has one) starts in the message, in octets;
    /// 0 when the message was not read from octets.
    pub offset: usize,
    /// What is wrong.
    pub problem: FieldProblem,
}

impl Report for FieldError {
    fn id(&self) -> &'static str {
        match self.problem {
            FieldProblem::NotDefined => "iso8583-field-not-defined",
            FieldProblem::CutShort { .. } => "iso8583-field-cut-short",
            FieldProblem::LengthNotDigits
            | FieldProblem::TooLong { .. }
            | FieldProblem::WrongLength { .. } => "iso8583-field-length",
            FieldProblem::WrongKind | FieldProblem::Meaning(_) => "iso8583-field-meaning",
            _ => "iso8583-field-content",
        }
    }

    fn hint(&self) -> String {
        format!(
            "compare field {} of the peer's message specification with the dialect in use",
            self.number
        )
    }

    fn fault(&self) -> Fault {
        match self.problem {
            FieldProblem::NotDefined => Fault::PeerIncompatible,
            _ => Fault::Malformed,
        }
    }
}

/// Why bytes are no message of a dialect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Longer than a frame may be.
    #[error("the message has {length_bytes} octets, the most is {FRAME_BYTES_MAX}")]
    TooLong {
        /// Octets received.
        length_bytes: usize,
    },
    /// The first characters are not four digits.
    #[error("the message type at offset 0 is not four digits")]
    MessageType,
    /// The first digit is not 0.
    #[error("the message type at offset 0 is of ISO 8583 version {version}, not of 1987")]
    Version {
        /// The first digit.
        version: u8,
    },
    /// The bitmap is cut short or not hexadecimal.
    #[error("the bitmap at offset {offset} is cut short or not hexadecimal")]
    Bitmap {
        /// Where it starts.
        offset: usize,
    },
    /// A field is wrong.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The message goes on after its last field.
    #[error("{length_bytes} octets follow the last field at offset {offset}")]
    Trailing {
        /// Where they start.
        offset: usize,
        /// How many they are.
        length_bytes: usize,
    },
}

impl Report for DecodeError {
    fn id(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "iso8583-message-too-long",
            Self::MessageType => "iso8583-message-type",
            Self::Version { .. } => "iso8583-version",
            Self::Bitmap { .. } => "iso8583-bitmap",
            Self::Field(error) => error.id(),
            Self::Trailing { .. } => "iso8583-trailing-bytes",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Field(error) => error.hint(),
            _ => "check that both ends of the bank link use the same dialect".into(),
        }
    }

    fn fault(&self) -> Fault {
        match self {
            Self::Version { .. } => Fault::PeerIncompatible,
            Self::Field(error) => error.fault(),
            _ => Fault::Malformed,
        }
    }
}

/// Why a message cannot be written in a dialect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// A field does not fit.
    #[error("cannot write {0}")]
    Field(FieldError),
    /// All fields together are longer than a frame may be.
    #[error("the message would have {length_bytes} octets, the most is {FRAME_BYTES_MAX}")]
    TooLong {
        /// Octets it would have.
        length_bytes: usize,
    },
}

impl Report for EncodeError {
    fn id(&self) -> &'static str {
        match self {
            Self::Field(error) => error.id(),
            Self::TooLong { .. } => "iso8583-message-too-long",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Field(error) => {
                format!("shorten or correct what goes into field {}", error.number)
            }
            Self::TooLong { .. } => "put less into the private fields".into(),
        }
    }

    fn fault(&self) -> Fault {
        Fault::OurMisuse
    }
}
