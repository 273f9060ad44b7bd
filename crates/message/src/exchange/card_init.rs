//! CardCInitReq and CardCInitRes: a cardholder begins to register.

use crate::codec::table::{alias, sequence};
use crate::container::{Content, Signed};
use crate::pdu::exchange;
use crate::primitive::{BrandCrlIdentifier, BrandId, CertThumb, Challenge, LocalId, Rrpid, Thumbs};

sequence! {
    /// The wallet begins (SET 1.0 Book 3, CardCInitReq). Everything in it is in clear.
    CardCInitReq "CardCInitReq" {
        /// Fresh for each request.
        rrpid: Rrpid = "rrpid",
        /// The wallet's label.
        lid_ee: LocalId = "lid-EE",
        /// Proves that CardCInitRes is fresh.
        chall_ee: Challenge = "chall-EE",
        /// The brand.
        brand_id: BrandId = "brandID",
        /// What the wallet has cached, the root included.
        thumbs: Thumbs = "thumbs" [0 EXPLICIT] OPTIONAL,
    }
}

sequence! {
    /// What the CA signs in answer (SET 1.0 Book 3, CardCInitResTBS).
    CardCInitResTbs "CardCInitResTBS" {
        /// Echo.
        rrpid: Rrpid = "rrpid",
        /// Echo.
        lid_ee: LocalId = "lid-EE",
        /// Echo.
        chall_ee: Challenge = "chall-EE",
        /// The CA's label.
        lid_ca: LocalId = "lid-CA" OPTIONAL,
        /// The CA's key-exchange certificate to use.
        cae_thumb: CertThumb = "caeThumb" [0 EXPLICIT],
        /// The brand's current CRLs.
        brand_crl_identifier: BrandCrlIdentifier = "brandCRLIdentifier" [1 EXPLICIT] OPTIONAL,
        /// Echo.
        thumbs: Thumbs = "thumbs" [2 EXPLICIT] OPTIONAL,
    }
}

impl Content for CardCInitResTbs {
    const CONTENT_TYPE: u32 = 42;

    fn brand_crl_identifier(&self) -> Option<&BrandCrlIdentifier> {
        self.brand_crl_identifier.as_ref()
    }
}

alias! {
    /// The CA's answer.
    CardCInitRes "CardCInitRes" = Signed<CardCInitResTbs>, "S(CA, CardCInitResTBS)"
}

exchange! {
    "card_init" Registration
    messages { CardCInitReq = 22, CardCInitRes = 23 }
    contents { 42 "CardCInitResTBS" "CardCInitResTBS" CardCInitResTbs }
}
