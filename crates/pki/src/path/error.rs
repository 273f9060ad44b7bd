//! [`PathError`]: which rule of path validation refused which certificate.

use std::fmt;

use counterfoil_secret::report::{Fault, Report};

use crate::certificate::Certificate;

/// A rule of RFC 5280 that a path can break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Rule {
    /// The signature was not made by the issuer's key.
    SignatureInvalid,
    /// The signature's algorithm or key size is refused by policy.
    AlgorithmRefused,
    /// Validity has not begun.
    NotYetValid,
    /// Validity is over.
    Expired,
    /// A CRL lists the certificate.
    Revoked,
    /// No usable CRL covers the certificate for every reason.
    RevocationUnknown,
    /// No certificate of the issuer leads to a trust anchor.
    IssuerUnknown,
    /// The issuer is not a CA: version 3 with basicConstraints cA is needed.
    IssuerNotCa,
    /// More CA certificates follow than a pathLenConstraint allows.
    PathLength,
    /// The key usage does not allow this use of the key.
    KeyUsage,
    /// The extended key usage does not allow the purpose.
    ExtendedKeyUsage,
    /// A name is outside the permitted or inside the excluded subtrees.
    NameConstraint,
    /// A name of a form whose constraint is not understood.
    NameConstraintUnsupported,
    /// A critical extension is not understood.
    CriticalExtension,
    /// A policy is mapped to or from anyPolicy.
    PolicyMapping,
    /// An explicit policy is required and none is left.
    PolicyRequired,
    /// Building or validating would take more work than the limits allow.
    WorkLimit,
}

impl Rule {
    /// Stable id in kebab-case.
    pub fn id(self) -> &'static str {
        match self {
            Self::SignatureInvalid => "certificate-signature-invalid",
            Self::AlgorithmRefused => "certificate-algorithm-refused",
            Self::NotYetValid => "certificate-not-yet-valid",
            Self::Expired => "certificate-expired",
            Self::Revoked => "certificate-revoked",
            Self::RevocationUnknown => "revocation-unknown",
            Self::IssuerUnknown => "issuer-unknown",
            Self::IssuerNotCa => "issuer-not-ca",
            Self::PathLength => "path-length-exceeded",
            Self::KeyUsage => "key-usage",
            Self::ExtendedKeyUsage => "extended-key-usage",
            Self::NameConstraint => "name-constraint",
            Self::NameConstraintUnsupported => "name-constraint-unsupported",
            Self::CriticalExtension => "critical-extension-unknown",
            Self::PolicyMapping => "policy-mapping-invalid",
            Self::PolicyRequired => "policy-required",
            Self::WorkLimit => "path-work-limit",
        }
    }

    /// Where the rule is written.
    pub fn section(self) -> &'static str {
        match self {
            Self::SignatureInvalid | Self::AlgorithmRefused => "RFC 5280 6.1.3 (a)(1)",
            Self::NotYetValid | Self::Expired => "RFC 5280 6.1.3 (a)(2)",
            Self::Revoked => "RFC 5280 6.1.3 (a)(3)",
            Self::RevocationUnknown => "RFC 5280 6.3.3",
            Self::IssuerUnknown => "RFC 5280 6.1.3 (a)(4)",
            Self::IssuerNotCa => "RFC 5280 6.1.4 (k)",
            Self::PathLength => "RFC 5280 6.1.4 (l)",
            Self::KeyUsage => "RFC 5280 6.1.4 (n)",
            Self::ExtendedKeyUsage => "RFC 5280 4.2.1.12",
            Self::NameConstraint => "RFC 5280 6.1.3 (b)(c)",
            Self::NameConstraintUnsupported => "RFC 5280 4.2.1.10",
            Self::CriticalExtension => "RFC 5280 6.1.4 (o)",
            Self::PolicyMapping => "RFC 5280 6.1.4 (a)",
            Self::PolicyRequired => "RFC 5280 6.1.3 (f)",
            Self::WorkLimit => "RFC 5280 6.1",
        }
    }

    /// What is wrong, to follow "is refused: ".
    fn wrong(self) -> &'static str {
        match self {
            Self::SignatureInvalid => "its signature does not verify under its issuer's key",
            Self::AlgorithmRefused => "its signature uses an algorithm or key that is refused",
            Self::NotYetValid => "its validity has not begun",
            Self::Expired => "its validity is over",
            Self::Revoked => "it is revoked",
            Self::RevocationUnknown => "no usable CRL says whether it is revoked",
            Self::IssuerUnknown => "no certificate of its issuer leads to a trusted root",
            Self::IssuerNotCa => "it is no CA certificate",
            Self::PathLength => "it stands below more CAs than a CA above it allows",
            Self::KeyUsage => "its key usage does not allow what its key was used for",
            Self::ExtendedKeyUsage => "its extended key usage does not allow the purpose",
            Self::NameConstraint => "a CA above it may not certify this name",
            Self::NameConstraintUnsupported => {
                "a CA above it constrains a form of name that is not understood"
            }
            Self::CriticalExtension => "it has a critical extension that is not understood",
            Self::PolicyMapping => "it maps a policy to or from anyPolicy",
            Self::PolicyRequired => "no certificate policy holds along the whole path",
            Self::WorkLimit => "building its path takes more work than allowed",
        }
    }

    /// What to do about it.
    fn hint(self) -> &'static str {
        match self {
            Self::SignatureInvalid => "Treat it as forged or damaged; get it again from its owner.",
            Self::AlgorithmRefused => "Have it issued anew with a current suite (p256 or rsa3072).",
            Self::NotYetValid => {
                "Check this machine's clock first, then the notBefore of the certificate."
            }
            Self::Expired | Self::Revoked | Self::ExtendedKeyUsage => {
                "Have its CA issue a new certificate and install it."
            }
            Self::RevocationUnknown => "Fetch the current CRLs of the brand and give them along.",
            Self::IssuerUnknown => {
                "Give the CA certificates along, or add the brand's root if it is really trusted."
            }
            Self::IssuerNotCa | Self::PathLength | Self::KeyUsage | Self::PolicyMapping => {
                "Have the CA's own certificate issued anew with the right extensions."
            }
            Self::NameConstraint => "Have it issued by a CA that is entitled to the name.",
            Self::NameConstraintUnsupported => {
                "Leave that form of name out of the certificate or of the constraint."
            }
            Self::CriticalExtension => "Have it issued without that extension, or not critical.",
            Self::PolicyRequired => "Have the chain issued under a policy that is accepted here.",
            Self::WorkLimit => "Send only the certificates and CRLs that belong to the path.",
        }
    }
}

/// The first rule that a path broke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathError {
    /// The rule.
    pub rule: Rule,
    /// Which certificate: 0 is the leaf, 1 its issuer and so on.
    pub index: usize,
    /// The subject of that certificate (RFC 4514).
    pub subject: String,
    /// More about it, for people; empty when there is nothing to add.
    pub detail: String,
}

impl PathError {
    pub(crate) fn new(rule: Rule, index: usize, certificate: &Certificate) -> Self {
        let subject = certificate.subject().to_string();
        Self { rule, index, subject, detail: String::new() }
    }

    pub(crate) fn with(self, detail: impl fmt::Display) -> Self {
        Self { detail: detail.to_string(), ..self }
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The certificate of `{}` is refused: {}", self.subject, self.rule.wrong())?;
        if !self.detail.is_empty() {
            write!(f, " ({})", self.detail)?;
        }
        write!(f, " [{}].", self.rule.section())
    }
}

impl std::error::Error for PathError {}

impl Report for PathError {
    fn id(&self) -> &'static str {
        self.rule.id()
    }

    fn hint(&self) -> String {
        self.rule.hint().into()
    }

    fn fault(&self) -> Fault {
        match self.rule {
            Rule::AlgorithmRefused
            | Rule::CriticalExtension
            | Rule::NameConstraintUnsupported
            | Rule::WorkLimit => Fault::PeerIncompatible,
            _ => Fault::PeerMisbehaved,
        }
    }
}
