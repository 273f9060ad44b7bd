//! PCertReq and PCertRes: the merchant fetches gateways' key-exchange certificates.

use crate::codec::List;
use crate::codec::table::{alias, enumerated, sequence};
use crate::container::{Content, Signed};
use crate::limits;
use crate::pdu::exchange;
use crate::primitive::{
    Bin, BrandCrlIdentifier, BrandId, CertThumb, MsgExtensions, RrTags, Thumbs,
};

sequence! {
    /// A brand, and a bank where the brand has several gateways.
    BrandAndBin "BrandAndBIN" {
        /// Brand.
        brand_id: BrandId = "brandID",
        /// First digits of card numbers.
        bin: Bin = "bin" OPTIONAL,
    }
}

sequence! {
    /// What the merchant asks (SET 1.0 Book 3, PCertReqData).
    PCertReqData "PCertReqData" {
        /// Ids of the request.
        p_cert_rr_tags: RrTags = "pCertRRTags",
        /// What the merchant has cached.
        m_thumbs: Thumbs = "mThumbs" [0 EXPLICIT] OPTIONAL,
        /// For which brands.
        brand_and_bin_seq: List<BrandAndBin, limits::Brands> = "brandAndBINSeq",
        /// Extensions.
        p_c_rq_extensions: MsgExtensions = "pcRqExtensions" [1] OPTIONAL,
    }
}

impl Content for PCertReqData {
    const CONTENT_TYPE: u32 = 38;
}

alias! {
    /// The merchant's request.
    PCertReq "PCertReq" = Signed<PCertReqData>, "S(M, PCertReqData)"
}

enumerated! {
    /// Result for one brand.
    PCertCode "PCertCode" {
        /// Its certificate comes along, or the merchant has it.
        Success = 0 "success",
        /// Failed.
        UnspecifiedFailure = 1 "unspecifiedFailure",
        /// Not a brand of this gateway.
        BrandNotSupported = 2 "brandNotSupported",
        /// Not a bank of this gateway.
        UnknownBin = 3 "unknownBIN",
    }
}

sequence! {
    /// Result for one brand.
    PCertResItem "PCertResItem" {
        /// Result.
        p_cert_code: PCertCode = "pCertCode",
        /// The certificate.
        cert_thumb: CertThumb = "certThumb" [0 EXPLICIT] OPTIONAL,
    }
}

sequence! {
    /// What the gateway answers (SET 1.0 Book 3, PCertResTBS).
    PCertResTbs "PCertResTBS" {
        /// Copied.
        p_cert_rr_tags: RrTags = "pCertRRTags",
        /// One result for each brand in the same order.
        p_cert_res_item_seq: List<PCertResItem, limits::Brands> = "pCertResItemSeq",
        /// The brands' current CRLs.
        brand_crl_identifier_seq: List<BrandCrlIdentifier, limits::Bcis> =
            "brandCRLIdentifierSeq" [0 EXPLICIT] OPTIONAL,
        /// Extensions.
        p_c_rs_extensions: MsgExtensions = "pcRsExtensions" [1] OPTIONAL,
    }
}

impl Content for PCertResTbs {
    const CONTENT_TYPE: u32 = 39;
}

alias! {
    /// The gateway's answer.
    PCertRes "PCertRes" = Signed<PCertResTbs>, "S(P, PCertResTBS)"
}

exchange! {
    "gateway_certificate" Payment
    messages { PCertReq = 18, PCertRes = 19 }
    contents {
        38 "PCertReqData" "PCertReqData" PCertReqData,
        39 "PCertResTBS" "PCertResTBS" PCertResTbs,
    }
}
