//! [`TrustError`]: which rule of SET a certificate, CRL or BCI breaks.

use counterfoil_secret::report::{Fault, Report};
use jiff::Timestamp;

use crate::{
    extension::{KeyUsage, Roles},
    path::PathError,
};

/// Why a certificate, CRL or BCI is not trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// The path breaks a rule of RFC 5280.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A root that is not self-signed, not a CA, or not of role rca.
    #[error("`{subject}` is no root certificate of SET: {reason}.")]
    NotARoot {
        /// Its subject.
        subject: String,
        /// What is missing.
        reason: &'static str,
    },
    /// The root's own validity does not include the time of the check.
    #[error("The root `{subject}` is valid from {not_before} to {not_after} only.")]
    RootNotValid {
        /// Its subject.
        subject: String,
        /// Start of validity.
        not_before: Timestamp,
        /// End of validity.
        not_after: Timestamp,
    },
    /// No root that is held commits to the key of the new root.
    #[error("No trusted root commits to the key of `{subject}` in its hashedRootKey.")]
    RootNotAnnounced {
        /// Subject of the new root.
        subject: String,
    },
    /// More roots than are kept.
    #[error("More than {count_max} root certificates.")]
    TooManyRoots {
        /// The limit.
        count_max: usize,
    },
    /// A certificate without certificateType.
    #[error("The certificate of `{subject}` has no certificateType.")]
    RoleMissing {
        /// Its subject.
        subject: String,
    },
    /// An issuer whose own certificateType does not entitle it.
    #[error("`{issuer}` with roles {issuer_roles} may not certify `{subject}` as {role}.")]
    NotEntitled {
        /// Subject of the issuer.
        issuer: String,
        /// Roles of the issuer.
        issuer_roles: Roles,
        /// Subject of the certificate.
        subject: String,
        /// The role that was not the issuer's to give.
        role: Roles,
    },
    /// A brand below a brand CA that is not the brand CA's.
    #[error("The certificate of `{subject}` is not of brand `{brand}`, as its brand CA is.")]
    BrandMismatch {
        /// Its subject.
        subject: String,
        /// Brand of the brand CA.
        brand: String,
    },
    /// Validity that goes on after the issuer's has ended.
    #[error("The certificate of `{subject}` is valid longer than that of its issuer.")]
    OutlivesIssuer {
        /// Its subject.
        subject: String,
    },
    /// A merchant's certificate without merchantData.
    #[error("The merchant certificate of `{subject}` has no merchantData.")]
    MerchantDataMissing {
        /// Its subject.
        subject: String,
    },
    /// A gateway's key-exchange certificate without cardCertRequired or tunneling.
    #[error("The gateway certificate of `{subject}` has no {extension}.")]
    GatewayDataMissing {
        /// Its subject.
        subject: String,
        /// The extension that is missing.
        extension: &'static str,
    },
    /// None of the roles that are needed.
    #[error("The certificate of `{subject}` has roles {roles}; {needed} is needed.")]
    WrongRole {
        /// Its subject.
        subject: String,
        /// Its roles.
        roles: Roles,
        /// The roles of which one is needed.
        needed: Roles,
    },
    /// Another brand than the one that is needed.
    #[error("The certificate of `{subject}` is not of brand `{needed}`.")]
    WrongBrand {
        /// Its subject.
        subject: String,
        /// The brand that is needed.
        needed: String,
    },
    /// The key may not be used as needed.
    #[error("The key usage of `{subject}` is {usage}; it is needed for {needed}.")]
    WrongUsage {
        /// Its subject.
        subject: String,
        /// What the certificate says.
        usage: KeyUsage,
        /// What is needed.
        needed: &'static str,
    },
    /// A CRL of a kind that SET does not have: without number, delta, indirect or partitioned.
    #[error("The CRL of `{issuer}` cannot be used: {reason}.")]
    CrlUnsupported {
        /// Its issuer.
        issuer: String,
        /// Why not.
        reason: &'static str,
    },
    /// A CRL before its time or overdue.
    #[error("The CRL of `{issuer}` is not fresh at {now}.")]
    CrlNotFresh {
        /// Its issuer.
        issuer: String,
        /// The time of the check.
        now: Timestamp,
    },
    /// A CRL that no CA that is trusted has signed.
    #[error("The CRL of `{issuer}` is not signed by a CA that may sign it.")]
    CrlSignerUnknown {
        /// Its issuer.
        issuer: String,
    },
    /// Two CRLs of one issuer with one number.
    #[error("Two different CRLs of `{issuer}` have the number {number}.")]
    CrlConflict {
        /// Their issuer.
        issuer: String,
        /// Their number.
        number: String,
    },
    /// More CRLs than are kept.
    #[error("More than {count_max} CRLs.")]
    TooManyCrls {
        /// The limit.
        count_max: usize,
    },
    /// No BCI of the brand is held.
    #[error("No BrandCRLIdentifier of brand `{brand}` is held.")]
    BciMissing {
        /// The brand.
        brand: String,
    },
    /// A BCI before its time or overdue.
    #[error("The BrandCRLIdentifier of brand `{brand}` is not fresh at {now}.")]
    BciNotFresh {
        /// The brand.
        brand: String,
        /// The time of the check.
        now: Timestamp,
    },
    /// A BCI that the brand's CA did not sign.
    #[error("The BrandCRLIdentifier of brand `{brand}` is not signed by its brand CA: {reason}.")]
    BciSignature {
        /// The brand.
        brand: String,
        /// What is wrong.
        reason: String,
    },
    /// Two BCIs of one brand with one sequence number.
    #[error("Two different BrandCRLIdentifiers of brand `{brand}` have the number {sequence}.")]
    BciConflict {
        /// The brand.
        brand: String,
        /// Their sequence number.
        sequence: u64,
    },
    /// More brands than are kept.
    #[error("BrandCRLIdentifiers of more than {count_max} brands.")]
    TooManyBrands {
        /// The limit.
        count_max: usize,
    },
    /// A CRL that the BCI names is not held.
    #[error("The CRL {number} of `{issuer}`, which the BrandCRLIdentifier names, is not held.")]
    CrlMissing {
        /// Its issuer.
        issuer: String,
        /// Its number.
        number: String,
    },
    /// An older CRL is held than the BCI names.
    #[error("CRL {held} of `{issuer}` is held; the BrandCRLIdentifier names {number}.")]
    CrlOutdated {
        /// Its issuer.
        issuer: String,
        /// The number that is held.
        held: String,
        /// The number that the BCI names.
        number: String,
    },
}

impl Report for TrustError {
    fn id(&self) -> &'static str {
        match self {
            Self::Path(error) => error.id(),
            Self::NotARoot { .. } => "root-invalid",
            Self::RootNotValid { .. } => "root-not-valid-now",
            Self::RootNotAnnounced { .. } => "root-not-announced",
            Self::TooManyRoots { .. } => "roots-limit",
            Self::RoleMissing { .. } => "certificate-type-missing",
            Self::NotEntitled { .. } => "issuer-not-entitled",
            Self::BrandMismatch { .. } => "brand-mismatch",
            Self::OutlivesIssuer { .. } => "outlives-issuer",
            Self::MerchantDataMissing { .. } => "merchant-data-missing",
            Self::GatewayDataMissing { .. } => "gateway-data-missing",
            Self::WrongRole { .. } => "wrong-role",
            Self::WrongBrand { .. } => "wrong-brand",
            Self::WrongUsage { .. } => "wrong-key-usage",
            Self::CrlUnsupported { .. } => "crl-unsupported",
            Self::CrlNotFresh { .. } => "crl-not-fresh",
            Self::CrlSignerUnknown { .. } => "crl-signer-unknown",
            Self::CrlConflict { .. } => "crl-conflict",
            Self::TooManyCrls { .. } => "crls-limit",
            Self::BciMissing { .. } => "bci-missing",
            Self::BciNotFresh { .. } => "bci-not-fresh",
            Self::BciSignature { .. } => "bci-signature",
            Self::BciConflict { .. } => "bci-conflict",
            Self::TooManyBrands { .. } => "brands-limit",
            Self::CrlMissing { .. } => "crl-missing",
            Self::CrlOutdated { .. } => "crl-outdated",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Path(error) => return error.hint(),
            Self::NotARoot { .. } => "Install the brand's root certificate, not one of its CAs.",
            Self::RootNotValid { .. } => "Check the clock, then install the brand's current root.",
            Self::RootNotAnnounced { .. } => {
                "Get the new root from the brand by another way and compare its fingerprint."
            }
            Self::RoleMissing { .. } | Self::MerchantDataMissing { .. } => {
                "Use a certificate that a CA of SET issued for this role."
            }
            Self::NotEntitled { .. } | Self::BrandMismatch { .. } | Self::OutlivesIssuer { .. } => {
                "Report the CA that issued it to its brand: it went beyond its rights."
            }
            Self::GatewayDataMissing { .. } => "Have the gateway's certificate issued anew.",
            Self::WrongRole { .. } | Self::WrongUsage { .. } => {
                "Check that the peer sends the right one of its certificates."
            }
            Self::WrongBrand { .. } => "Choose the certificates of the brand that is paid with.",
            Self::CrlUnsupported { .. } | Self::CrlConflict { .. } | Self::BciConflict { .. } => {
                "Report it to the CA that signed it."
            }
            Self::CrlNotFresh { .. } | Self::CrlMissing { .. } | Self::CrlOutdated { .. } => {
                "Fetch the current CRLs of the brand; check the clock."
            }
            Self::BciMissing { .. } | Self::BciNotFresh { .. } => {
                "Fetch the current BrandCRLIdentifier of the brand; check the clock."
            }
            Self::CrlSignerUnknown { .. } | Self::BciSignature { .. } => {
                "Send the CA's certificate along, and take CRLs and BCIs from the brand only."
            }
            Self::TooManyRoots { .. } | Self::TooManyCrls { .. } | Self::TooManyBrands { .. } => {
                "Remove roots of brands that are not accepted here."
            }
        }
        .into()
    }

    fn fault(&self) -> Fault {
        match self {
            Self::Path(error) => error.fault(),
            Self::NotARoot { .. }
            | Self::RootNotValid { .. }
            | Self::TooManyRoots { .. }
            | Self::TooManyCrls { .. }
            | Self::TooManyBrands { .. } => Fault::OurMisuse,
            Self::BciMissing { .. } | Self::CrlMissing { .. } | Self::CrlOutdated { .. } => {
                Fault::Environment
            }
            Self::CrlUnsupported { .. } => Fault::PeerIncompatible,
            _ => Fault::PeerMisbehaved,
        }
    }
}
