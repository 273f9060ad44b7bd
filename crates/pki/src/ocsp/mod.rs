//! OCSP (RFC 6960): [`OcspResponse`], read with its bytes kept, and [`request`] to ask with.
//!
//! Reading checks the form only. Whether a response counts for a certificate is decided where
//! paths are validated, in [`crate::path`].

mod read;
pub mod request;

use std::{fmt, ops::Range, sync::Arc};

use counterfoil_crypto::identifier::IdDigest;
use der::{Decode, asn1::BitStringRef};
use jiff::Timestamp;
use spki::SubjectPublicKeyInfoRef;

use crate::{
    certificate::Certificate, crl::Reason, error::PkiError, limit::OCSP_BYTES_MAX,
    name::DistinguishedName, oid::Oid, thumb::Thumb,
};

/// What a responder answers (OCSPResponse, RFC 6960 4.2.1). A clone costs a counter.
#[derive(Clone)]
pub struct OcspResponse(Arc<Inner>);

struct Inner {
    der: Vec<u8>,
    thumb: Thumb,
    status: ResponseStatus,
    basic: Option<Basic>,
}

/// OCSPResponseStatus (RFC 6960 4.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ResponseStatus {
    Successful,
    MalformedRequest,
    InternalError,
    TryLater,
    SigRequired,
    Unauthorized,
}

impl ResponseStatus {
    /// The status as RFC 6960 spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Successful => "successful",
            Self::MalformedRequest => "malformedRequest",
            Self::InternalError => "internalError",
            Self::TryLater => "tryLater",
            Self::SigRequired => "sigRequired",
            Self::Unauthorized => "unauthorized",
        }
    }
}

/// BasicOCSPResponse (RFC 6960 4.2.1).
pub(crate) struct Basic {
    tbs: Range<usize>,
    algorithm: Range<usize>,
    signature: Vec<u8>,
    pub(crate) responder: ResponderId,
    pub(crate) produced_at: Timestamp,
    pub(crate) singles: Vec<Single>,
    /// A critical responseExtension that is not understood.
    pub(crate) unknown_critical: Option<Oid>,
    pub(crate) certificates: Vec<Certificate>,
}

/// Who signed (ResponderID).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResponderId {
    /// By name.
    Name(DistinguishedName),
    /// By the SHA-1 digest of the public key.
    KeyHash(Vec<u8>),
}

impl ResponderId {
    /// Does it name `certificate`?
    pub(crate) fn is(&self, certificate: &Certificate) -> bool {
        match self {
            Self::Name(name) => name == certificate.subject(),
            Self::KeyHash(hash) => {
                key_octets(certificate).is_some_and(|key| IdDigest::Sha1.digest(key) == *hash)
            }
        }
    }
}

impl fmt::Display for ResponderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => name.fmt(f),
            Self::KeyHash(hash) => {
                f.write_str("key ")?;
                hash.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
            }
        }
    }
}

/// SingleResponse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Single {
    /// Which certificate it is about.
    pub id: CertId,
    /// What is said of it.
    pub status: CertStatus,
    /// From when it is known to be so.
    pub this_update: Timestamp,
    /// When there will be newer information.
    pub next_update: Option<Timestamp>,
    /// A critical singleExtension that is not understood.
    pub(crate) unknown_critical: Option<Oid>,
}

/// CertStatus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertStatus {
    /// Not revoked.
    Good,
    /// Revoked.
    Revoked {
        /// Since when.
        at: Timestamp,
        /// Why.
        reason: Reason,
    },
    /// The responder does not know the certificate.
    Unknown,
}

impl CertStatus {
    /// The word in text and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Revoked { .. } => "revoked",
            Self::Unknown => "unknown",
        }
    }
}

/// CertID: issuer by digest of name and key, and the serial number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertId {
    pub(crate) digest: Option<IdDigest>,
    pub(crate) issuer_name: Vec<u8>,
    pub(crate) issuer_key: Vec<u8>,
    /// Content octets of the serial number's INTEGER.
    pub(crate) serial: Vec<u8>,
}

impl CertId {
    /// The id of `certificate`, which `issuer` issued; `None` when the issuer's key has no octets.
    pub fn of(certificate: &Certificate, issuer: &Certificate, digest: IdDigest) -> Option<Self> {
        Some(Self {
            digest: Some(digest),
            issuer_name: digest.digest(certificate.issuer_der()),
            issuer_key: digest.digest(key_octets(issuer)?),
            serial: certificate.serial().to_vec(),
        })
    }

    /// Content octets of the serial number.
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// Does this id mean `certificate`, which `issuer` issued?
    pub fn means(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        // The serial number first: it costs nothing and nearly always decides.
        self.serial == certificate.serial()
            && self.digest.is_some_and(|digest| {
                Self::of(certificate, issuer, digest).is_some_and(|own| own == *self)
            })
    }
}

impl OcspResponse {
    /// Reads one OCSPResponse and nothing after it.
    ///
    /// # Errors
    /// [`PkiError::TooLong`] above [`OCSP_BYTES_MAX`], [`PkiError::Malformed`] naming the field.
    pub fn from_der(der: &[u8]) -> Result<Self, PkiError> {
        if der.len() > OCSP_BYTES_MAX {
            let (bytes, bytes_max) = (der.len(), OCSP_BYTES_MAX);
            return Err(PkiError::TooLong { what: "OCSP response", bytes, bytes_max });
        }
        let (status, basic) = read::response(der).map_err(|error| error.of("OCSP response"))?;
        Ok(Self(Arc::new(Inner { der: der.to_vec(), thumb: Thumb::of(der), status, basic })))
    }

    /// The response as received.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// SHA-256 over [`OcspResponse::der`].
    pub fn thumb(&self) -> Thumb {
        self.0.thumb
    }

    /// Did the responder answer at all?
    pub fn status(&self) -> ResponseStatus {
        self.0.status
    }

    /// When the responder signed it.
    pub fn produced_at(&self) -> Option<Timestamp> {
        self.basic().map(|basic| basic.produced_at)
    }

    /// Who signed it.
    pub fn responder(&self) -> Option<&ResponderId> {
        self.basic().map(|basic| &basic.responder)
    }

    /// What it says, of each certificate.
    pub fn singles(&self) -> &[Single] {
        self.basic().map_or(&[], |basic| &basic.singles)
    }

    /// The certificates that came along.
    pub fn certificates(&self) -> &[Certificate] {
        self.basic().map_or(&[], |basic| &basic.certificates)
    }

    pub(crate) fn basic(&self) -> Option<&Basic> {
        self.0.basic.as_ref()
    }

    /// The octets that are signed.
    pub(crate) fn tbs_der(&self) -> &[u8] {
        self.basic().map_or(&[], |basic| &self.0.der[basic.tbs.clone()])
    }

    /// DER of the AlgorithmIdentifier of the signature.
    pub(crate) fn signature_algorithm_der(&self) -> &[u8] {
        self.basic().map_or(&[], |basic| &self.0.der[basic.algorithm.clone()])
    }

    /// The signature's octets.
    pub(crate) fn signature(&self) -> &[u8] {
        self.basic().map_or(&[], |basic| &basic.signature)
    }
}

impl PartialEq for OcspResponse {
    fn eq(&self, other: &Self) -> bool {
        self.der() == other.der()
    }
}

impl Eq for OcspResponse {}

impl fmt::Debug for OcspResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OcspResponse")
            .field("status", &self.status())
            .field("singles", &self.singles().len())
            .finish_non_exhaustive()
    }
}

/// The octets of the subjectPublicKey, which issuerKeyHash is made of.
fn key_octets(certificate: &Certificate) -> Option<&[u8]> {
    let spki = SubjectPublicKeyInfoRef::from_der(certificate.spki_der()).ok()?;
    let key: BitStringRef<'_> = spki.subject_public_key;
    key.as_bytes()
}
