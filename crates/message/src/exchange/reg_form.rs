//! RegFormReq and RegFormRes: the cardholder fetches the registration form of the card's issuer.

use crate::codec::table::{alias, sequence};
use crate::container::{Content, Ex, Signed, WithExtra};
use crate::pdu::exchange;
use crate::primitive::{
    BrandCrlIdentifier, CertThumb, Challenge, Language, LocalId, PanOnly, Rrpid, Thumbs,
};
use crate::registration::{RegFormOrReferral, RequestType};

sequence! {
    /// What the wallet asks, with the card number beside it (SET 1.0 Book 3, RegFormReqData).
    RegFormReqData "RegFormReqData" {
        /// Fresh for each request.
        rrpid: Rrpid = "rrpid",
        /// The wallet's label.
        lid_ee: LocalId = "lid-EE",
        /// Proves that RegFormRes is fresh.
        chall_ee2: Challenge = "chall-EE2",
        /// The CA's label.
        lid_ca: LocalId = "lid-CA" [0] OPTIONAL,
        /// What is wanted.
        request_type: RequestType = "requestType",
        /// Language of the form.
        language: Language = "language",
        /// What the wallet has cached.
        thumbs: Thumbs = "thumbs" [1 EXPLICIT] OPTIONAL,
    }
}

impl Content for PanOnly {
    const CONTENT_TYPE: u32 = 2;
}

impl WithExtra for RegFormReqData {
    type Extra = PanOnly;
    const SIGNED_TYPE_X: u32 = 0;
    const SEALED_TYPE_X: u32 = 76;
}

alias! {
    /// The wallet's request.
    RegFormReq "RegFormReq" = Ex<RegFormReqData>, "EXH(CA, RegFormReqData, PANOnly)"
}

sequence! {
    /// What the CA signs in answer (SET 1.0 Book 3, RegFormResTBS).
    RegFormResTbs "RegFormResTBS" {
        /// Echo.
        rrpid: Rrpid = "rrpid",
        /// Echo.
        lid_ee: LocalId = "lid-EE",
        /// Echo.
        chall_ee2: Challenge = "chall-EE2",
        /// The CA's label.
        lid_ca: LocalId = "lid-CA" [0] OPTIONAL,
        /// Proves that CertReq is fresh.
        chall_ca: Challenge = "chall-CA",
        /// Another key-exchange certificate of the CA, if it is to be used from now on.
        cae_thumb: CertThumb = "caeThumb" [1 EXPLICIT] OPTIONAL,
        /// Echo.
        request_type: RequestType = "requestType",
        /// The form.
        reg_form_or_referral: RegFormOrReferral = "regFormOrReferral",
        /// The brand's current CRLs.
        brand_crl_identifier: BrandCrlIdentifier = "brandCRLIdentifier" [2 EXPLICIT] OPTIONAL,
        /// Echo.
        thumbs: Thumbs = "thumbs" [3 EXPLICIT] OPTIONAL,
    }
}

impl Content for RegFormResTbs {
    const CONTENT_TYPE: u32 = 44;

    fn brand_crl_identifier(&self) -> Option<&BrandCrlIdentifier> {
        self.brand_crl_identifier.as_ref()
    }
}

alias! {
    /// The CA's answer.
    RegFormRes "RegFormRes" = Signed<RegFormResTbs>, "S(CA, RegFormResTBS)"
}

exchange! {
    "reg_form" Registration
    messages { RegFormReq = 26, RegFormRes = 27 }
    contents {
        2 "PANOnly" "PANOnly" PanOnly,
        44 "RegFormResTBS" "RegFormResTBS" RegFormResTbs,
        76 "RegFormReqTBE" "TBE(RegFormReqData, PANOnly)" RegFormReqData,
    }
}
