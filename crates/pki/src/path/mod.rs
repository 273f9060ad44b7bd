//! Path validation: RFC 5280 section 6, with the policy graph of RFC 9618.
//!
//! A pure function: [`validate`] builds a path from the leaf through a pool to an anchor and
//! checks it at a given time. Work is bounded by [`PathLimits`], whatever the certificates, CRLs
//! and OCSP responses say. What SET asks for beyond RFC 5280 is in [`crate::trust`], what TLS asks
//! for in [`crate::purpose`].
//!
//! Beyond the letter of the standard: an anchor that is given as a certificate constrains its
//! paths with its own basicConstraints, nameConstraints and keyUsage (RFC 5937). A leaf that is
//! itself an anchor is a path of one.

mod build;
mod check;
mod error;
mod explain;
mod name_constraint;
mod ocsp;
mod policy;
mod revocation;
mod rule;
mod signature;
mod work;

pub use error::PathError;
pub use ocsp::response_signed;
pub use policy::{Policies, PolicySettings};
pub use revocation::{CrlAge, RevocationSettings, RevokedBy};
pub use rule::{Rule, kinds};
pub use signature::{
    CurrentAlgorithms, SignatureCheck, SignatureRefusal, Signed, SignedKind, WeakAlgorithms,
};
pub use work::PathLimits;

use jiff::Timestamp;

use crate::{
    certificate::Certificate, crl::Crl, extension::KeyUsage, ocsp::OcspResponse, oid::Oid,
    thumb::Thumb,
};

/// What decides beside the certificates.
#[derive(Debug, Clone, Default)]
pub struct PathSettings {
    /// Certificate policies: any, unless said otherwise.
    pub policies: PolicySettings,
    /// Whether and how revocation is checked.
    pub revocation: RevocationSettings,
    /// A use that the leaf's keyUsage must allow when the extension is present.
    pub key_usage: Option<KeyUsage>,
    /// A purpose that the leaf's extendedKeyUsage must allow when the extension is present.
    pub purpose: Option<Oid>,
    /// Most CA certificates between the leaf and the anchor, self-issued ones not counted.
    pub depth_max: Option<usize>,
    /// Refuse an anchor outside of its own validity, which RFC 5280 leaves to local policy.
    pub anchor_validity: bool,
    /// Accept a leaf that is itself an anchor.
    pub anchor_as_leaf: bool,
    /// A further check of each whole path, after all of RFC 5280.
    pub whole: Option<ChainCheck>,
    /// What the validation may spend.
    pub limits: PathLimits,
}

/// Checks a whole path, leaf first, anchor last, at a time.
pub type ChainCheck = fn(&[Certificate], Timestamp) -> Result<(), PathError>;

/// Everything that a validation looks at.
#[derive(Clone, Copy)]
pub struct PathInput<'a> {
    /// The certificate that is asked about.
    pub leaf: &'a Certificate,
    /// Certificates that may stand between, in any order; none of them is trusted.
    pub pool: &'a [Certificate],
    /// The trust anchors.
    pub anchors: &'a [Certificate],
    /// CRLs that may cover the path; each is verified before it counts.
    pub crls: &'a [Crl],
    /// OCSP responses that may speak of the path; each is verified before it counts.
    pub ocsp: &'a [OcspResponse],
    /// The time of the validation.
    pub now: Timestamp,
    /// Policies, revocation, use.
    pub settings: &'a PathSettings,
    /// Which signatures count.
    pub signatures: &'a dyn SignatureCheck,
}

/// A path that was validated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidatedPath {
    /// The leaf first, the anchor last.
    pub chain: Vec<Certificate>,
    /// The last moment at which the same answer can still be given: the first end of validity of a
    /// certificate, CRL or OCSP response that was used.
    pub valid_until: Timestamp,
    /// The policies that hold along the path.
    pub policies: Policies,
}

/// Builds a path for `input.leaf` and validates it.
///
/// # Errors
/// [`PathError`] naming the rule and the certificate. Of several candidate paths the error of the
/// one that came furthest is reported.
pub fn validate(input: &PathInput<'_>) -> Result<ValidatedPath, PathError> {
    validate_and_tell(input).map(|(found, _)| found)
}

/// As [`validate`]; says as well which signatures were verified (object, signer).
pub(crate) fn validate_and_tell(
    input: &PathInput<'_>,
) -> Result<(ValidatedPath, Vec<(Thumb, Thumb)>), PathError> {
    let mut work = work::Work::new(input);
    let found = build::find(input.leaf, &mut work, &build::Goal::leaf(input))?;
    Ok((found, work.good_signatures()))
}
