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
        self.row().0
    }

    /// Where the rule is written.
    pub fn section(self) -> &'static str {
        self.row().1
    }

    /// id, section, what is wrong, hint.
    fn row(self) -> (&'static str, &'static str, &'static str, &'static str) {
        const RENEW: &str = "Have its CA issue a new certificate and install it.";
        const CA: &str = "Have the CA's own certificate issued anew with the right extensions.";
        const CRL: &str = "Fetch the current CRLs of the brand and give them along.";
        match self {
            Self::SignatureInvalid => (
                "certificate-signature-invalid",
                "RFC 5280 6.1.3 (a)(1)",
                "its signature does not verify under its issuer's key",
                "Treat it as forged or damaged; get it again from its owner.",
            ),
            Self::AlgorithmRefused => (
                "certificate-algorithm-refused",
                "RFC 5280 6.1.3 (a)(1)",
                "its signature uses an algorithm or key that is refused",
                "Have it issued anew with a current suite (p256 or rsa3072).",
            ),
            Self::NotYetValid => (
                "certificate-not-yet-valid",
                "RFC 5280 6.1.3 (a)(2)",
                "its validity has not begun",
                "Check this machine's clock first, then the notBefore of the certificate.",
            ),
            Self::Expired => {
                ("certificate-expired", "RFC 5280 6.1.3 (a)(2)", "its validity is over", RENEW)
            }
            Self::Revoked => {
                ("certificate-revoked", "RFC 5280 6.1.3 (a)(3)", "it is revoked", RENEW)
            }
            Self::RevocationUnknown => (
                "revocation-unknown",
                "RFC 5280 6.3.3",
                "no usable CRL says whether it is revoked",
                CRL,
            ),
            Self::IssuerUnknown => (
                "issuer-unknown",
                "RFC 5280 6.1.3 (a)(4)",
                "no certificate of its issuer leads to a trusted root",
                "Give the CA certificates along, or add the brand's root if it is really trusted.",
            ),
            Self::IssuerNotCa => {
                ("issuer-not-ca", "RFC 5280 6.1.4 (k)", "it is no CA certificate", CA)
            }
            Self::PathLength => (
                "path-length-exceeded",
                "RFC 5280 6.1.4 (l)",
                "it stands below more CAs than a CA above it allows",
                CA,
            ),
            Self::KeyUsage => (
                "key-usage",
                "RFC 5280 6.1.4 (n)",
                "its key usage does not allow what its key was used for",
                CA,
            ),
            Self::ExtendedKeyUsage => (
                "extended-key-usage",
                "RFC 5280 4.2.1.12",
                "its extended key usage does not allow the purpose",
                RENEW,
            ),
            Self::NameConstraint => (
                "name-constraint",
                "RFC 5280 6.1.3 (b)(c)",
                "a CA above it may not certify this name",
                "Have it issued by a CA that is entitled to the name.",
            ),
            Self::NameConstraintUnsupported => (
                "name-constraint-unsupported",
                "RFC 5280 4.2.1.10",
                "a CA above it constrains a form of name that is not understood",
                "Leave that form of name out of the certificate or of the constraint.",
            ),
            Self::CriticalExtension => (
                "critical-extension-unknown",
                "RFC 5280 6.1.4 (o)",
                "it has a critical extension that is not understood",
                "Have it issued without that extension, or not critical.",
            ),
            Self::PolicyMapping => (
                "policy-mapping-invalid",
                "RFC 5280 6.1.4 (a)",
                "it maps a policy to or from anyPolicy",
                CA,
            ),
            Self::PolicyRequired => (
                "policy-required",
                "RFC 5280 6.1.3 (f)",
                "no certificate policy holds along the whole path",
                "Have the chain issued under a policy that is accepted here.",
            ),
            Self::WorkLimit => (
                "path-work-limit",
                "RFC 5280 6.1",
                "building its path takes more work than allowed",
                "Send only the certificates and CRLs that belong to the path.",
            ),
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
        let (_, section, wrong, _) = self.rule.row();
        write!(f, "The certificate of `{}` is refused: {wrong}", self.subject)?;
        if !self.detail.is_empty() {
            write!(f, " ({})", self.detail)?;
        }
        write!(f, " [{section}].")
    }
}

impl std::error::Error for PathError {}

impl Report for PathError {
    fn id(&self) -> &'static str {
        self.rule.id()
    }

    fn hint(&self) -> String {
        self.rule.row().3.into()
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
