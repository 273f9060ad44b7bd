//! What is wrong with some octets: which field, where, and what was expected.

use std::fmt;

use counterfoil_secret::{Fault, Report};

use crate::limits::MESSAGE_BYTES_MAX;

/// Octets that are not what they should be.
///
/// The offset counts octets from the start of the value that was decoded: of the message for the
/// wrapper, of the opened content for what travels inside signatures and envelopes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError {
    path: String,
    offset: Option<usize>,
    kind: DecodeErrorKind,
}

/// What was found instead of what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// Not DER, or not the type that stands here.
    Der(der::ErrorKind),
    /// Nothing stands where a field must be.
    Missing {
        /// Name of the field's type.
        expected: &'static str,
    },
    /// More than a named limit of [`crate::limits`] allows.
    OverLimit {
        /// Name of the limit.
        limit: &'static str,
        /// The most that it allows.
        max: usize,
        /// What was found; a lower bound where counting stopped.
        found: usize,
    },
    /// The type is right and the value is not.
    Value {
        /// The values that are allowed.
        expected: &'static str,
    },
    /// A number that the enumeration does not know.
    UnknownEnumerated {
        /// Name of the enumeration.
        enumeration: &'static str,
        /// The number found.
        found: u32,
    },
    /// The value is the default, and DER leaves defaults out (X.690 section 11.5).
    DefaultEncoded,
    /// The octets differ from the one DER encoding of the value they stand for.
    NotCanonical,
    /// A version below 2: SET 1.0 is recognised and never spoken.
    VersionTooOld,
    /// A version above 2.
    VersionTooNew,
    /// No exchange of this implementation has a message with this tag.
    UnknownMessage {
        /// Tag number in the message alternative.
        tag: u32,
    },
    /// A message that is known, at a place where another one belongs.
    UnexpectedMessage {
        /// Name of the message that belongs here.
        expected: &'static str,
        /// Tag number found.
        found: u32,
    },
}

impl DecodeError {
    /// An error of `kind` at `offset` octets from the start of the decoded value.
    pub fn new(kind: DecodeErrorKind, offset: usize) -> Self {
        Self { path: String::new(), offset: Some(offset), kind }
    }

    /// An error of `kind` whose offset is filled in by the field around it.
    pub(crate) fn unplaced(kind: DecodeErrorKind) -> Self {
        Self { path: String::new(), offset: None, kind }
    }

    pub(crate) fn over_limit(limit: &'static str, max: usize, found: usize) -> Self {
        Self::unplaced(DecodeErrorKind::OverLimit { limit, max, found })
    }

    pub(crate) fn value(expected: &'static str) -> Self {
        Self::unplaced(DecodeErrorKind::Value { expected })
    }

    pub(crate) fn unknown_enumerated(enumeration: &'static str, found: u32) -> Self {
        Self::unplaced(DecodeErrorKind::UnknownEnumerated { enumeration, found })
    }

    /// Puts the name of the enclosing field in front of the path.
    #[must_use]
    pub fn inside(mut self, name: &str) -> Self {
        if self.path.is_empty() {
            self.path.push_str(name);
        } else {
            let dot = if self.path.starts_with('[') { "" } else { "." };
            self.path = format!("{name}{dot}{}", self.path);
        }
        self
    }

    /// Puts the index of a list's element in front of the path.
    #[must_use]
    pub(crate) fn at_index(self, index: usize) -> Self {
        self.inside(&format!("[{index}]"))
    }

    /// Sets the offset unless a more exact one is known.
    #[must_use]
    pub(crate) fn or_at(mut self, offset: usize) -> Self {
        self.offset.get_or_insert(offset);
        self
    }

    /// The field, from the outermost type down: `AuthReqData.authReqItem.authTags.transIDs.xid`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Octets from the start of the decoded value.
    pub fn offset(&self) -> usize {
        self.offset.unwrap_or(0)
    }

    /// What is wrong.
    pub fn kind(&self) -> &DecodeErrorKind {
        &self.kind
    }
}

impl From<der::Error> for DecodeError {
    fn from(error: der::Error) -> Self {
        Self {
            path: String::new(),
            offset: error.position().and_then(|position| usize::try_from(position).ok()),
            kind: DecodeErrorKind::Der(error.kind()),
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at octet {}: {}", self.path, self.offset(), self.kind)
    }
}

impl fmt::Display for DecodeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Der(kind) => fmt_der(kind, f),
            Self::Missing { expected } => write!(f, "expected {expected}, found the end"),
            Self::OverLimit { limit, max, found } => {
                write!(f, "expected at most {max} ({limit}), found {found}")
            }
            Self::Value { expected } => write!(f, "expected {expected}"),
            Self::UnknownEnumerated { enumeration, found } => {
                write!(f, "expected a value of {enumeration}, found {found}")
            }
            Self::DefaultEncoded => f.write_str("expected the default value to be left out"),
            Self::NotCanonical => f.write_str("expected the one DER encoding of this value"),
            Self::VersionTooOld => f.write_str("expected version 2, found an older one"),
            Self::VersionTooNew => f.write_str("expected version 2, found a newer one"),
            Self::UnknownMessage { tag } => write!(f, "no known message has tag [{tag}]"),
            Self::UnexpectedMessage { expected, found } => {
                write!(f, "expected {expected}, found the message with tag [{found}]")
            }
        }
    }
}

fn fmt_der(kind: &der::ErrorKind, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match kind {
        der::ErrorKind::TagUnexpected { expected: Some(expected), actual } => {
            write!(f, "expected {expected}, found {actual}")
        }
        der::ErrorKind::TagUnexpected { expected: None, actual } => {
            write!(f, "expected one of the alternatives, found {actual}")
        }
        der::ErrorKind::Incomplete { expected_len, actual_len } => {
            write!(f, "expected at least {expected_len} octets, found {actual_len}")
        }
        der::ErrorKind::TrailingData { remaining, .. } => {
            write!(f, "expected the end, found {remaining} more octets")
        }
        der::ErrorKind::IndefiniteLength => f.write_str("expected a definite length"),
        der::ErrorKind::Overflow => f.write_str("expected a length that ends within the input"),
        der::ErrorKind::Length { tag } => write!(f, "expected another length of {tag}"),
        der::ErrorKind::Noncanonical { tag } => write!(f, "expected {tag} as DER writes it"),
        der::ErrorKind::TagUnknown { byte } => write!(f, "expected a tag, found 0x{byte:02x}"),
        other => write!(f, "{other}"),
    }
}

impl std::error::Error for DecodeError {}

impl Report for DecodeError {
    fn id(&self) -> &'static str {
        match self.kind {
            DecodeErrorKind::Der(_) => "decode-not-der",
            DecodeErrorKind::Missing { .. } => "decode-field-missing",
            DecodeErrorKind::OverLimit { .. } => "decode-over-limit",
            DecodeErrorKind::Value { .. } => "decode-value",
            DecodeErrorKind::UnknownEnumerated { .. } => "decode-unknown-enumerated",
            DecodeErrorKind::DefaultEncoded | DecodeErrorKind::NotCanonical => {
                "decode-not-canonical"
            }
            DecodeErrorKind::VersionTooOld => "decode-version-too-old",
            DecodeErrorKind::VersionTooNew => "decode-version-too-new",
            DecodeErrorKind::UnknownMessage { .. } => "decode-unknown-message",
            DecodeErrorKind::UnexpectedMessage { .. } => "decode-unexpected-message",
        }
    }

    fn hint(&self) -> String {
        match &self.kind {
            DecodeErrorKind::VersionTooOld => {
                "upgrade the peer: this side speaks SET 2 only".to_owned()
            }
            DecodeErrorKind::VersionTooNew => {
                "upgrade this side, or let the peer fall back to SET 2".to_owned()
            }
            DecodeErrorKind::UnknownMessage { .. } => {
                "compare the versions of both sides; this one lacks that exchange".to_owned()
            }
            DecodeErrorKind::UnexpectedMessage { .. } => {
                "check that the message goes to the address of the party it is meant for".to_owned()
            }
            DecodeErrorKind::OverLimit { limit, .. } => {
                format!("split the request, or raise {limit} on both sides and build again")
            }
            _ => format!(
                "print the message with `openssl asn1parse -inform DER` and look at octet {}",
                self.offset()
            ),
        }
    }

    fn fault(&self) -> Fault {
        match self.kind {
            DecodeErrorKind::VersionTooOld
            | DecodeErrorKind::VersionTooNew
            | DecodeErrorKind::UnknownMessage { .. } => Fault::PeerIncompatible,
            DecodeErrorKind::UnexpectedMessage { .. } => Fault::PeerMisbehaved,
            _ => Fault::Malformed,
        }
    }
}

/// A value that this side built and that has no encoding within the limits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{type_name} cannot be encoded: {reason}")]
pub struct EncodeError {
    type_name: &'static str,
    reason: String,
}

impl EncodeError {
    pub(crate) fn new(type_name: &'static str, error: der::Error) -> Self {
        let reason = match error.kind() {
            der::ErrorKind::Overlength => "a list in it is over its limit".to_owned(),
            other => other.to_string(),
        };
        Self { type_name, reason }
    }

    pub(crate) fn too_big(type_name: &'static str, found: usize) -> Self {
        let reason = format!("{found} octets are more than MESSAGE_BYTES_MAX, {MESSAGE_BYTES_MAX}");
        Self { type_name, reason }
    }
}

impl Report for EncodeError {
    fn id(&self) -> &'static str {
        "encode-over-limit"
    }

    fn hint(&self) -> String {
        "put fewer or smaller items into one message".to_owned()
    }

    fn fault(&self) -> Fault {
        Fault::OurMisuse
    }
}
