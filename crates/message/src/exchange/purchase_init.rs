//! PInitReq and PInitRes: ids, challenges, certificates and the suite of a purchase.

use counterfoil_crypto::oid::Oid;

use crate::codec::List;
use crate::codec::table::{alias, sequence};
use crate::container::{Content, Signed};
use crate::limits;
use crate::pdu::exchange;
use crate::primitive::{
    Bin, BrandCrlIdentifier, BrandId, CertThumb, Challenge, Language, LocalId, MsgExtensions,
    Rrpid, Thumbs, TransIds,
};

sequence! {
    /// The wallet opens a purchase (SET 1.0 Book 3, PInitReq). Everything in it is in clear.
    PInitReq "PInitReq" {
        /// Fresh for each request.
        rrpid: Rrpid = "rrpid",
        /// The cardholder's language.
        language: Language = "language",
        /// The wallet's label.
        lid_c: LocalId = "localID-C",
        /// The merchant's label, from the initiation message.
        lid_m: LocalId = "localID-M" [0] OPTIONAL,
        /// Proves that PInitRes and PRes are fresh.
        chall_c: Challenge = "chall-C",
        /// The chosen brand.
        brand_id: BrandId = "brandID",
        /// Lets the merchant choose the gateway.
        bin: Bin = "bin",
        /// What the wallet has cached.
        thumbs: Thumbs = "thumbs" [1 EXPLICIT] OPTIONAL,
        /// Extensions.
        pi_rq_extensions: MsgExtensions = "piRqExtensions" [2] OPTIONAL,
        /// The suites that the wallet accepts, best first (new in SET 2).
        suites: List<Oid, limits::Suites> = "suites" [3],
    }
}

sequence! {
    /// What the merchant signs in answer (SET 1.0 Book 3, PInitResData).
    PInitResData "PInitResData" {
        /// The purchase; its XID is made here.
        trans_ids: TransIds = "transIDs",
        /// Echo.
        rrpid: Rrpid = "rrpid",
        /// Echo.
        chall_c: Challenge = "chall-C",
        /// Proves that the dual signature is fresh.
        chall_m: Challenge = "chall-M",
        /// The brand's current CRLs, if the wallet's are missing or old.
        brand_crl_identifier: BrandCrlIdentifier = "brandCRLIdentifier" [0 EXPLICIT] OPTIONAL,
        /// The gateway's key-exchange certificate to use.
        pe_thumb: CertThumb = "peThumb" [1 EXPLICIT],
        /// Echo.
        thumbs: Thumbs = "thumbs" [2 EXPLICIT] OPTIONAL,
        /// Extensions.
        pi_rs_extensions: MsgExtensions = "piRsExtensions" [3] OPTIONAL,
        /// Echo of the wallet's offer (new in SET 2).
        suites: List<Oid, limits::Suites> = "suites" [4],
        /// The suite of this purchase (new in SET 2).
        suite: Oid = "suite" [5],
    }
}

impl Content for PInitResData {
    const CONTENT_TYPE: u32 = 12;

    fn brand_crl_identifier(&self) -> Option<&BrandCrlIdentifier> {
        self.brand_crl_identifier.as_ref()
    }
}

alias! {
    /// The merchant's answer.
    PInitRes "PInitRes" = Signed<PInitResData>, "S(M, PInitResData)"
}

exchange! {
    "purchase_init" Payment
    messages { PInitReq = 0, PInitRes = 1 }
    contents { 12 "PInitResData" "PInitResData" PInitResData }
}
