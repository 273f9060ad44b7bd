//! The dual signature: one signature over two halves that two readers see apart.
//!
//! ```text
//! HPIData = DD({PIHead, DD(PANData)})      HOIData = DD(OIData)
//! PI-TBS  = {protocol, suite, brand, XID, merchant's and gateway's certificates, HPIData, HOIData}
//! ```
//!
//! The wallet builds both halves ([`Purchase::sign`]). The merchant has OIData and HPIData
//! ([`verify_order`]). The gateway has PIHead, DD(PANData) and HOIData
//! ([`Instruction::open`]), and PANData in an envelope of its own. Each can verify the signature;
//! neither can compute the other's half. SET 1.0 (Book 2, dual signatures) signed the two digests
//! alone, so that nothing said for which gateway the instruction was.

use counterfoil_crypto::cms::enveloped;
use counterfoil_crypto::digest::DetachedDigest;
use counterfoil_crypto::oid::{self, content_type};
use counterfoil_crypto::suite::Suite;
use counterfoil_pki::Certificate;
use counterfoil_pki::trust::Verified;
use rand_core::CryptoRng;

use crate::codec;
use crate::container::Content;
use crate::exchange::purchase::{OiData, OiDualSigned, PReqDualSigned};
use crate::instruction::{
    PiContext, PiData, PiDualSigned, PiDualSignedTbe, PiHead, PiOiLink, PiTbs,
};
use crate::primitive::{BrandId, Digest, PanData, ValueError, Xid};
use crate::treatment::{
    self, Authentic, Binding, Check, Opener, Recipient, SealedExtra, Sender, TreatmentError,
    digest_of,
};

/// What a dual signature is made under. All three parties know it without being told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The suite, as PInitRes names it.
    pub suite: &'static Suite,
    /// The brand: the organization name of the gateway's key-exchange certificate.
    pub brand_id: BrandId,
    /// Thumb of the merchant's signature certificate.
    pub merchant_cert_hash: Digest,
    /// Thumb of the gateway's key-exchange certificate: peThumb.
    pub gateway_cert_hash: Digest,
}

impl Context {
    /// The context of a payment to the holder of `merchant` through the holder of `gateway`.
    ///
    /// # Errors
    /// [`ValueError`] when the gateway's certificate names no brand.
    pub fn new(
        suite: &'static Suite,
        merchant: &Certificate,
        gateway: &Certificate,
    ) -> Result<Self, ValueError> {
        Ok(Self {
            suite,
            brand_id: BrandId::new(gateway.brand().unwrap_or_default())?,
            merchant_cert_hash: Digest::new(*merchant.thumb().as_bytes()),
            gateway_cert_hash: Digest::new(*gateway.thumb().as_bytes()),
        })
    }

    fn to_be_signed(
        &self,
        xid: Xid,
        h_pi_data: DetachedDigest,
        h_oi_data: DetachedDigest,
    ) -> PiTbs {
        PiTbs {
            protocol: oid::PROTOCOL_DUAL_SIGNATURE,
            suite: self.suite.oid,
            brand_id: self.brand_id.clone(),
            xid,
            merchant_cert_hash: self.merchant_cert_hash,
            gateway_cert_hash: self.gateway_cert_hash,
            h_pi_data,
            h_oi_data,
        }
    }

    fn of_envelope(&self, xid: Xid) -> PiContext {
        PiContext {
            suite: self.suite.oid,
            xid,
            merchant_cert_hash: self.merchant_cert_hash,
            gateway_cert_hash: self.gateway_cert_hash,
        }
    }
}

/// A purchase as the wallet knows it: both halves and the card.
#[derive(Debug, Clone)]
pub struct Purchase {
    /// The order half.
    pub oi_data: OiData,
    /// The instruction half.
    pub pi_head: PiHead,
    /// The card.
    pub pan_data: PanData,
}

impl Purchase {
    /// Signs both halves and seals the instruction for the gateway.
    ///
    /// `gateway` is the holder of the certificate that [`Context::gateway_cert_hash`] names.
    ///
    /// # Errors
    /// [`TreatmentError::Encode`], [`TreatmentError::Failed`].
    pub fn sign(
        self,
        context: &Context,
        cardholder: &Sender<'_>,
        gateway: &Recipient,
        rng: &mut dyn CryptoRng,
    ) -> Result<PReqDualSigned, TreatmentError> {
        let Self { oi_data, pi_head, pan_data } = self;
        let xid = oi_data.trans_ids.xid;
        let h_oi_data = digest_of(&oi_data)?;
        let h_pan_data = digest_of(&pan_data)?;
        let h_pi_data = pi_digest(&pi_head, h_pan_data)?;
        let to_be_signed = context.to_be_signed(xid, h_pi_data, h_oi_data);
        let pi_signature = treatment::sign_detached(cardholder, &to_be_signed, rng)?;
        let envelope_context = context.of_envelope(xid);
        let pan_binding = pan_binding(&envelope_context, &pi_head)?;
        let tbe = PiDualSignedTbe {
            pi_oi_link: PiOiLink { pi_head, h_oi_data },
            h_pan_data,
            pan_envelope: treatment::seal_extra(gateway, &pan_binding, &pan_data, rng)?,
        };
        let plaintext = codec::encode_secret(&tbe)?;
        let binding = Binding::of_instruction(&envelope_context)?;
        let ex_pi_data = enveloped::seal(
            content_type(PiDualSignedTbe::CONTENT_TYPE),
            plaintext.expose(),
            &gateway.envelope(),
            binding.as_bytes(),
            rng,
        )
        .map_err(TreatmentError::Failed)?;
        Ok(PReqDualSigned {
            pi_dual_signed: PiDualSigned { pi_signature, ex_pi_data },
            oi_dual_signed: OiDualSigned { oi_data, h_pi_data },
        })
    }
}

/// The merchant's half: verifies that the cardholder signed this order, with some payment
/// instruction that the merchant cannot read, for this merchant and this gateway.
///
/// # Errors
/// As [`treatment::verify`].
pub fn verify_order(
    request: &PReqDualSigned,
    context: &Context,
    check: &mut Check<'_>,
) -> Result<Authentic<OiData>, TreatmentError> {
    let OiDualSigned { oi_data, h_pi_data } = &request.oi_dual_signed;
    let h_oi_data = digest_of(oi_data)?;
    let to_be_signed = context.to_be_signed(oi_data.trans_ids.xid, *h_pi_data, h_oi_data);
    let signature = &request.pi_dual_signed.pi_signature;
    let verified = treatment::verify_detached(signature, to_be_signed, check)?;
    Ok(verified.with_content(oi_data.clone()))
}

/// The gateway's half: the instruction under the cardholder's signature, the digest of an order
/// that the gateway cannot read, and the card, still sealed.
///
/// Only [`Instruction::open`] builds one.
#[derive(Debug, Clone)]
pub struct Instruction {
    pi_head: PiHead,
    h_oi_data: DetachedDigest,
    cardholder: Verified,
    pan_data: SealedExtra<PanData>,
}

impl Instruction {
    /// Opens a payment instruction and verifies the dual signature.
    ///
    /// `xid` and `context` are the gateway's own view: the XID of the merchant's AuthTags, the
    /// certificate that signed the AuthReq, and the gateway's certificate.
    ///
    /// # Errors
    /// [`TreatmentError::Unopened`] for every failure of envelope and signature;
    /// [`TreatmentError::CertificateMissing`] and [`TreatmentError::Trust`] once it holds.
    pub fn open(
        pi: &PiDualSigned,
        opener: &Opener<'_>,
        context: &Context,
        xid: Xid,
        check: &mut Check<'_>,
    ) -> Result<Self, TreatmentError> {
        let tbe = open_outer(pi, opener, context, xid)?;
        let PiDualSignedTbe { pi_oi_link, h_pan_data, pan_envelope } = tbe;
        let PiOiLink { pi_head, h_oi_data } = pi_oi_link;
        let h_pi_data = pi_digest(&pi_head, h_pan_data)?;
        let to_be_signed = context.to_be_signed(xid, h_pi_data, h_oi_data);
        let verified = treatment::verify_detached(&pi.pi_signature, to_be_signed, check)
            .map_err(TreatmentError::hidden)?;
        let (_, cardholder) = verified.into_parts();
        let binding = pan_binding(&context.of_envelope(xid), &pi_head)?;
        let pan_data = SealedExtra::new(pan_envelope, h_pan_data, binding);
        Ok(Self { pi_head, h_oi_data, cardholder, pan_data })
    }

    /// The instruction.
    pub fn pi_head(&self) -> &PiHead {
        &self.pi_head
    }

    /// DD(OIData): compare with the merchant's own (CheckDigests).
    pub fn h_oi_data(&self) -> &DetachedDigest {
        &self.h_oi_data
    }

    /// The certificate that signed.
    pub fn cardholder(&self) -> &Verified {
        &self.cardholder
    }

    /// The card, still sealed; open it where the key may be used.
    pub fn pan_data(&self) -> &SealedExtra<PanData> {
        &self.pan_data
    }
}

fn open_outer(
    pi: &PiDualSigned,
    opener: &Opener<'_>,
    context: &Context,
    xid: Xid,
) -> Result<PiDualSignedTbe, TreatmentError> {
    let binding = Binding::of_instruction(&context.of_envelope(xid))?;
    let sealed_type = content_type(PiDualSignedTbe::CONTENT_TYPE);
    let opened = enveloped::open(&pi.ex_pi_data, opener.key, sealed_type, binding.as_bytes())
        .map_err(|_| treatment::unopened("instruction-envelope"))?;
    codec::decode(opened.expose()).map_err(|error| TreatmentError::from(error).hidden())
}

/// DD(PIData) from the instruction and DD(PANData).
fn pi_digest(
    pi_head: &PiHead,
    h_pan_data: DetachedDigest,
) -> Result<DetachedDigest, TreatmentError> {
    Ok(digest_of(&PiData { pi_head: pi_head.clone(), h_pan_data })?)
}

fn pan_binding(context: &PiContext, pi_head: &PiHead) -> Result<Binding, TreatmentError> {
    Ok(Binding::of_extra(context, &digest_of(pi_head)?)?)
}
