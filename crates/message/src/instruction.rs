//! The payment instruction: the half of a purchase that is for the gateway.
//!
//! The merchant forwards a [`Pi`] and can open none of its forms. What is inside is named in
//! [`PiHead`] and in [`crate::primitive::account`], which are the gateway's and the wallet's.

use counterfoil_crypto::cms::ContentInfo;
use counterfoil_crypto::digest::DetachedDigest;
use counterfoil_crypto::oid::Oid;

use crate::codec::table::{choice, sequence};
use crate::container::{Content, Detached, Ex, TokenBox, WithExtra};
use crate::primitive::text::SwIdent;
use crate::primitive::{
    BackKeyData, BrandId, CurrencyAmount, Digest, InstallRecurData, MerchantId, MsgExtensions,
    PanData, PanToken, TransIds, TransStain, Xid,
};

sequence! {
    /// What the gateway learns of the order: its amount and an opaque digest.
    PiInputs "Inputs" {
        /// DD(HODInput); the merchant computes the same from its own order.
        hod: DetachedDigest = "hod",
        /// Amount of the purchase.
        purch_amt: CurrencyAmount = "purchAmt",
    }
}

sequence! {
    /// The instruction without card data (SET 1.0 Book 3, PIHead).
    PiHead "PIHead" {
        /// The same values as in OIData.
        trans_ids: TransIds = "transIDs",
        /// Amount and digest of the order.
        inputs: PiInputs = "inputs",
        /// From the merchant's signature certificate.
        merchant_id: MerchantId = "merchantID",
        /// Instalments or repetition.
        install_recur_data: InstallRecurData = "installRecurData" [0] OPTIONAL,
        /// HMAC(XID) under CardSecret.
        trans_stain: TransStain = "transStain",
        /// The wallet.
        sw_ident: SwIdent = "swIdent",
        /// Key for the acquirer's message to the cardholder.
        acq_back_key_data: BackKeyData = "acqBackKeyData" [1 EXPLICIT] OPTIONAL,
        /// Extensions.
        pi_extensions: MsgExtensions = "piExtensions" [2] OPTIONAL,
    }
}

/// Its digest enters the binding of the PAN envelope (content type PANEnvelope).
impl Content for PiHead {
    const CONTENT_TYPE: u32 = 101;
}

sequence! {
    /// What HPIData digests: the instruction and the digest of the card data, so that the digest
    /// can be checked without a card number.
    PiData "PIData" {
        /// The instruction.
        pi_head: PiHead = "piHead",
        /// DD(PANData).
        h_pan_data: DetachedDigest = "hPANData",
    }
}

impl Content for PiData {
    const CONTENT_TYPE: u32 = 5;
}

sequence! {
    /// L(PIHead, OIData): the instruction and the digest of the order half it belongs to.
    PiOiLink "PI-OILink" {
        /// The instruction.
        pi_head: PiHead = "piHead",
        /// DD(OIData).
        h_oi_data: DetachedDigest = "hOIData",
    }
}

impl WithExtra for PiOiLink {
    type Extra = PanToken;
    const SIGNED_TYPE_X: u32 = 0;
    const SEALED_TYPE_X: u32 = 51;
}

sequence! {
    /// What the payment instruction's envelope holds.
    PiDualSignedTbe "PIDualSignedTBE" {
        /// The instruction and its link to the order.
        pi_oi_link: PiOiLink = "piOILink",
        /// DD(PANData).
        h_pan_data: DetachedDigest = "hPANData",
        /// PANData in an envelope of its own.
        pan_envelope: ContentInfo = "panEnvelope",
    }
}

impl Content for PiDualSignedTbe {
    const CONTENT_TYPE: u32 = 50;
}

sequence! {
    /// What the cardholder signs: the context and both halves (the dual signature).
    ///
    /// SET 1.0 signed the two digests only.
    PiTbs "PI-TBS" {
        /// SET 2's dual signature, ROOT.3.1.
        protocol: Oid = "protocol",
        /// The suite.
        suite: Oid = "suite",
        /// The brand.
        brand_id: BrandId = "brandID",
        /// The purchase.
        xid: Xid = "xid",
        /// Thumb of the merchant's signature certificate.
        merchant_cert_hash: Digest = "merchantCertHash",
        /// Thumb of the gateway's key-exchange certificate (peThumb).
        gateway_cert_hash: Digest = "gatewayCertHash",
        /// DD(PIData).
        h_pi_data: DetachedDigest = "hPIData",
        /// DD(OIData).
        h_oi_data: DetachedDigest = "hOIData",
    }
}

impl Content for PiTbs {
    const CONTENT_TYPE: u32 = 13;
}

sequence! {
    /// What the envelopes of a payment instruction are bound to.
    PiContext "PiContext" {
        /// The suite.
        suite: Oid = "suite",
        /// The purchase.
        xid: Xid = "xid",
        /// Thumb of the merchant's signature certificate.
        merchant_cert_hash: Digest = "merchantCertHash",
        /// Thumb of the gateway's key-exchange certificate.
        gateway_cert_hash: Digest = "gatewayCertHash",
    }
}

impl Content for PanData {
    const CONTENT_TYPE: u32 = 0;
}

impl Content for PanToken {
    const CONTENT_TYPE: u32 = 1;
}

sequence! {
    /// A payment instruction under the cardholder's signature.
    PiDualSigned "PIDualSigned" {
        /// SO(C, PI-TBS).
        pi_signature: Detached<PiTbs> = "piSignature",
        /// AuthEnvelopedData for the gateway; inside is a PIDualSignedTBE.
        ex_pi_data: ContentInfo = "exPIData",
    }
}

choice! {
    /// A payment instruction as the merchant forwards it (SET 1.0 Book 3, PI).
    Pi "PI" {
        /// Without a cardholder's signature: parsed, and refused by policy.
        Unsigned(Ex<PiOiLink>) = "piUnsigned" [0 EXPLICIT],
        /// With a dual signature.
        DualSigned(PiDualSigned) = "piDualSigned" [1 EXPLICIT],
        /// The gateway's own token from an earlier authorization of the same purchase.
        AuthToken(TokenBox) = "authToken" [2 EXPLICIT],
    }
}

impl Content for Pi {
    const CONTENT_TYPE: u32 = 4;
}
