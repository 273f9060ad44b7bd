//! Enc, EncK and EncB: sign, then seal; for EncB with baggage beside the envelope.

use counterfoil_crypto::cms::{ContentInfo, enveloped};
use counterfoil_crypto::digest::{DetachedDigest, equal};
use counterfoil_crypto::oid::content_type;
use counterfoil_secret::SecretBytes;
use rand_core::CryptoRng;

use super::check::{About, Check, Claim};
use super::error::{TreatmentError, UnopenedReason};
use super::pieces;
use super::signed::{Authentic, Job};
use super::who::{Opener, Recipient, Sender};
use super::{Binding, digest_of};
use crate::codec;
use crate::container::{Enc, EncB, EncK, Sealable, WithBaggage};
use crate::primitive::BackKey;

/// Enc(s, r, t): S for `recipient`, sealed for it, bound to `binding`.
///
/// # Errors
/// [`TreatmentError::Encode`], [`TreatmentError::Failed`].
pub fn enc<T: Sealable>(
    sender: &Sender<'_>,
    recipient: &Recipient,
    binding: &Binding,
    content: &T,
    rng: &mut dyn CryptoRng,
) -> Result<Enc<T>, TreatmentError> {
    let der = codec::encode_secret(content)?;
    let types = Types { signed: T::CONTENT_TYPE, sealed: T::SEALED_TYPE };
    types.seal(sender, recipient, binding, der.expose(), rng).map(Enc::new)
}

/// Opens and verifies Enc(s, r, t).
///
/// # Errors
/// [`TreatmentError::Unopened`] for every failure of the envelope, the signature and the
/// recipient; [`TreatmentError::CertificateMissing`], [`TreatmentError::Trust`] and
/// [`TreatmentError::Decode`] once the signature holds.
pub fn open_enc<T: Sealable>(
    sealed: &Enc<T>,
    opener: &Opener<'_>,
    binding: &Binding,
    check: &mut Check<'_>,
) -> Result<Authentic<T>, TreatmentError> {
    let types = Types { signed: T::CONTENT_TYPE, sealed: T::SEALED_TYPE };
    let claim = types.open(sealed.content_info(), opener, binding, check)?;
    let content: T = codec::decode(claim.content())?;
    let signer = check.accept(&claim, content.brand_crl_identifier())?;
    Ok(Authentic::new(content, signer, claim.into_bag()))
}

/// EncK(k, s, t): S sealed under a key that the recipient sent before.
///
/// # Errors
/// [`TreatmentError::Encode`], [`TreatmentError::Failed`].
pub fn enc_k<T: Sealable>(
    sender: &Sender<'_>,
    back_key: &BackKey,
    binding: &Binding,
    content: &T,
    rng: &mut dyn CryptoRng,
) -> Result<EncK<T>, TreatmentError> {
    let der = codec::encode_secret(content)?;
    let job = Job {
        content_type: content_type(T::CONTENT_TYPE),
        content: der.expose(),
        detached: false,
        recipient: None,
    };
    let signed = job.sign(sender, rng)?;
    let sealed_type = content_type(T::SEALED_TYPE);
    let binding = binding.as_bytes();
    enveloped::seal_with_key(sealed_type, signed.as_der(), back_key.expose(), binding, rng)
        .map(EncK::new)
        .map_err(TreatmentError::Failed)
}

/// Opens and verifies EncK(k, s, t).
///
/// # Errors
/// As [`open_enc`].
pub fn open_enc_k<T: Sealable>(
    sealed: &EncK<T>,
    back_key: &BackKey,
    binding: &Binding,
    check: &mut Check<'_>,
) -> Result<Authentic<T>, TreatmentError> {
    let sealed_type = content_type(T::SEALED_TYPE);
    let info = sealed.content_info();
    let opened = enveloped::open_with_key(info, back_key.expose(), sealed_type, binding.as_bytes())
        .map_err(|_| unopened("envelope"))?;
    let about =
        About { content_type: content_type(T::CONTENT_TYPE), detached: None, recipient: None };
    let claim = signature_inside(opened.expose(), &about, check)?;
    let content: T = codec::decode(claim.content())?;
    let signer = check.accept(&claim, content.brand_crl_identifier())?;
    Ok(Authentic::new(content, signer, claim.into_bag()))
}

/// EncB(s, r, t, b): seals S over `{t, DD(b)}` and puts `b` beside it.
///
/// # Errors
/// [`TreatmentError::Encode`], [`TreatmentError::Failed`].
pub fn enc_b<T: WithBaggage>(
    sender: &Sender<'_>,
    recipient: &Recipient,
    binding: &Binding,
    content: &T,
    baggage: T::Baggage,
    rng: &mut dyn CryptoRng,
) -> Result<EncB<T>, TreatmentError> {
    let linked = link(&codec::encode_secret(content)?, &digest_of(&baggage)?)?;
    let types = Types { signed: T::SIGNED_TYPE, sealed: T::SEALED_TYPE };
    let sealed = types.seal(sender, recipient, binding, linked.expose(), rng)?;
    Ok(EncB { sealed, baggage })
}

/// Opens and verifies EncB(s, r, t, b); that the baggage is the one that was signed, too.
///
/// # Errors
/// As [`open_enc`]; other baggage gives [`TreatmentError::Unopened`].
pub fn open_enc_b<T: WithBaggage>(
    sealed: &EncB<T>,
    opener: &Opener<'_>,
    binding: &Binding,
    check: &mut Check<'_>,
) -> Result<Authentic<T>, TreatmentError> {
    let types = Types { signed: T::SIGNED_TYPE, sealed: T::SEALED_TYPE };
    let claim = types.open(&sealed.sealed, opener, binding, check)?;
    let content: T = codec::decode(unlink(claim.content(), &digest_of(&sealed.baggage)?)?)?;
    let signer = check.accept(&claim, content.brand_crl_identifier())?;
    Ok(Authentic::new(content, signer, claim.into_bag()))
}

/// L(t, b) = `{t, DD(b)}`.
pub(super) fn link(
    content: &SecretBytes,
    baggage: &DetachedDigest,
) -> Result<SecretBytes, TreatmentError> {
    let digest = codec::encode(baggage)?;
    pieces::join(&[content.expose(), &digest])
        .map_err(|error| codec::EncodeError::new("L(t, b)", error).into())
}

/// The DER of `t` from L(t, b), when `baggage` is the digest in it.
pub(super) fn unlink<'a>(
    linked: &'a [u8],
    baggage: &DetachedDigest,
) -> Result<&'a [u8], TreatmentError> {
    let [content, digest] = pieces::split(linked).map_err(|_| unopened("link-malformed"))?;
    if !equal(digest, &codec::encode(baggage)?) {
        return Err(unopened("baggage-mismatch"));
    }
    Ok(content)
}

pub(crate) fn unopened(reason: &'static str) -> TreatmentError {
    TreatmentError::Unopened(UnopenedReason::new(reason))
}

/// Verifies the SignedData that was found inside of an envelope, and hides why it does not hold.
pub(super) fn signature_inside(
    opened: &[u8],
    about: &About<'_>,
    check: &Check<'_>,
) -> Result<Claim, TreatmentError> {
    let info = ContentInfo::from_der(opened.to_vec()).map_err(|_| unopened("inside-malformed"))?;
    check.signature(&info, about).map_err(TreatmentError::hidden)
}

/// The content types of an Enc.
struct Types {
    signed: u32,
    sealed: u32,
}

impl Types {
    fn seal(
        &self,
        sender: &Sender<'_>,
        recipient: &Recipient,
        binding: &Binding,
        content: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<ContentInfo, TreatmentError> {
        let job = Job {
            content_type: content_type(self.signed),
            content,
            detached: false,
            recipient: Some(recipient.thumb()),
        };
        let signed = job.sign(sender, rng)?;
        let sealed_type = content_type(self.sealed);
        let envelope = recipient.envelope();
        enveloped::seal(sealed_type, signed.as_der(), &envelope, binding.as_bytes(), rng)
            .map_err(TreatmentError::Failed)
    }

    fn open(
        &self,
        sealed: &ContentInfo,
        opener: &Opener<'_>,
        binding: &Binding,
        check: &Check<'_>,
    ) -> Result<Claim, TreatmentError> {
        let sealed_type = content_type(self.sealed);
        let opened = enveloped::open(sealed, opener.key, sealed_type, binding.as_bytes())
            .map_err(|_| unopened("envelope"))?;
        let about = About {
            content_type: content_type(self.signed),
            detached: None,
            recipient: Some(opener.thumb()),
        };
        signature_inside(opened.expose(), &about, check)
    }
}
