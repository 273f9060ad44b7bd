//! Signed attributes of a SignerInfo (RFC 5652 section 11, RFC 6211, RFC 5035, one of SET 2).

use der::asn1::OctetStringRef;
use der::{Decode, Encode, Sequence};

use super::raw::{SequenceBody, SetRule, Tlv, TlvSet};
use crate::digest::{DIGEST_BYTES, Digest, SHA256_IDENTIFIER};
use crate::error::CryptoError;
use crate::oid::{ATTRIBUTE_RECIPIENT, Oid};

/// Most signed attributes of one signer.
pub const ATTRIBUTES_MAX: usize = 16;
/// Most values of one attribute.
pub const ATTRIBUTE_VALUES_MAX: usize = 4;

pub(crate) const CONTENT_TYPE: Oid = Oid::from_arcs(&[1, 2, 840, 113549, 1, 9, 3]);
pub(crate) const MESSAGE_DIGEST: Oid = Oid::from_arcs(&[1, 2, 840, 113549, 1, 9, 4]);
pub(crate) const ALGORITHM_PROTECTION: Oid = Oid::from_arcs(&[1, 2, 840, 113549, 1, 9, 52]);
pub(crate) const SIGNING_CERTIFICATE: Oid = Oid::from_arcs(&[1, 2, 840, 113549, 1, 9, 16, 2, 47]);

/// What the signed attributes of SET 2 say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SignedAttributes<'a> {
    pub(crate) content_type: Oid,
    pub(crate) message_digest: Digest,
    /// The content octets of the signature's AlgorithmIdentifier, from CMSAlgorithmProtection.
    pub(crate) signature_algorithm: SequenceBody<'a>,
    /// Thumb of the signer's certificate.
    pub(crate) certificate: Option<Digest>,
    /// Thumb of the recipient's key-exchange certificate.
    pub(crate) recipient: Option<Digest>,
}

/// The set of attributes of one signer.
pub(crate) type AttributeSet<'a> = TlvSet<'a, Attributes>;

#[derive(Debug)]
pub(crate) struct Attributes;

impl SetRule for Attributes {
    const STRUCTURE: &'static str = "SignerInfo";
    const ELEMENTS_MAX: usize = ATTRIBUTES_MAX;
    const UNIT: &'static str = "signed attributes";
}

struct Values;

impl SetRule for Values {
    const STRUCTURE: &'static str = "signed attribute";
    const ELEMENTS_MAX: usize = ATTRIBUTE_VALUES_MAX;
    const UNIT: &'static str = "values";
}

#[derive(Sequence)]
#[asn1(error = CryptoError)]
struct Attribute<'a> {
    attribute_type: Oid,
    values: TlvSet<'a, Values>,
}

/// CMSAlgorithmProtection (RFC 6211 section 2).
#[derive(Sequence)]
struct AlgorithmProtection<'a> {
    digest_algorithm: Tlv<'a>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true")]
    signature_algorithm: SequenceBody<'a>,
}

/// SigningCertificateV2 (RFC 5035 section 3) with the one certificate that SET 2 names. The digest
/// algorithm is the default, SHA-256, which DER leaves out.
#[derive(Sequence)]
struct SigningCertificate<'a> {
    certs: CertificateIds<'a>,
}

#[derive(Sequence)]
struct CertificateIds<'a> {
    only: CertificateId<'a>,
}

#[derive(Sequence)]
struct CertificateId<'a> {
    cert_hash: &'a OctetStringRef,
}

impl<'a> SignedAttributes<'a> {
    /// The DER of the attributes as a SET OF, which is what the signature is made over
    /// (RFC 5652 section 5.4).
    pub(crate) fn to_der(self) -> Result<Vec<u8>, CryptoError> {
        let octets = |digest: &Digest| OctetStringRef::new(digest)?.to_der();
        let protection = AlgorithmProtection {
            digest_algorithm: Tlv(SHA256_IDENTIFIER),
            signature_algorithm: self.signature_algorithm,
        };
        let mut attributes = vec![
            attribute_der(CONTENT_TYPE, &[&self.content_type.to_der_bytes()])?,
            attribute_der(MESSAGE_DIGEST, &[&octets(&self.message_digest)?])?,
            attribute_der(ALGORITHM_PROTECTION, &[&protection.to_der()?])?,
        ];
        if let Some(thumb) = &self.certificate {
            let cert_hash = OctetStringRef::new(thumb)?;
            let certs = CertificateIds { only: CertificateId { cert_hash } };
            let value = SigningCertificate { certs }.to_der()?;
            attributes.push(attribute_der(SIGNING_CERTIFICATE, &[&value])?);
        }
        if let Some(thumb) = &self.recipient {
            attributes.push(attribute_der(ATTRIBUTE_RECIPIENT, &[&octets(thumb)?])?);
        }
        let set = AttributeSet::new(attributes.iter().map(Vec::as_slice))?;
        Ok(set.to_der()?)
    }

    /// Reads the attributes; those that SET 2 does not know are passed over.
    pub(crate) fn read(set: &AttributeSet<'a>) -> Result<Self, CryptoError> {
        let mut found = Found::default();
        for der in set.elements() {
            let attribute =
                Attribute::from_der(der).map_err(|error| error.within("signed attribute"))?;
            let (slot, name) = match attribute.attribute_type {
                CONTENT_TYPE => (&mut found.content_type, "contentType"),
                MESSAGE_DIGEST => (&mut found.message_digest, "messageDigest"),
                ALGORITHM_PROTECTION => (&mut found.protection, "CMSAlgorithmProtection"),
                SIGNING_CERTIFICATE => (&mut found.certificate, "signingCertificateV2"),
                ATTRIBUTE_RECIPIENT => (&mut found.recipient, "recipient"),
                _ => continue,
            };
            let repeated = CryptoError::AttributeRepeated { attribute: name };
            let value = attribute.values.only().ok_or(repeated.clone())?;
            if slot.replace(value).is_some() {
                return Err(repeated);
            }
        }
        found.interpret()
    }
}

/// The values of the known attributes, each at most once.
#[derive(Default)]
struct Found<'a> {
    content_type: Option<&'a [u8]>,
    message_digest: Option<&'a [u8]>,
    protection: Option<&'a [u8]>,
    certificate: Option<&'a [u8]>,
    recipient: Option<&'a [u8]>,
}

impl<'a> Found<'a> {
    fn interpret(self) -> Result<SignedAttributes<'a>, CryptoError> {
        let missing = |attribute| move || CryptoError::AttributeMissing { attribute };
        let content_type = self.content_type.ok_or_else(missing("contentType"))?;
        let message_digest = self.message_digest.ok_or_else(missing("messageDigest"))?;
        let protection = self.protection.ok_or_else(missing("CMSAlgorithmProtection"))?;
        let protection = AlgorithmProtection::from_der(protection)
            .map_err(|error| CryptoError::malformed("CMSAlgorithmProtection", error))?;
        if protection.digest_algorithm.0 != SHA256_IDENTIFIER {
            return Err(CryptoError::AttributeMismatch {
                attribute: "CMSAlgorithmProtection",
                with: "the digest algorithm",
            });
        }
        Ok(SignedAttributes {
            content_type: Oid::from_der(content_type)
                .map_err(|error| CryptoError::malformed("contentType", error))?,
            message_digest: digest("messageDigest", message_digest)?,
            signature_algorithm: protection.signature_algorithm,
            certificate: self.certificate.map(certificate_thumb).transpose()?,
            recipient: self.recipient.map(|der| digest("recipient", der)).transpose()?,
        })
    }
}

/// DER of one attribute with these values, each of them whole DER.
pub(crate) fn attribute_der(attribute_type: Oid, values: &[&[u8]]) -> Result<Vec<u8>, CryptoError> {
    Ok(Attribute { attribute_type, values: TlvSet::new(values.iter().copied())? }.to_der()?)
}

fn certificate_thumb(der: &[u8]) -> Result<Digest, CryptoError> {
    let named = SigningCertificate::from_der(der)
        .map_err(|error| CryptoError::malformed("signingCertificateV2", error))?;
    to_digest("signingCertificateV2", named.certs.only.cert_hash)
}

fn digest(structure: &'static str, der: &[u8]) -> Result<Digest, CryptoError> {
    let octets = <&OctetStringRef>::from_der(der)
        .map_err(|error| CryptoError::malformed(structure, error))?;
    to_digest(structure, octets)
}

fn to_digest(structure: &'static str, octets: &OctetStringRef) -> Result<Digest, CryptoError> {
    octets.as_bytes().try_into().map_err(|_| {
        CryptoError::malformed(structure, format_args!("it does not have {DIGEST_BYTES} octets"))
    })
}
