//! [`PkiError`]: what can go wrong while certificates, CRLs and BCIs are read or made.

use counterfoil_secret::report::{Fault, Report};

/// Bytes that are not what they claim to be, or a template that cannot be issued.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PkiError {
    /// Longer than the limit for its kind.
    #[error("The {what} has {bytes} octets; at most {bytes_max} are read.")]
    TooLong {
        /// The kind of object.
        what: &'static str,
        /// Its length in octets.
        bytes: usize,
        /// The limit in octets.
        bytes_max: usize,
    },
    /// More parts than the limit for its kind.
    #[error("The {what} has more than {count_max} {parts}.")]
    TooMany {
        /// The kind of object.
        what: &'static str,
        /// What there is too much of.
        parts: &'static str,
        /// The limit.
        count_max: usize,
    },
    /// Not valid DER of its type.
    #[error("The {what} is malformed in field `{field}` at offset {offset}: {reason}.")]
    Malformed {
        /// The kind of object.
        what: &'static str,
        /// The field as RFC 5280 or SET names it.
        field: &'static str,
        /// Offset in octets from the start of the object or of the extension's value.
        offset: usize,
        /// What is wrong.
        reason: String,
    },
    /// Text that is not the PEM that was asked for.
    #[error("The text is not PEM with {what}: {reason}.")]
    Pem {
        /// What was looked for.
        what: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// Text that names no host.
    #[error("The name of a host cannot be read: {reason}.")]
    HostName {
        /// What is wrong.
        reason: String,
    },
    /// The template asks for something that its issuer cannot certify.
    #[error("The certificate cannot be issued: {reason}.")]
    Template {
        /// Why.
        reason: String,
    },
    /// The signature could not be made.
    #[error("Signing failed: {reason}.")]
    Signing {
        /// What the cryptographic layer said.
        reason: String,
    },
}

impl Report for PkiError {
    fn id(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "pki-too-long",
            Self::TooMany { .. } => "pki-too-many",
            Self::Malformed { .. } => "pki-malformed",
            Self::Pem { .. } => "pki-pem",
            Self::HostName { .. } => "host-name",
            Self::Template { .. } => "pki-template",
            Self::Signing { .. } => "pki-signing",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::TooLong { what, .. } | Self::TooMany { what, .. } => {
                format!("Ask the sender for a smaller {what}, or look for damage on the way.")
            }
            Self::Malformed { .. } => {
                "Look at it with `openssl asn1parse`; fetch it again from where it was issued."
                    .into()
            }
            Self::Pem { what, .. } => {
                format!("Give a file with a `-----BEGIN {what}-----` block, unchanged.")
            }
            Self::HostName { .. } => "Give a name such as `shop.example`, or an address.".into(),
            Self::Template { .. } => {
                "Change the request, or let a CA that is entitled to it issue it.".into()
            }
            Self::Signing { .. } => "Check that the issuer's key is usable for signatures.".into(),
        }
    }

    fn fault(&self) -> Fault {
        match self {
            Self::TooLong { .. }
            | Self::TooMany { .. }
            | Self::Malformed { .. }
            | Self::Pem { .. } => Fault::Malformed,
            Self::HostName { .. } | Self::Template { .. } => Fault::OurMisuse,
            Self::Signing { .. } => Fault::Environment,
        }
    }
}

/// Where inside an object reading stopped; becomes [`PkiError::Malformed`] with the object's name.
#[derive(Debug)]
pub(crate) struct FieldError {
    pub(crate) field: &'static str,
    pub(crate) offset: usize,
    pub(crate) reason: String,
}

impl FieldError {
    pub(crate) fn new(field: &'static str, reason: impl Into<String>) -> Self {
        Self { field, offset: 0, reason: reason.into() }
    }

    pub(crate) fn of(self, what: &'static str) -> PkiError {
        let field = if self.field.is_empty() { "(whole)" } else { self.field };
        PkiError::Malformed { what, field, offset: self.offset, reason: self.reason }
    }
}

impl From<der::Error> for FieldError {
    fn from(error: der::Error) -> Self {
        let offset = error.position().and_then(|at| usize::try_from(at).ok()).unwrap_or(0);
        Self { field: "", offset, reason: error.kind().to_string() }
    }
}

/// Names the field in which reading stopped, unless an inner field was named already.
pub(crate) trait InField<T> {
    fn field(self, name: &'static str) -> Result<T, FieldError>;
}

impl<T, E: Into<FieldError>> InField<T> for Result<T, E> {
    fn field(self, name: &'static str) -> Result<T, FieldError> {
        self.map_err(|error| {
            let error: FieldError = error.into();
            if error.field.is_empty() { FieldError { field: name, ..error } } else { error }
        })
    }
}
