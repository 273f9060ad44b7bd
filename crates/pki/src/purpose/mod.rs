//! What a certificate is wanted for, one file each, and [`judge`]: the whole answer for one.
//!
//! A new purpose is one new file and a line in [`ALL`].

mod any;
mod profile;
mod set;
mod tls;

use counterfoil_crypto::signature::weak::Weakness;
use jiff::Timestamp;

use crate::{
    certificate::Certificate,
    crl::Crl,
    host::HostName,
    ocsp::OcspResponse,
    path::{
        self, CurrentAlgorithms, PathError, PathInput, PathLimits, PathSettings, RevokedBy, Rule,
        SignedKind, ValidatedPath, WeakAlgorithms,
    },
};

/// A purpose, and what it asks for beyond RFC 5280 section 6.
#[derive(Debug)]
pub struct Purpose {
    /// The word for it on a command line.
    pub name: &'static str,
    /// What it is, in a few words.
    pub title: &'static str,
    /// Turns settings that hold for every purpose into those of this one.
    settings: fn(&mut PathSettings),
    /// Do signatures count that are too weak for payments and for TLS?
    weak: bool,
}

/// Every purpose.
pub static ALL: [&Purpose; 6] =
    [&any::ANY, &tls::SERVER, &tls::CLIENT, &set::CARDHOLDER, &set::MERCHANT, &set::GATEWAY];

/// The purpose with this name.
pub fn named(name: &str) -> Option<&'static Purpose> {
    ALL.iter().copied().find(|purpose| purpose.name == name)
}

/// A certificate, what may help to judge it, and what it is wanted for.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The certificate.
    pub leaf: &'a Certificate,
    /// Certificates that may stand between, none of them trusted.
    pub pool: &'a [Certificate],
    /// Certificates that are trusted.
    pub anchors: &'a [Certificate],
    /// CRLs. If there are any, every certificate below the anchor needs one, or an OCSP response.
    pub crls: &'a [Crl],
    /// OCSP responses. If there are any and no CRL, the certificate itself needs one.
    pub ocsp: &'a [OcspResponse],
    /// The time of the judgement.
    pub now: Timestamp,
    /// What it is wanted for.
    pub purpose: &'static Purpose,
    /// The host that it is wanted for.
    pub name: Option<&'a HostName>,
    /// Most CA certificates between it and the anchor.
    pub depth_max: Option<usize>,
}

/// A certificate that is valid for its purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Valid {
    /// Its path.
    pub path: ValidatedPath,
    /// Signatures that are too weak for payments and for TLS: on what, by whom, and why.
    pub weak: Vec<(SignedKind, String, Weakness)>,
}

/// Is the certificate valid for its purpose?
///
/// # Errors
/// [`PathError`] naming the certificate and the rule.
pub fn judge(question: &Question<'_>) -> Result<Valid, PathError> {
    let weak = WeakAlgorithms::default();
    let settings = settings(question);
    let path = path::validate(&PathInput {
        leaf: question.leaf,
        pool: question.pool,
        anchors: question.anchors,
        crls: question.crls,
        ocsp: question.ocsp,
        now: question.now,
        settings: &settings,
        signatures: if question.purpose.weak { &weak } else { &CurrentAlgorithms },
    })?;
    if let Some(name) = question.name {
        let refused = |why| PathError::new(Rule::Name, 0, question.leaf).with(why);
        name.check(question.leaf).map_err(refused)?;
    }
    Ok(Valid { path, weak: weak.seen() })
}

fn settings(question: &Question<'_>) -> PathSettings {
    let mut settings = PathSettings {
        depth_max: question.depth_max,
        anchor_validity: true,
        anchor_as_leaf: true,
        limits: PathLimits::SEARCH,
        ..PathSettings::default()
    };
    settings.revocation.indirect = true;
    settings.revocation.age.next_update_optional = true;
    settings.revocation.by = match (question.crls.is_empty(), question.ocsp.is_empty()) {
        (false, _) => RevokedBy::Crls,
        (true, false) => RevokedBy::LeafOnly,
        (true, true) => RevokedBy::Nothing,
    };
    (question.purpose.settings)(&mut settings);
    settings
}
