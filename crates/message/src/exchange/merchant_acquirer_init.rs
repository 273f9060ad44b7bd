//! Me-AqCInitReq and Me-AqCInitRes: a merchant or a gateway begins to register.

use crate::codec::table::{alias, sequence};
use crate::container::{Content, Signed};
use crate::pdu::exchange;
use crate::primitive::{
    BrandCrlIdentifier, BrandId, CertThumb, Challenge, Language, LocalId, Rrpid, Thumbs,
};
use crate::registration::{IdData, RegField, RegFormOrReferral, RequestType};

sequence! {
    /// The applicant begins (SET 1.0 Book 3, Me-AqCInitReq). Everything in it is in clear.
    MeAqCInitReq "Me-AqCInitReq" {
        /// Fresh for each request.
        rrpid: Rrpid = "rrpid",
        /// The applicant's label.
        lid_ee: LocalId = "lid-EE",
        /// Proves that Me-AqCInitRes is fresh.
        chall_ee: Challenge = "chall-EE",
        /// What is wanted.
        request_type: RequestType = "requestType",
        /// Who asks.
        id_data: IdData = "idData",
        /// The brand.
        brand_id: BrandId = "brandID",
        /// Language of the form.
        language: Language = "language",
        /// What the applicant has cached.
        thumbs: Thumbs = "thumbs" [0 EXPLICIT] OPTIONAL,
    }
}

sequence! {
    /// What the CA signs in answer (SET 1.0 Book 3, Me-AqCInitResTBS).
    MeAqCInitResTbs "Me-AqCInitResTBS" {
        /// Echo.
        rrpid: Rrpid = "rrpid",
        /// Echo.
        lid_ee: LocalId = "lid-EE",
        /// Echo.
        chall_ee: Challenge = "chall-EE",
        /// The CA's label.
        lid_ca: LocalId = "lid-CA" [0] OPTIONAL,
        /// Proves that CertReq is fresh.
        chall_ca: Challenge = "chall-CA",
        /// Echo.
        request_type: RequestType = "requestType",
        /// The form.
        reg_form_or_referral: RegFormOrReferral = "regFormOrReferral",
        /// What to ask for as account data, if anything.
        acct_data_field: RegField = "acctDataField" [1] OPTIONAL,
        /// The CA's key-exchange certificate to use.
        cae_thumb: CertThumb = "caeThumb" [2 EXPLICIT],
        /// The brand's current CRLs.
        brand_crl_identifier: BrandCrlIdentifier = "brandCRLIdentifier" [3 EXPLICIT] OPTIONAL,
        /// Echo.
        thumbs: Thumbs = "thumbs" [4 EXPLICIT] OPTIONAL,
    }
}

impl Content for MeAqCInitResTbs {
    const CONTENT_TYPE: u32 = 43;

    fn brand_crl_identifier(&self) -> Option<&BrandCrlIdentifier> {
        self.brand_crl_identifier.as_ref()
    }
}

alias! {
    /// The CA's answer.
    MeAqCInitRes "Me-AqCInitRes" = Signed<MeAqCInitResTbs>, "S(CA, Me-AqCInitResTBS)"
}

exchange! {
    "merchant_acquirer_init" Registration
    messages { MeAqCInitReq = 24, MeAqCInitRes = 25 }
    contents { 43 "Me-AqCInitResTBS" "Me-AqCInitResTBS" MeAqCInitResTbs }
}
