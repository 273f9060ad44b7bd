//! Signatures of registration: with keys that have no certificate yet, and with the old
//! certificate beside the new key when one is renewed (SET 1.0 Book 2, certificate requests).

use counterfoil_crypto::CryptoError;
use counterfoil_crypto::cms::signed::{self, Expected, SignRequest, SignedData, Signer, SignerId};
use counterfoil_crypto::cms::{ContentInfo, enveloped};
use counterfoil_crypto::key::SigningKey;
use counterfoil_crypto::oid::{Oid, content_type};
use counterfoil_crypto::signature::{self, VerifyingKey};
use counterfoil_pki::trust::Verified;
use rand_core::CryptoRng;

use super::Binding;
use super::check::{About, Check};
use super::error::TreatmentError;
use super::extra::{Inside, OpenedX, SealedExtra};
use super::sealed::unopened;
use super::who::{Opener, Recipient, Sender};
use crate::codec;
use crate::container::{Content, Enc, EncX, Sealable, Signed, WithExtra};
use crate::primitive::foreign::PublicKey;
use crate::wrapper::MessageHeader;

/// Content that names the key which has to have signed it.
pub trait NamesItsKey {
    /// The new signature key, if one is asked for.
    fn new_signature_key(&self) -> Option<&PublicKey>;
}

/// Who signs a request: the new key, the certificate that is renewed, or both.
#[derive(Debug, Clone, Copy)]
pub struct Applicant<'a> {
    /// The key that is to be certified.
    pub new_key: Option<&'a dyn SigningKey>,
    /// The present key and certificate.
    pub present: Option<Sender<'a>>,
}

/// Content signed by the key that it names, by a certificate, or by both.
///
/// Only this module builds one.
#[derive(Debug, Clone)]
pub struct Applied<T> {
    content: T,
    present: Option<Verified>,
}

impl<T> Applied<T> {
    /// The content. The key that it names has signed it.
    pub fn content(&self) -> &T {
        &self.content
    }

    /// The content, without a copy.
    pub fn into_content(self) -> T {
        self.content
    }

    /// The present certificate of the applicant, which has signed too.
    pub fn present(&self) -> Option<&Verified> {
        self.present.as_ref()
    }
}

/// S by a key that has no certificate: CertInqReq.
///
/// # Errors
/// [`TreatmentError::Encode`], [`TreatmentError::Failed`].
pub fn sign_by_key<T: Content>(
    key: &dyn SigningKey,
    content: &T,
    rng: &mut dyn CryptoRng,
) -> Result<Signed<T>, TreatmentError> {
    let der = codec::encode_secret(content)?;
    let applicant = Applicant { new_key: Some(key), present: None };
    applicant.sign(content_type(T::CONTENT_TYPE), der.expose(), false, None, rng).map(Signed::new)
}

/// Verifies S by the key `key`, which the verifier knows from an earlier request.
///
/// # Errors
/// [`TreatmentError::Signature`], [`TreatmentError::Decode`].
pub fn verify_by_key<T: Content>(signed: &Signed<T>, key: &PublicKey) -> Result<T, TreatmentError> {
    let data = SignedData::parse(signed.content_info()).map_err(TreatmentError::Signature)?;
    let about =
        About { content_type: content_type(T::CONTENT_TYPE), detached: None, recipient: None };
    let content = verify_new_key(&data, key, &about)?;
    Ok(codec::decode(&content)?)
}

/// Enc(EE, CA, t): a request without account data.
///
/// # Errors
/// [`TreatmentError::Encode`], [`TreatmentError::Failed`].
pub fn enc<T: Sealable>(
    applicant: &Applicant<'_>,
    recipient: &Recipient,
    header: &MessageHeader,
    content: &T,
    rng: &mut dyn CryptoRng,
) -> Result<Enc<T>, TreatmentError> {
    let der = codec::encode_secret(content)?;
    let for_whom = Some(recipient.thumb());
    let signed =
        applicant.sign(content_type(T::CONTENT_TYPE), der.expose(), false, for_whom, rng)?;
    let sealed_type = content_type(T::SEALED_TYPE);
    let binding = Binding::of_header(header)?;
    enveloped::seal(sealed_type, signed.as_der(), &recipient.envelope(), binding.as_bytes(), rng)
        .map(Enc::new)
        .map_err(TreatmentError::Failed)
}

/// Opens and verifies Enc(EE, CA, t): by the new key that `t` names, by a certificate, or by both.
///
/// # Errors
/// As [`open_enc`](super::open_enc).
pub fn open_enc<T: Sealable + NamesItsKey>(
    sealed: &Enc<T>,
    opener: &Opener<'_>,
    header: &MessageHeader,
    check: &mut Check<'_>,
) -> Result<Applied<T>, TreatmentError> {
    let sealed_type = content_type(T::SEALED_TYPE);
    let binding = Binding::of_header(header)?;
    let info = sealed.content_info();
    let opened = enveloped::open(info, opener.key, sealed_type, binding.as_bytes())
        .map_err(|_| unopened("envelope"))?;
    let info =
        ContentInfo::from_der(opened.expose().clone()).map_err(|_| unopened("inside-malformed"))?;
    let about = About {
        content_type: content_type(T::CONTENT_TYPE),
        detached: None,
        recipient: Some(opener.thumb()),
    };
    let data = SignedData::parse(&info).map_err(|error| signature(error).hidden())?;
    let der = data.content.ok_or_else(|| unopened("content-missing"))?;
    verify_applied(&data, der, &about, check)
}

/// EncX(EE, CA, t, p): a request with account data.
///
/// # Errors
/// [`TreatmentError::Encode`], [`TreatmentError::Failed`].
pub fn enc_x<T: WithExtra>(
    applicant: &Applicant<'_>,
    recipient: &Recipient,
    header: &MessageHeader,
    content: &T,
    extra: &T::Extra,
    rng: &mut dyn CryptoRng,
) -> Result<EncX<T>, TreatmentError> {
    let inside = Inside::new::<T>(codec::encode_secret(content)?, header, extra)?;
    let covered = inside.signed_part()?;
    let signed_type = content_type(T::SIGNED_TYPE_X);
    let for_whom = Some(recipient.thumb());
    let signature = applicant.sign(signed_type, covered.expose(), true, for_whom, rng)?;
    inside.seal(recipient, extra, Some(&signature), rng).map(EncX::new)
}

/// Opens and verifies EncX(EE, CA, t, p): by the new key that `t` names, by a certificate, or by
/// both.
///
/// # Errors
/// As [`open_enc`](super::open_enc).
pub fn open_enc_x<T: WithExtra + NamesItsKey>(
    sealed: &EncX<T>,
    opener: &Opener<'_>,
    header: &MessageHeader,
    check: &mut Check<'_>,
) -> Result<(Applied<T>, SealedExtra<T::Extra>), TreatmentError> {
    let opened = OpenedX::open::<T>(sealed.content_info(), opener, header)?;
    let (info, covered) = opened.signature()?;
    let about = About {
        content_type: content_type(T::SIGNED_TYPE_X),
        detached: Some(covered.expose()),
        recipient: Some(opener.thumb()),
    };
    let data = SignedData::parse(&info).map_err(|error| signature(error).hidden())?;
    let applied = verify_applied(&data, opened.content()?, &about, check)?;
    Ok((applied, opened.extra::<T>(header)?))
}

impl Applicant<'_> {
    fn sign(
        &self,
        content_type: Oid,
        content: &[u8],
        detached: bool,
        recipient: Option<[u8; 32]>,
        rng: &mut dyn CryptoRng,
    ) -> Result<ContentInfo, TreatmentError> {
        let mut signers = Vec::with_capacity(2);
        if let Some(key) = self.new_key {
            let key_id = signature::key_id(key.spki_der()).map_err(TreatmentError::Failed)?;
            signers.push(Signer { key, id: SignerId::Key(key_id) });
        }
        signers.extend(self.present.as_ref().map(Sender::signer));
        let certificates = self.present.as_ref().map(Sender::certificates).unwrap_or_default();
        let crls = self.present.as_ref().map(Sender::crls).unwrap_or_default();
        let request = SignRequest {
            content_type,
            content,
            detached,
            signers: &signers,
            recipient,
            certificates: &certificates,
            crls: &crls,
        };
        signed::sign(&request, rng).map_err(TreatmentError::Failed)
    }
}

/// Verifies every signature of a request. `content` is the DER of `T`, not yet verified: it names
/// the key to verify with, which is what proves the possession of that key.
fn verify_applied<T: codec::Asn1 + NamesItsKey>(
    data: &SignedData<'_>,
    content: &[u8],
    about: &About<'_>,
    check: &mut Check<'_>,
) -> Result<Applied<T>, TreatmentError> {
    let content: T =
        codec::decode(content).map_err(|error| TreatmentError::from(error).hidden())?;
    if let Some(key) = content.new_signature_key() {
        verify_new_key(data, key, about).map_err(TreatmentError::hidden)?;
    }
    let by_certificate = data.signers.iter().position(|signer| signer.certificate_thumb.is_some());
    let named = [content.new_signature_key().is_some(), by_certificate.is_some()];
    if data.signers.len() != named.into_iter().filter(|named| *named).count() {
        return Err(unopened("signer-mismatch"));
    }
    let present = by_certificate
        .map(|place| {
            let claim = check.signer(data, place, about).map_err(TreatmentError::hidden)?;
            check.accept(&claim, None)
        })
        .transpose()?;
    Ok(Applied { content, present })
}

fn verify_new_key(
    data: &SignedData<'_>,
    key: &PublicKey,
    about: &About<'_>,
) -> Result<Vec<u8>, TreatmentError> {
    let key = VerifyingKey::from_spki(key.as_der()).map_err(signature)?;
    let id = SignerId::Key(key.key_id());
    let place = data
        .signers
        .iter()
        .position(|signer| signer.certificate_thumb.is_none())
        .ok_or(signature(CryptoError::SignerMismatch))?;
    let expected = Expected {
        content_type: about.content_type,
        content: about.detached,
        signer: id,
        recipient: about.recipient,
    };
    Ok(data.verify(place, &key, &expected).map_err(signature)?.to_vec())
}

fn signature(error: CryptoError) -> TreatmentError {
    TreatmentError::Signature(error)
}
