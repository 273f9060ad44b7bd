//! SignedData (RFC 5652 section 5): the S and SO operators of SET 1.0 (Book 3, cryptographic
//! treatments).
//!
//! The content is the DER of one typed value; its type is one of SET 2's content types. The signed
//! attributes always bind the type, the digest and the algorithms (RFC 6211), the signer's
//! certificate (RFC 5035) once there is one, and the recipient where the content is meant for one.

use der::asn1::OctetStringRef;
use der::{Decode, Encode, Sequence};
use rand_core::CryptoRng;

use super::attribute::{AttributeSet, SignedAttributes};
use super::raw::{SequenceBody, SetRule, Tlv, TlvSet};
use super::recipient::IssuerAndSerial;
use super::{ContentInfo, SIGNED_DATA};
use crate::digest::{Digest, SHA256_IDENTIFIER, sha256};
use crate::error::CryptoError;
use crate::key::SigningKey;
use crate::oid::Oid;
use crate::signature::{KEY_ID_BYTES, KeyId, SignatureAlgorithm, VerifyingKey};
use crate::suite::Suite;

/// Most certificates in one SignedData.
pub const CERTIFICATES_MAX: usize = 16;
/// Most CRLs in one SignedData.
pub const CRLS_MAX: usize = 16;
/// Most signers of one SignedData; two occur, when a certificate is renewed.
pub const SIGNERS_MAX: usize = 4;

/// id-data (RFC 5652 section 4). SET 2 never signs such content, but its version rule names it.
const ID_DATA: Oid = Oid::from_arcs(&[1, 2, 840, 113549, 1, 7, 1]);

/// id-sha256 with the NULL that RFC 5754 section 2 tells receivers to accept.
const SHA256_IDENTIFIER_NULL: &[u8] =
    &[0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00];

/// How a signer is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignerId<'a> {
    /// By a certificate.
    Certificate {
        /// Issuer and serial number of the certificate.
        name: IssuerAndSerial<'a>,
        /// SHA-256 over the whole DER of the certificate.
        thumb: Digest,
    },
    /// By the key alone, where there is no certificate yet: during registration.
    Key(KeyId),
}

/// One who signs.
#[derive(Debug, Clone, Copy)]
pub struct Signer<'a> {
    /// The key.
    pub key: &'a dyn SigningKey,
    /// Its name.
    pub id: SignerId<'a>,
}

/// What is to be signed, and what travels with it.
#[derive(Debug, Clone, Copy)]
pub struct SignRequest<'a> {
    /// Type of the content.
    pub content_type: Oid,
    /// DER of the content.
    pub content: &'a [u8],
    /// Leave the content out of the SignedData (SET's SO).
    pub detached: bool,
    /// Who signs: one, or two when a certificate is renewed.
    pub signers: &'a [Signer<'a>],
    /// Thumb of the key-exchange certificate of the only one whom the content is meant for.
    pub recipient: Option<Digest>,
    /// Certificates to send along, each whole DER. Sorted on the way, as DER wants it.
    pub certificates: &'a [&'a [u8]],
    /// CRLs to send along, each whole DER.
    pub crls: &'a [&'a [u8]],
}

/// What a verifier expects of a signature.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Type of the content.
    pub content_type: Oid,
    /// DER of the content when the signature is detached, else none.
    pub content: Option<&'a [u8]>,
    /// The signer: the certificate that `key` was taken from, or the key itself.
    pub signer: SignerId<'a>,
    /// Thumb of the verifier's own key-exchange certificate when the content has to be meant for
    /// it; none accepts any or no recipient.
    pub recipient: Option<Digest>,
}

/// A SignedData, taken apart but not yet verified. Borrows from its ContentInfo.
#[derive(Debug)]
pub struct SignedData<'a> {
    /// Type of the content. Means something only after [`SignedData::verify`].
    pub content_type: Oid,
    /// DER of the content, none when detached. Means something only after verifying.
    pub content: Option<&'a [u8]>,
    /// The signers, in DER's order.
    pub signers: Vec<SignerInfo<'a>>,
    /// Certificates that came along, each whole DER. No signature covers them.
    pub certificates: Vec<&'a [u8]>,
    /// CRLs that came along, each whole DER. No signature covers them.
    pub crls: Vec<&'a [u8]>,
}

/// One signer's part of a SignedData.
#[derive(Debug)]
pub struct SignerInfo<'a> {
    /// Whom it names as signer.
    pub name: SignerName<'a>,
    /// Thumb of the signer's certificate, from the signed attributes.
    pub certificate_thumb: Option<Digest>,
    /// Thumb of the recipient's certificate, from the signed attributes.
    pub recipient: Option<Digest>,
    /// Algorithm of the signature.
    pub algorithm: SignatureAlgorithm,
    content_type: Oid,
    message_digest: Digest,
    signed_octets: Vec<u8>,
    signature: &'a [u8],
}

/// The name that a SignerInfo gives its signer. Not signed by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignerName<'a> {
    /// Issuer and serial number of a certificate.
    Certificate(IssuerAndSerial<'a>),
    /// A key.
    Key(KeyId),
}

#[derive(Sequence)]
#[asn1(error = CryptoError)]
struct SignedDataDer<'a> {
    version: u8,
    digest_algorithms: TlvSet<'a, DigestAlgorithms>,
    content: EncapsulatedContent<'a>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true", constructed = "true")]
    certificates: Option<TlvSet<'a, Certificates>>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true", constructed = "true")]
    crls: Option<TlvSet<'a, Crls>>,
    signer_infos: TlvSet<'a, Signers>,
}

#[derive(Sequence)]
struct EncapsulatedContent<'a> {
    content_type: Oid,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    content: Option<&'a OctetStringRef>,
}

#[derive(Sequence)]
#[asn1(error = CryptoError)]
struct SignerInfoDer<'a> {
    version: u8,
    sid: Tlv<'a>,
    digest_algorithm: Tlv<'a>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", constructed = "true")]
    signed_attributes: AttributeSet<'a>,
    signature_algorithm: Tlv<'a>,
    signature: &'a OctetStringRef,
}

macro_rules! set_rule {
    ($name:ident, $limit:expr, $unit:literal) => {
        struct $name;

        impl SetRule for $name {
            const STRUCTURE: &'static str = "SignedData";
            const ELEMENTS_MAX: usize = $limit;
            const UNIT: &'static str = $unit;
        }
    };
}

set_rule!(DigestAlgorithms, SIGNERS_MAX, "digest algorithms");
set_rule!(Certificates, CERTIFICATES_MAX, "certificates");
set_rule!(Crls, CRLS_MAX, "CRLs");
set_rule!(Signers, SIGNERS_MAX, "signers");

/// Signs. With several signers their order in the result is DER's, not that of the request.
///
/// # Errors
/// [`CryptoError::LimitExceeded`] for too many certificates, CRLs, signers or octets,
/// [`CryptoError::SignerAbsent`] without any signer, and whatever a key fails with.
pub fn sign(
    request: &SignRequest<'_>,
    rng: &mut dyn CryptoRng,
) -> Result<ContentInfo, CryptoError> {
    if request.signers.is_empty() {
        return Err(CryptoError::SignerAbsent { index: 0 });
    }
    let message_digest = sha256(request.content);
    let signer_infos = request
        .signers
        .iter()
        .map(|signer| sign_one(request, signer, message_digest, rng))
        .collect::<Result<Vec<_>, _>>()?;
    let content = if request.detached { None } else { Some(OctetStringRef::new(request.content)?) };
    let signed_data = SignedDataDer {
        version: version(request.content_type, request.signers.iter().any(is_key_alone)),
        digest_algorithms: TlvSet::new([SHA256_IDENTIFIER])?,
        content: EncapsulatedContent { content_type: request.content_type, content },
        certificates: some_set(request.certificates)?,
        crls: some_set(request.crls)?,
        signer_infos: TlvSet::new(signer_infos.iter().map(Vec::as_slice))?,
    };
    ContentInfo::wrap(SIGNED_DATA, &signed_data.to_der()?)
}

fn sign_one(
    request: &SignRequest<'_>,
    signer: &Signer<'_>,
    message_digest: Digest,
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, CryptoError> {
    let algorithm = signer.key.algorithm();
    let identifier = algorithm.identifier_der().ok_or_else(|| CryptoError::KeyUnsuitable {
        found: algorithm.name().into(),
        wanted: "signing messages".into(),
    })?;
    let certificate = match signer.id {
        SignerId::Certificate { thumb, .. } => Some(thumb),
        SignerId::Key(_) => None,
    };
    let signed_octets = SignedAttributes {
        content_type: request.content_type,
        message_digest,
        signature_algorithm: SequenceBody::of(identifier)?,
        certificate,
        recipient: request.recipient,
    }
    .to_der()?;
    let signature = signer.key.sign(&signed_octets, rng)?;
    let name = match signer.id {
        SignerId::Certificate { name, .. } => SignerName::Certificate(name),
        SignerId::Key(key_id) => SignerName::Key(key_id),
    };
    let info = SignerInfoDer {
        version: name.version(),
        sid: Tlv(&name.to_der()?),
        digest_algorithm: Tlv(SHA256_IDENTIFIER),
        signed_attributes: AttributeSet::from_der(&signed_octets)?,
        signature_algorithm: Tlv(identifier),
        signature: OctetStringRef::new(&signature)?,
    };
    Ok(info.to_der()?)
}

fn is_key_alone(signer: &Signer<'_>) -> bool {
    matches!(signer.id, SignerId::Key(_))
}

/// The version that RFC 5652 section 5.1 asks for.
fn version(content_type: Oid, key_alone: bool) -> u8 {
    if content_type != ID_DATA || key_alone { 3 } else { 1 }
}

fn some_set<'a, R: SetRule>(
    elements: &'a [&'a [u8]],
) -> Result<Option<TlvSet<'a, R>>, CryptoError> {
    if elements.is_empty() {
        return Ok(None);
    }
    TlvSet::new(elements.iter().copied()).map(Some)
}

impl SignerName<'_> {
    fn version(&self) -> u8 {
        match self {
            Self::Certificate(_) => 1,
            Self::Key(_) => 3,
        }
    }

    fn to_der(self) -> der::Result<Vec<u8>> {
        match self {
            Self::Certificate(name) => name.to_der(),
            Self::Key(key_id) => {
                Ok([[KEY_ID_TAG, KEY_ID_BYTES as u8].as_slice(), &key_id].concat())
            }
        }
    }
}

/// Tag of the subjectKeyIdentifier alternative: `[0] IMPLICIT OCTET STRING`.
const KEY_ID_TAG: u8 = 0x80;

impl<'a> SignerName<'a> {
    fn from_der(der: &'a [u8]) -> der::Result<Self> {
        match der {
            [KEY_ID_TAG, _, key_id @ ..] => key_id
                .try_into()
                .map(Self::Key)
                .map_err(|_| der::Tag::OctetString.length_error().into()),
            _ => IssuerAndSerial::from_der(der).map(Self::Certificate),
        }
    }
}

impl<'a> SignedData<'a> {
    /// Takes a ContentInfo apart. Everything has to be DER, within the limits, and with the signed
    /// attributes that SET 2 asks for; whether it is true is for [`SignedData::verify`].
    ///
    /// # Errors
    /// [`CryptoError::Malformed`], [`CryptoError::LimitExceeded`], the `Attribute…` errors,
    /// [`CryptoError::ContentTypeMismatch`] for another kind of container, and the errors of
    /// [`SignatureAlgorithm::from_der`].
    pub fn parse(info: &'a ContentInfo) -> Result<Self, CryptoError> {
        let (found, content) =
            info.parts().map_err(|e| CryptoError::malformed("ContentInfo", e))?;
        if found != SIGNED_DATA {
            return Err(CryptoError::ContentTypeMismatch { expected: SIGNED_DATA, found });
        }
        let data = SignedDataDer::from_der(content).map_err(|error| error.within("SignedData"))?;
        let signers =
            data.signer_infos.elements().map(read_signer).collect::<Result<Vec<_>, _>>()?;
        let content_type = data.content.content_type;
        let key_alone = signers.iter().any(|signer| matches!(signer.name, SignerName::Key(_)));
        if signers.is_empty() {
            return Err(malformed("nobody signed it"));
        }
        if data.version != version(content_type, key_alone) {
            return Err(malformed("the version does not fit the content"));
        }
        check_digest_algorithms(data.digest_algorithms.elements())?;
        Ok(Self {
            content_type,
            content: data.content.content.map(OctetStringRef::as_bytes),
            signers,
            certificates: sequences(data.certificates.as_ref())?,
            crls: sequences(data.crls.as_ref())?,
        })
    }

    /// The content after everything about signer `index` was checked with `key`: the digest, the
    /// signature, and that type, signer and recipient are the expected ones.
    ///
    /// That `key` belongs to whom it should is the caller's to know, from the certificate.
    ///
    /// # Errors
    /// [`CryptoError::SignatureInvalid`], [`CryptoError::DigestMismatch`],
    /// [`CryptoError::AttributeMismatch`], [`CryptoError::ContentTypeMismatch`],
    /// [`CryptoError::SignerMismatch`], [`CryptoError::RecipientMismatch`], and for wrong use
    /// [`CryptoError::SignerAbsent`], [`CryptoError::ContentMissing`] and
    /// [`CryptoError::ContentUnexpected`].
    pub fn verify<'b>(
        &'b self,
        index: usize,
        key: &VerifyingKey,
        expected: &Expected<'b>,
    ) -> Result<&'b [u8], CryptoError> {
        let signer = self.signers.get(index).ok_or(CryptoError::SignerAbsent { index })?;
        let content = match (self.content, expected.content) {
            (Some(content), None) | (None, Some(content)) => content,
            (None, None) => return Err(CryptoError::ContentMissing),
            (Some(_), Some(_)) => return Err(CryptoError::ContentUnexpected),
        };
        let suite = Suite::for_key(key.kind());
        if suite.is_none_or(|suite| suite.signature != signer.algorithm) {
            let algorithm = signer.algorithm.name();
            return Err(CryptoError::AlgorithmMismatch { algorithm, key: key.kind() });
        }
        if signer.content_type != self.content_type {
            return Err(CryptoError::AttributeMismatch {
                attribute: "contentType",
                with: "the type of the content",
            });
        }
        if sha256(content) != signer.message_digest {
            return Err(CryptoError::DigestMismatch);
        }
        key.verify(signer.algorithm, &signer.signed_octets, signer.signature)?;
        self.check_expected(signer, key, expected)?;
        Ok(content)
    }

    fn check_expected(
        &self,
        signer: &SignerInfo<'_>,
        key: &VerifyingKey,
        expected: &Expected<'_>,
    ) -> Result<(), CryptoError> {
        if self.content_type != expected.content_type {
            return Err(CryptoError::ContentTypeMismatch {
                expected: expected.content_type,
                found: self.content_type,
            });
        }
        let signer_fits = match expected.signer {
            SignerId::Certificate { name, thumb } => {
                signer.name == SignerName::Certificate(name)
                    && signer.certificate_thumb == Some(thumb)
            }
            SignerId::Key(key_id) => {
                signer.name == SignerName::Key(key_id) && key.key_id() == key_id
            }
        };
        if !signer_fits {
            return Err(CryptoError::SignerMismatch);
        }
        if expected.recipient.is_some() && signer.recipient != expected.recipient {
            return Err(CryptoError::RecipientMismatch);
        }
        Ok(())
    }
}

fn read_signer(der: &[u8]) -> Result<SignerInfo<'_>, CryptoError> {
    let info = SignerInfoDer::from_der(der).map_err(|error| error.within("SignerInfo"))?;
    let name = SignerName::from_der(info.sid.0)
        .map_err(|error| CryptoError::malformed("SignerInfo", error))?;
    if info.version != name.version() {
        return Err(CryptoError::malformed("SignerInfo", "the version does not fit the name"));
    }
    check_digest_algorithms([info.digest_algorithm.0])?;
    let algorithm = SignatureAlgorithm::from_der(info.signature_algorithm.0)?;
    let attributes = SignedAttributes::read(&info.signed_attributes)?;
    if SequenceBody::of(info.signature_algorithm.0)? != attributes.signature_algorithm {
        return Err(CryptoError::AttributeMismatch {
            attribute: "CMSAlgorithmProtection",
            with: "the signature algorithm",
        });
    }
    if attributes.certificate.is_none() && matches!(name, SignerName::Certificate(_)) {
        return Err(CryptoError::AttributeMissing { attribute: "signingCertificateV2" });
    }
    Ok(SignerInfo {
        name,
        certificate_thumb: attributes.certificate,
        recipient: attributes.recipient,
        algorithm,
        content_type: attributes.content_type,
        message_digest: attributes.message_digest,
        signed_octets: info.signed_attributes.to_der()?,
        signature: info.signature.as_bytes(),
    })
}

fn check_digest_algorithms<'a>(
    identifiers: impl IntoIterator<Item = &'a [u8]>,
) -> Result<(), CryptoError> {
    for identifier in identifiers {
        if identifier != SHA256_IDENTIFIER && identifier != SHA256_IDENTIFIER_NULL {
            return Err(crate::signature::digest_refusal(identifier));
        }
    }
    Ok(())
}

/// The elements of a set of which each has to be a SEQUENCE: a plain certificate or CRL, none of
/// the other alternatives of RFC 5652 section 10.2.
fn sequences<'a, R: SetRule>(set: Option<&TlvSet<'a, R>>) -> Result<Vec<&'a [u8]>, CryptoError> {
    let elements: Vec<_> = set.into_iter().flat_map(TlvSet::elements).collect();
    if elements.iter().all(|element| element.first() == Some(&0x30)) {
        Ok(elements)
    } else {
        Err(malformed("it carries a certificate or CRL of an unknown form"))
    }
}

fn malformed(detail: &str) -> CryptoError {
    CryptoError::malformed("SignedData", detail)
}
