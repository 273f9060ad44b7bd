//! Taking SignedData apart, and verifying it.

use der::asn1::OctetStringRef;
use der::{Decode, Encode};

use super::{
    Expected, SignedData, SignedDataDer, SignerId, SignerInfo, SignerInfoDer, SignerName, version,
};
use crate::cms::attribute::SignedAttributes;
use crate::cms::raw::{SequenceBody, SetRule, TlvSet};
use crate::cms::{ContentInfo, SIGNED_DATA};
use crate::digest::{SHA256_IDENTIFIER, sha256};
use crate::error::CryptoError;
use crate::signature::{SignatureAlgorithm, VerifyingKey, digest_refusal};
use crate::suite::Suite;

/// id-sha256 with the NULL that RFC 5754 section 2 tells receivers to accept.
const SHA256_IDENTIFIER_NULL: &[u8] =
    &[0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00];

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
            return Err(digest_refusal(identifier));
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

#[cfg(test)]
mod tests;
