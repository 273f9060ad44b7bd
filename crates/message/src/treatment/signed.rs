//! S and SO: signed content, with and without the content inside.

use counterfoil_crypto::cms::ContentInfo;
use counterfoil_crypto::cms::signed::{self, SignRequest};
use counterfoil_crypto::oid::{Oid, content_type};
use counterfoil_pki::Certificate;
use counterfoil_pki::trust::Verified;
use rand_core::CryptoRng;

use super::check::{About, Check};
use super::error::TreatmentError;
use super::who::Sender;
use crate::codec;
use crate::container::{Content, Detached, Signed};

/// Content whose signature was verified, and whose signer's certificate is trusted for it.
///
/// Only this module builds one.
#[derive(Debug, Clone)]
pub struct Authentic<T> {
    content: T,
    signer: Verified,
    bag: Vec<Certificate>,
}

impl<T> Authentic<T> {
    pub(crate) fn new(content: T, signer: Verified, bag: Vec<Certificate>) -> Self {
        Self { content, signer, bag }
    }

    /// The same signer and bag with the content that the signed one stands for.
    pub(crate) fn with_content<U>(self, content: U) -> Authentic<U> {
        Authentic { content, signer: self.signer, bag: self.bag }
    }

    /// The certificates that came along, none of them verified: among them what the content
    /// names by thumb, and the key-exchange certificate that an answer is sealed for.
    pub fn bag(&self) -> &[Certificate] {
        &self.bag
    }

    /// The content.
    pub fn content(&self) -> &T {
        &self.content
    }

    /// The content, without a copy.
    pub fn into_content(self) -> T {
        self.content
    }

    /// The content and its signer, without a copy.
    pub fn into_parts(self) -> (T, Verified) {
        (self.content, self.signer)
    }

    /// The certificate of the signer.
    pub fn signer(&self) -> &Verified {
        &self.signer
    }
}

/// S(s, t).
///
/// # Errors
/// [`TreatmentError::Encode`], [`TreatmentError::Failed`].
pub fn sign<T: Content>(
    sender: &Sender<'_>,
    content: &T,
    rng: &mut dyn CryptoRng,
) -> Result<Signed<T>, TreatmentError> {
    let der = codec::encode_secret(content)?;
    let job = Job {
        content_type: content_type(T::CONTENT_TYPE),
        content: der.expose(),
        detached: false,
        recipient: None,
    };
    job.sign(sender, rng).map(Signed::new)
}

/// Verifies S(s, t).
///
/// # Errors
/// [`TreatmentError::Signature`], [`TreatmentError::CertificateMissing`],
/// [`TreatmentError::CertificateMalformed`], [`TreatmentError::Trust`],
/// [`TreatmentError::Decode`].
pub fn verify<T: Content>(
    signed: &Signed<T>,
    check: &mut Check<'_>,
) -> Result<Authentic<T>, TreatmentError> {
    let about =
        About { content_type: content_type(T::CONTENT_TYPE), detached: None, recipient: None };
    let claim = check.signature(signed.content_info(), &about)?;
    let content: T = codec::decode(claim.content())?;
    let signer = check.accept(&claim, content.brand_crl_identifier())?;
    Ok(Authentic::new(content, signer, claim.into_bag()))
}

/// SO(s, t).
///
/// # Errors
/// [`TreatmentError::Encode`], [`TreatmentError::Failed`].
pub fn sign_detached<T: Content>(
    sender: &Sender<'_>,
    content: &T,
    rng: &mut dyn CryptoRng,
) -> Result<Detached<T>, TreatmentError> {
    let der = codec::encode_secret(content)?;
    let job = Job {
        content_type: content_type(T::CONTENT_TYPE),
        content: der.expose(),
        detached: true,
        recipient: None,
    };
    job.sign(sender, rng).map(Detached::new)
}

/// Verifies SO(s, t) over `content`, which the verifier has built itself.
///
/// # Errors
/// As [`verify`], and [`TreatmentError::Encode`] for a content that has no encoding.
pub fn verify_detached<T: Content>(
    signed: &Detached<T>,
    content: T,
    check: &mut Check<'_>,
) -> Result<Authentic<T>, TreatmentError> {
    let der = codec::encode_secret(&content)?;
    let about = About {
        content_type: content_type(T::CONTENT_TYPE),
        detached: Some(der.expose()),
        recipient: None,
    };
    let claim = check.signature(signed.content_info(), &about)?;
    let signer = check.accept(&claim, content.brand_crl_identifier())?;
    Ok(Authentic::new(content, signer, claim.into_bag()))
}

/// One signature to make.
pub(super) struct Job<'a> {
    pub(super) content_type: Oid,
    pub(super) content: &'a [u8],
    pub(super) detached: bool,
    pub(super) recipient: Option<[u8; 32]>,
}

impl Job<'_> {
    pub(super) fn sign(
        &self,
        sender: &Sender<'_>,
        rng: &mut dyn CryptoRng,
    ) -> Result<ContentInfo, TreatmentError> {
        let request = SignRequest {
            content_type: self.content_type,
            content: self.content,
            detached: self.detached,
            signers: &[sender.signer()],
            recipient: self.recipient,
            certificates: &sender.certificates(),
            crls: &sender.crls(),
        };
        signed::sign(&request, rng).map_err(TreatmentError::Failed)
    }
}
