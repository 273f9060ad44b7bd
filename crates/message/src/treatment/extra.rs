//! EX, EncX and EncBX: card or account data in an envelope of their own, inside of another one.
//!
//! The outer plaintext is `SEQUENCE { t, DD(p), [signature,] envelope of p }`. The signature
//! covers `{t, DD(p)}`, not `p`, so that whoever verifies needs no card number. The inner envelope
//! is bound to what the outer one is bound to and to DD(t): it cannot be moved to another
//! message, and a module that keeps the key can open it alone.

use std::marker::PhantomData;

use counterfoil_crypto::cms::{ContentInfo, enveloped};
use counterfoil_crypto::digest::{DetachedDigest, equal};
use counterfoil_crypto::oid::content_type;
use counterfoil_secret::SecretBytes;
use rand_core::CryptoRng;

use super::check::{About, Check, Claim};
use super::error::TreatmentError;
use super::sealed::{link, unlink, unopened};
use super::signed::{Authentic, Job};
use super::who::{Opener, Recipient, Sender};
use super::{Binding, digest_of, pieces};
use crate::codec;
use crate::container::{Content, EncBx, EncX, Ex, WithBaggage, WithExtra};
use crate::wrapper::MessageHeader;

/// Card or account data that came along, still sealed.
#[derive(Debug, Clone)]
pub struct SealedExtra<P> {
    envelope: ContentInfo,
    digest: DetachedDigest,
    binding: Binding,
    kind: PhantomData<fn() -> P>,
}

impl<P: Content> SealedExtra<P> {
    pub(crate) fn new(envelope: ContentInfo, digest: DetachedDigest, binding: Binding) -> Self {
        Self { envelope, digest, binding, kind: PhantomData }
    }

    /// DD(p), which is signed or sealed together with the rest.
    pub fn digest(&self) -> &DetachedDigest {
        &self.digest
    }

    /// Opens it and checks that it is what the digest stands for.
    ///
    /// # Errors
    /// [`TreatmentError::Unopened`], whatever the reason.
    pub fn open(&self, opener: &Opener<'_>) -> Result<P, TreatmentError> {
        let sealed_type = content_type(P::CONTENT_TYPE);
        let binding = self.binding.as_bytes();
        let opened = enveloped::open(&self.envelope, opener.key, sealed_type, binding)
            .map_err(|_| unopened("extra-envelope"))?;
        let found = DetachedDigest::of(sealed_type, opened.expose());
        if found.content_type != self.digest.content_type
            || !equal(&found.digest, &self.digest.digest)
        {
            return Err(unopened("extra-digest"));
        }
        codec::decode(opened.expose()).map_err(|error| TreatmentError::from(error).hidden())
    }
}

/// Seals `extra` for `recipient`, bound to `binding`.
pub(crate) fn seal_extra<P: Content>(
    recipient: &Recipient,
    binding: &Binding,
    extra: &P,
    rng: &mut dyn CryptoRng,
) -> Result<ContentInfo, TreatmentError> {
    let der = codec::encode_secret(extra)?;
    let sealed_type = content_type(P::CONTENT_TYPE);
    let envelope = recipient.envelope();
    enveloped::seal(sealed_type, der.expose(), &envelope, binding.as_bytes(), rng)
        .map_err(TreatmentError::Failed)
}

/// EX(r, t, p) and EXH(r, t, p): nobody signs.
///
/// # Errors
/// [`TreatmentError::Encode`], [`TreatmentError::Failed`].
pub fn ex<T: WithExtra>(
    recipient: &Recipient,
    header: &MessageHeader,
    content: &T,
    extra: &T::Extra,
    rng: &mut dyn CryptoRng,
) -> Result<Ex<T>, TreatmentError> {
    let inside = Inside::new::<T>(codec::encode_secret(content)?, header, extra)?;
    inside.seal(recipient, extra, None, rng).map(Ex::new)
}

/// Opens EX(r, t, p). The content is as trustworthy as anything that nobody signed.
///
/// # Errors
/// [`TreatmentError::Unopened`], whatever the reason.
pub fn open_ex<T: WithExtra>(
    sealed: &Ex<T>,
    opener: &Opener<'_>,
    header: &MessageHeader,
) -> Result<(T, SealedExtra<T::Extra>), TreatmentError> {
    let opened = open_outer::<T>(sealed.content_info(), opener, header)?;
    let [content, digest, envelope] =
        pieces::split(opened.expose()).map_err(|_| unopened("inside-malformed"))?;
    let extra = sealed_extra::<T>(content, digest, envelope, header)?;
    let content = codec::decode(content).map_err(|error| TreatmentError::from(error).hidden())?;
    Ok((content, extra))
}

/// EncX(s, r, t, p).
///
/// # Errors
/// [`TreatmentError::Encode`], [`TreatmentError::Failed`].
pub fn enc_x<T: WithExtra>(
    sender: &Sender<'_>,
    recipient: &Recipient,
    header: &MessageHeader,
    content: &T,
    extra: &T::Extra,
    rng: &mut dyn CryptoRng,
) -> Result<EncX<T>, TreatmentError> {
    let inside = Inside::new::<T>(codec::encode_secret(content)?, header, extra)?;
    let signature = inside.sign(sender, recipient, rng)?;
    inside.seal(recipient, extra, Some(&signature), rng).map(EncX::new)
}

/// Opens and verifies EncX(s, r, t, p).
///
/// # Errors
/// As [`open_enc`](super::open_enc).
pub fn open_enc_x<T: WithExtra>(
    sealed: &EncX<T>,
    opener: &Opener<'_>,
    header: &MessageHeader,
    check: &mut Check<'_>,
) -> Result<(Authentic<T>, SealedExtra<T::Extra>), TreatmentError> {
    let opened = OpenedX::open::<T>(sealed.content_info(), opener, header)?;
    let claim = opened.verify::<T>(opener, check)?;
    let content = codec::decode(opened.content()?)?;
    let signer = check.accept(&claim, None)?;
    Ok((Authentic::new(content, signer, claim.into_bag()), opened.extra::<T>(header)?))
}

/// EncBX(s, r, t, b, p).
///
/// # Errors
/// [`TreatmentError::Encode`], [`TreatmentError::Failed`].
pub fn enc_bx<T: WithBaggage + WithExtra>(
    sender: &Sender<'_>,
    recipient: &Recipient,
    header: &MessageHeader,
    content: &T,
    baggage: T::Baggage,
    extra: &T::Extra,
    rng: &mut dyn CryptoRng,
) -> Result<EncBx<T>, TreatmentError> {
    let linked = link(&codec::encode_secret(content)?, &digest_of(&baggage)?)?;
    let inside = Inside::new::<T>(linked, header, extra)?;
    let signature = inside.sign(sender, recipient, rng)?;
    let sealed = inside.seal(recipient, extra, Some(&signature), rng)?;
    Ok(EncBx { sealed, baggage })
}

/// Opens and verifies EncBX(s, r, t, b, p).
///
/// # Errors
/// As [`open_enc_b`](super::open_enc_b).
pub fn open_enc_bx<T: WithBaggage + WithExtra>(
    sealed: &EncBx<T>,
    opener: &Opener<'_>,
    header: &MessageHeader,
    check: &mut Check<'_>,
) -> Result<(Authentic<T>, SealedExtra<T::Extra>), TreatmentError> {
    let opened = OpenedX::open::<T>(&sealed.sealed, opener, header)?;
    let claim = opened.verify::<T>(opener, check)?;
    let content: T = codec::decode(unlink(opened.content()?, &digest_of(&sealed.baggage)?)?)?;
    let signer = check.accept(&claim, content.brand_crl_identifier())?;
    Ok((Authentic::new(content, signer, claim.into_bag()), opened.extra::<T>(header)?))
}

/// What goes into the outer envelope.
pub(super) struct Inside<'a> {
    content: SecretBytes,
    digest: Vec<u8>,
    header: &'a MessageHeader,
    inner_binding: Binding,
    signed_type: u32,
    sealed_type: u32,
}

impl<'a> Inside<'a> {
    pub(super) fn new<T: WithExtra>(
        content: SecretBytes,
        header: &'a MessageHeader,
        extra: &T::Extra,
    ) -> Result<Self, TreatmentError> {
        let digest = codec::encode(&digest_of(extra)?)?;
        let inner_binding = inner_binding::<T>(content.expose(), header)?;
        let (signed_type, sealed_type) = (T::SIGNED_TYPE_X, T::SEALED_TYPE_X);
        Ok(Self { content, digest, header, inner_binding, signed_type, sealed_type })
    }

    /// `{t, DD(p)}`: what the signature covers.
    pub(super) fn signed_part(&self) -> Result<SecretBytes, TreatmentError> {
        join(&[self.content.expose(), &self.digest])
    }

    fn sign(
        &self,
        sender: &Sender<'_>,
        recipient: &Recipient,
        rng: &mut dyn CryptoRng,
    ) -> Result<ContentInfo, TreatmentError> {
        let covered = self.signed_part()?;
        let job = Job {
            content_type: content_type(self.signed_type),
            content: covered.expose(),
            detached: true,
            recipient: Some(recipient.thumb()),
        };
        job.sign(sender, rng)
    }

    pub(super) fn seal<P: Content>(
        &self,
        recipient: &Recipient,
        extra: &P,
        signature: Option<&ContentInfo>,
        rng: &mut dyn CryptoRng,
    ) -> Result<ContentInfo, TreatmentError> {
        let envelope = seal_extra(recipient, &self.inner_binding, extra, rng)?;
        let signature = signature.map_or(&[][..], ContentInfo::as_der);
        let plaintext = join(&[self.content.expose(), &self.digest, signature, envelope.as_der()])?;
        let binding = Binding::of_header(self.header)?;
        let sealed_type = content_type(self.sealed_type);
        let recipient = recipient.envelope();
        enveloped::seal(sealed_type, plaintext.expose(), &recipient, binding.as_bytes(), rng)
            .map_err(TreatmentError::Failed)
    }
}

/// What came out of the outer envelope of EncX or EncBX.
pub(super) struct OpenedX {
    plaintext: SecretBytes,
}

impl OpenedX {
    pub(super) fn open<T: WithExtra>(
        sealed: &ContentInfo,
        opener: &Opener<'_>,
        header: &MessageHeader,
    ) -> Result<Self, TreatmentError> {
        Ok(Self { plaintext: open_outer::<T>(sealed, opener, header)? })
    }

    fn pieces(&self) -> Result<[&[u8]; 4], TreatmentError> {
        pieces::split(self.plaintext.expose()).map_err(|_| unopened("inside-malformed"))
    }

    /// The DER of `t`, for EncBX of `{t, DD(b)}`. Verify first.
    pub(super) fn content(&self) -> Result<&[u8], TreatmentError> {
        self.pieces().map(|[content, ..]| content)
    }

    /// The signature, and what it covers.
    pub(super) fn signature(&self) -> Result<(ContentInfo, SecretBytes), TreatmentError> {
        let [content, digest, signature, _] = self.pieces()?;
        let info =
            ContentInfo::from_der(signature.to_vec()).map_err(|_| unopened("inside-malformed"))?;
        Ok((info, join(&[content, digest])?))
    }

    /// The inner envelope.
    pub(super) fn extra<T: WithExtra>(
        &self,
        header: &MessageHeader,
    ) -> Result<SealedExtra<T::Extra>, TreatmentError> {
        let [content, digest, _, envelope] = self.pieces()?;
        sealed_extra::<T>(content, digest, envelope, header)
    }

    fn verify<T: WithExtra>(
        &self,
        opener: &Opener<'_>,
        check: &Check<'_>,
    ) -> Result<Claim, TreatmentError> {
        let (info, covered) = self.signature()?;
        let about = About {
            content_type: content_type(T::SIGNED_TYPE_X),
            detached: Some(covered.expose()),
            recipient: Some(opener.thumb()),
        };
        check.signature(&info, &about).map_err(TreatmentError::hidden)
    }
}

fn open_outer<T: WithExtra>(
    sealed: &ContentInfo,
    opener: &Opener<'_>,
    header: &MessageHeader,
) -> Result<SecretBytes, TreatmentError> {
    let binding = Binding::of_header(header)?;
    enveloped::open(sealed, opener.key, content_type(T::SEALED_TYPE_X), binding.as_bytes())
        .map_err(|_| unopened("envelope"))
}

fn sealed_extra<T: WithExtra>(
    content: &[u8],
    digest: &[u8],
    envelope: &[u8],
    header: &MessageHeader,
) -> Result<SealedExtra<T::Extra>, TreatmentError> {
    let digest = codec::decode(digest).map_err(|_| unopened("inside-malformed"))?;
    let envelope =
        ContentInfo::from_der(envelope.to_vec()).map_err(|_| unopened("inside-malformed"))?;
    Ok(SealedExtra::new(envelope, digest, inner_binding::<T>(content, header)?))
}

fn inner_binding<T: WithExtra>(
    content: &[u8],
    header: &MessageHeader,
) -> Result<Binding, TreatmentError> {
    let companion = DetachedDigest::of(content_type(T::SEALED_TYPE_X), content);
    Ok(Binding::of_extra(header, &companion)?)
}

fn join(pieces: &[&[u8]]) -> Result<SecretBytes, TreatmentError> {
    pieces::join(pieces).map_err(|error| codec::EncodeError::new("TBE", error).into())
}
