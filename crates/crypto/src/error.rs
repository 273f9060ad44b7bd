//! What can go wrong here, and whose fault it is.

use counterfoil_secret::report::{Fault, Report};

use crate::oid::Oid;
use crate::signature::KeyKind;

/// An error of this crate. Carries no secret and no content, only names, sizes and identifiers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CryptoError {
    /// The bytes are not the structure that they should be.
    #[error("the {structure} is malformed: {detail}")]
    Malformed {
        /// Name of the structure, for example `SignedData`.
        structure: &'static str,
        /// What was met, and at which octet.
        detail: String,
    },
    /// Something is longer or more numerous than this product accepts.
    #[error("the {structure} has more than {limit} {unit}")]
    LimitExceeded {
        /// What is too large.
        structure: &'static str,
        /// The limit that it exceeds.
        limit: usize,
        /// Unit of the limit, for example `certificates` or `octets`.
        unit: &'static str,
    },
    /// An algorithm or key size that this product recognises and refuses.
    #[error("{algorithm} is no longer accepted")]
    AlgorithmRefused {
        /// Its usual name, for example `sha1WithRSAEncryption`.
        algorithm: String,
    },
    /// An algorithm that this product does not know.
    #[error("algorithm {oid} is not supported")]
    AlgorithmUnknown {
        /// Its object identifier.
        oid: Oid,
    },
    /// A key cannot be used for what was asked of it.
    #[error("a key for {found} cannot be used for {wanted}")]
    KeyUnsuitable {
        /// What the key is.
        found: String,
        /// What it was to be used for.
        wanted: String,
    },
    /// The text or the bytes are not a private or public key.
    #[error("the {what} cannot be read: {detail}")]
    KeyMalformed {
        /// Which key, for example `PKCS#8 private key`.
        what: &'static str,
        /// What was met. Never any of the key's own octets.
        detail: String,
    },
    /// No suite has this name or identifier.
    #[error("suite {name} is not known")]
    SuiteUnknown {
        /// Name or dotted identifier as given.
        name: String,
    },
    /// A signature algorithm that the signer's key cannot have made.
    #[error("{algorithm} does not go with a {key} key")]
    AlgorithmMismatch {
        /// Name of the signature algorithm.
        algorithm: &'static str,
        /// Kind of the key.
        key: KeyKind,
    },
    /// The signature value does not belong to this content and key.
    #[error("the signature does not verify")]
    SignatureInvalid,
    /// The message digest that was signed is not the digest of the content.
    #[error("the content is not what was signed: its digest differs")]
    DigestMismatch,
    /// A signed attribute that SET 2 requires is not there.
    #[error("signed attribute {attribute} is missing")]
    AttributeMissing {
        /// Its name.
        attribute: &'static str,
    },
    /// A signed attribute occurs more than once or has more than one value.
    #[error("signed attribute {attribute} occurs more than once")]
    AttributeRepeated {
        /// Its name.
        attribute: &'static str,
    },
    /// A signed attribute says something else than the structure around it.
    #[error("signed attribute {attribute} does not agree with {with}")]
    AttributeMismatch {
        /// Its name.
        attribute: &'static str,
        /// What it should agree with.
        with: &'static str,
    },
    /// Well signed, but content of another type than expected here.
    #[error("content type {found} was signed where {expected} is expected")]
    ContentTypeMismatch {
        /// The type that is expected.
        expected: Oid,
        /// The type that was signed.
        found: Oid,
    },
    /// Well signed, but meant for somebody else.
    #[error("the signed content is meant for another recipient")]
    RecipientMismatch,
    /// The signer is not the one whose certificate was given.
    #[error("the signature was not made under the given certificate")]
    SignerMismatch,
    /// There is no signer with this index.
    #[error("there is no signer number {index}")]
    SignerAbsent {
        /// The index asked for, from 0.
        index: usize,
    },
    /// A detached signature was to be verified without its content.
    #[error("the signed content is detached and was not given")]
    ContentMissing,
    /// Content was given for a signature that carries its own.
    #[error("the signature carries its content, and other content was given as well")]
    ContentUnexpected,
    /// Something sealed cannot be opened; see [`Unopened`].
    #[error(transparent)]
    Unopened(#[from] Unopened),
    /// An encrypted file cannot be opened: another passphrase, or changed bytes.
    #[error("the file cannot be opened with this passphrase, or it was changed")]
    VaultUnopened,
    /// The library underneath refused an operation that should work.
    #[error("{operation} failed in the cryptographic library")]
    OperationFailed {
        /// Name of the operation.
        operation: &'static str,
    },
}

impl CryptoError {
    /// A DER error, with the structure in which it was met.
    pub(crate) fn malformed(structure: &'static str, error: impl std::fmt::Display) -> Self {
        Self::Malformed { structure, detail: error.to_string() }
    }

    /// This error, with `structure` as the place where DER went wrong.
    pub(crate) fn within(self, structure: &'static str) -> Self {
        match self {
            Self::Malformed { detail, .. } => Self::Malformed { structure, detail },
            other => other,
        }
    }

    /// A library failure in `operation`.
    pub(crate) const fn failed(operation: &'static str) -> Self {
        Self::OperationFailed { operation }
    }
}

impl From<der::Error> for CryptoError {
    fn from(error: der::Error) -> Self {
        Self::malformed("structure", error)
    }
}

impl From<der::ErrorKind> for CryptoError {
    fn from(error: der::ErrorKind) -> Self {
        Self::malformed("structure", error)
    }
}

impl Report for CryptoError {
    fn id(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "malformed",
            Self::LimitExceeded { .. } => "limit-exceeded",
            Self::AlgorithmRefused { .. } => "algorithm-refused",
            Self::AlgorithmUnknown { .. } => "algorithm-unknown",
            Self::KeyUnsuitable { .. } => "key-unsuitable",
            Self::KeyMalformed { .. } => "key-malformed",
            Self::SuiteUnknown { .. } => "suite-unknown",
            Self::AlgorithmMismatch { .. } => "algorithm-mismatch",
            Self::SignatureInvalid => "signature-invalid",
            Self::DigestMismatch => "digest-mismatch",
            Self::AttributeMissing { .. } => "attribute-missing",
            Self::AttributeRepeated { .. } => "attribute-repeated",
            Self::AttributeMismatch { .. } => "attribute-mismatch",
            Self::ContentTypeMismatch { .. } => "content-type-mismatch",
            Self::RecipientMismatch => "recipient-mismatch",
            Self::SignerMismatch => "signer-mismatch",
            Self::SignerAbsent { .. } => "signer-absent",
            Self::ContentMissing => "content-missing",
            Self::ContentUnexpected => "content-unexpected",
            Self::Unopened(inner) => inner.id(),
            Self::VaultUnopened => "vault-unopened",
            Self::OperationFailed { .. } => "crypto-operation-failed",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Malformed { .. } | Self::LimitExceeded { .. } => {
                "ask the sender which software wrote it; `openssl asn1parse -inform DER` shows it"
            }
            Self::AlgorithmRefused { .. } => {
                "have the certificate or message made anew with suite p256 or rsa3072"
            }
            Self::AlgorithmUnknown { .. } | Self::SuiteUnknown { .. } => {
                "compare the versions of both sides; this one knows the suites p256 and rsa3072"
            }
            Self::KeyUnsuitable { .. } => {
                "check that the file holds the key that its name says, signature or key exchange"
            }
            Self::KeyMalformed { .. } => {
                "give an unencrypted PKCS#8 PEM file, such as `openssl genpkey` writes"
            }
            Self::SignatureInvalid | Self::DigestMismatch => {
                "compare the bytes with what the sender keeps in its journal"
            }
            Self::AttributeMissing { .. }
            | Self::AttributeRepeated { .. }
            | Self::AttributeMismatch { .. } => {
                "the sender does not follow SET 2; ask its operator"
            }
            Self::ContentTypeMismatch { .. } => "check that the message went to the right endpoint",
            Self::RecipientMismatch => "check which certificate of this side the sender was given",
            Self::SignerMismatch | Self::SignerAbsent { .. } | Self::AlgorithmMismatch { .. } => {
                "check that the certificate belongs to the signer of this message"
            }
            Self::ContentMissing | Self::ContentUnexpected => {
                "the sender has to leave the content out exactly where SET 2 says so"
            }
            Self::Unopened(inner) => return inner.hint(),
            Self::VaultUnopened => "try the passphrase again, else restore the file from a backup",
            Self::OperationFailed { .. } => "report this with the steps that led to it",
        }
        .into()
    }

    fn fault(&self) -> Fault {
        match self {
            Self::Malformed { .. } | Self::LimitExceeded { .. } | Self::KeyMalformed { .. } => {
                Fault::Malformed
            }
            Self::AlgorithmRefused { .. }
            | Self::AlgorithmUnknown { .. }
            | Self::SuiteUnknown { .. } => Fault::PeerIncompatible,
            Self::KeyUnsuitable { .. } | Self::SignerAbsent { .. } | Self::VaultUnopened => {
                Fault::OurMisuse
            }
            Self::AlgorithmMismatch { .. }
            | Self::SignatureInvalid
            | Self::DigestMismatch
            | Self::AttributeMissing { .. }
            | Self::AttributeRepeated { .. }
            | Self::AttributeMismatch { .. }
            | Self::ContentTypeMismatch { .. }
            | Self::RecipientMismatch
            | Self::SignerMismatch
            | Self::ContentMissing
            | Self::ContentUnexpected => Fault::PeerMisbehaved,
            Self::Unopened(inner) => inner.fault(),
            Self::OperationFailed { .. } => Fault::Environment,
        }
    }
}

/// Something sealed could not be opened.
///
/// Another key, another binding, another content type, a changed octet and malformed DER all give
/// this one value, so that whoever sends guesses learns nothing from the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sealed content cannot be opened")]
pub struct Unopened;

impl Report for Unopened {
    fn id(&self) -> &'static str {
        "unopened"
    }

    fn hint(&self) -> String {
        "check which key-exchange certificate the sender used, and that the bytes arrived unchanged"
            .into()
    }

    fn fault(&self) -> Fault {
        Fault::PeerMisbehaved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_an_id_a_fault_and_a_hint() {
        let oid = crate::cms::SIGNED_DATA;
        let text = String::from("x");
        let all = [
            CryptoError::malformed("x", "y"),
            CryptoError::LimitExceeded { structure: "x", limit: 1, unit: "octets" },
            CryptoError::AlgorithmRefused { algorithm: text.clone() },
            CryptoError::AlgorithmUnknown { oid },
            CryptoError::KeyUnsuitable { found: text.clone(), wanted: text.clone() },
            CryptoError::KeyMalformed { what: "x", detail: text.clone() },
            CryptoError::SuiteUnknown { name: text },
            CryptoError::AlgorithmMismatch { algorithm: "x", key: KeyKind::P256 },
            CryptoError::SignatureInvalid,
            CryptoError::DigestMismatch,
            CryptoError::AttributeMissing { attribute: "x" },
            CryptoError::AttributeRepeated { attribute: "x" },
            CryptoError::AttributeMismatch { attribute: "x", with: "y" },
            CryptoError::ContentTypeMismatch { expected: oid, found: oid },
            CryptoError::RecipientMismatch,
            CryptoError::SignerMismatch,
            CryptoError::SignerAbsent { index: 0 },
            CryptoError::ContentMissing,
            CryptoError::ContentUnexpected,
            CryptoError::Unopened(Unopened),
            CryptoError::VaultUnopened,
            CryptoError::failed("x"),
        ];
        assert!(all.iter().all(|error| error.hint().len() > 20));
        let lines: Vec<_> =
            all.iter().map(|error| format!("{} {}", error.id(), error.fault().name())).collect();
        expect_test::expect![[r#"
            malformed malformed
            limit-exceeded malformed
            algorithm-refused peer_incompatible
            algorithm-unknown peer_incompatible
            key-unsuitable our_misuse
            key-malformed malformed
            suite-unknown peer_incompatible
            algorithm-mismatch peer_misbehaved
            signature-invalid peer_misbehaved
            digest-mismatch peer_misbehaved
            attribute-missing peer_misbehaved
            attribute-repeated peer_misbehaved
            attribute-mismatch peer_misbehaved
            content-type-mismatch peer_misbehaved
            recipient-mismatch peer_misbehaved
            signer-mismatch peer_misbehaved
            signer-absent our_misuse
            content-missing peer_misbehaved
            content-unexpected peer_misbehaved
            unopened peer_misbehaved
            vault-unopened our_misuse
            crypto-operation-failed environment"#]]
        .assert_eq(&lines.join("\n"));
    }
}
