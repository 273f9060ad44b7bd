//! Making SignedData.

use der::asn1::OctetStringRef;
use der::{Decode, Encode};
use rand_core::CryptoRng;

use super::{
    EncapsulatedContent, SignRequest, SignedDataDer, Signer, SignerId, SignerInfoDer, SignerName,
    version,
};
use crate::cms::attribute::{AttributeSet, SignedAttributes};
use crate::cms::raw::{SequenceBody, SetRule, Tlv, TlvSet};
use crate::cms::{ContentInfo, SIGNED_DATA};
use crate::digest::{Digest, SHA256_IDENTIFIER, sha256};
use crate::error::CryptoError;

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

fn some_set<'a, R: SetRule>(
    elements: &'a [&'a [u8]],
) -> Result<Option<TlvSet<'a, R>>, CryptoError> {
    if elements.is_empty() {
        return Ok(None);
    }
    TlvSet::new(elements.iter().copied()).map(Some)
}
