//! CapReq and CapRes: the merchant asks for its money.

use crate::batch::BatchStatus;
use crate::codec::List;
use crate::codec::table::{alias, choice, enumerated, sequence};
use crate::container::{Content, Enc, EncB, EncBx, Sealable, Signed, WithBaggage, WithExtra};
use crate::exchange::authorization::{AuthReqItem, AuthResPayload};
use crate::exchange::purchase::CapReceipt;
use crate::limits;
use crate::pdu::exchange;
use crate::primitive::text::Count;
use crate::primitive::{
    BrandCrlIdentifier, CertThumb, CurrencyAmount, Date, MsgExtensions, PanToken, RrTags, Rrpid,
    Thumbs, TransIds,
};
use crate::sale::SaleDetail;
use crate::token::{AuthTokenTbe, CapToken, CapTokenData, CapTokenDataX};

sequence! {
    /// What is to be captured (SET 1.0 Book 3, CapPayload).
    CapPayload "CapPayload" {
        /// Date on the cardholder's statement.
        cap_date: Date = "capDate",
        /// Amount; may differ from the authorized one.
        cap_req_amt: CurrencyAmount = "capReqAmt",
        /// The authorization's request, when the token is missing.
        auth_req_item: AuthReqItem = "authReqItem" [0] OPTIONAL,
        /// Its answer, when the token is missing.
        auth_res_payload: AuthResPayload = "authResPayload" [1] OPTIONAL,
        /// Details of the sale.
        sale_detail: SaleDetail = "saleDetail" [2] OPTIONAL,
        /// Extensions.
        c_pay_extensions: MsgExtensions = "cPayExtensions" [3] OPTIONAL,
    }
}

sequence! {
    /// One capture.
    CapItem "CapItem" {
        /// The purchase.
        trans_ids: TransIds = "transIDs",
        /// The authorization.
        auth_rrpid: Rrpid = "authRRPID",
        /// What is to be captured.
        cap_payload: CapPayload = "capPayload",
    }
}

sequence! {
    /// What the merchant asks (SET 1.0 Book 3, CapReqData).
    CapReqData "CapReqData" {
        /// Ids of the request.
        cap_rr_tags: RrTags = "capRRTags",
        /// What the merchant has cached.
        m_thumbs: Thumbs = "mThumbs" [0 EXPLICIT] OPTIONAL,
        /// The captures.
        cap_item_seq: List<CapItem, limits::CaptureItems> = "capItemSeq",
        /// Extensions.
        c_rq_extensions: MsgExtensions = "cRqExtensions" [1] OPTIONAL,
    }
}

/// One token for each item in the same order.
pub type CapTokenSeq = List<CapToken, limits::CaptureItems>;

impl Content for CapTokenSeq {
    const CONTENT_TYPE: u32 = 11;
}

impl WithBaggage for CapReqData {
    type Baggage = CapTokenSeq;
    const SIGNED_TYPE: u32 = 26;
    const SEALED_TYPE: u32 = 62;
}

impl WithExtra for CapReqData {
    type Extra = PanToken;
    const SIGNED_TYPE_X: u32 = 27;
    const SEALED_TYPE_X: u32 = 63;
}

choice! {
    /// The merchant's request.
    CapReq "CapReq" {
        /// Without a card number.
        EncB(EncB<CapReqData>) = "capReqEncB" [0 EXPLICIT],
        /// With one, for exactly one item.
        EncBx(EncBx<CapReqData>) = "capReqEncBX" [1 EXPLICIT],
    }
}

enumerated! {
    /// Result of a capture (SET 1.0 Book 3, CapCode).
    CapCode "CapCode" {
        /// Done.
        Success = 0 "success",
        /// Failed without a reason that the network gave.
        UnspecifiedFailure = 1 "unspecifiedFailure",
        /// Captured before.
        DuplicateRequest = 2 "duplicateRequest",
        /// The authorization has expired.
        AuthExpired = 3 "authExpired",
        /// Data of the authorization are missing.
        AuthDataMissing = 4 "authDataMissing",
        /// Data of the authorization are wrong.
        InvalidAuthData = 5 "invalidAuthData",
        /// The token is missing.
        CapTokenMissing = 6 "capTokenMissing",
        /// The token is wrong.
        InvalidCapToken = 7 "invalidCapToken",
        /// No such batch.
        BatchUnknown = 8 "batchUnknown",
        /// The batch is closed.
        BatchClosed = 9 "batchClosed",
        /// No such purchase.
        UnknownXid = 10 "unknownXID",
        /// No such label.
        UnknownLid = 11 "unknownLID",
    }
}

sequence! {
    /// Result of one capture (SET 1.0 Book 3, CapResPayload).
    CapResPayload "CapResPayload" {
        /// Result.
        cap_code: CapCode = "capCode",
        /// Captured amount.
        cap_amt: CurrencyAmount = "capAmt",
        /// Batch.
        batch_id: Count = "batchID" [0] OPTIONAL,
        /// Place in the batch.
        batch_sequence_num: Count = "batchSequenceNum" [1] OPTIONAL,
        /// Extensions.
        c_rs_pay_extensions: MsgExtensions = "cRsPayExtensions" [2] OPTIONAL,
        /// For the cardholder (new in SET 2).
        receipt: Signed<CapReceipt> = "receipt" [3 EXPLICIT] OPTIONAL,
    }
}

sequence! {
    /// Result of one item.
    CapResItem "CapResItem" {
        /// The purchase.
        trans_ids: TransIds = "transIDs",
        /// The authorization.
        auth_rrpid: Rrpid = "authRRPID",
        /// Result.
        cap_res_payload: CapResPayload = "capResPayload",
    }
}

sequence! {
    /// What the gateway answers (SET 1.0 Book 3, CapResData).
    CapResData "CapResData" {
        /// Copied.
        cap_rr_tags: RrTags = "capRRTags",
        /// The brand's current CRLs.
        brand_crl_identifier: BrandCrlIdentifier = "brandCRLIdentifier" [0 EXPLICIT] OPTIONAL,
        /// The gateway's current key-exchange certificate.
        pe_thumb: CertThumb = "peThumb" [1 EXPLICIT] OPTIONAL,
        /// State of the batches.
        batch_status_seq: List<BatchStatus, limits::Batches> = "batchStatusSeq" [2] OPTIONAL,
        /// One result for each item in the same order.
        cap_res_item_seq: List<CapResItem, limits::CaptureItems> = "capResItemSeq",
        /// Extensions.
        c_rs_extensions: MsgExtensions = "cRsExtensions" [3] OPTIONAL,
    }
}

impl Content for CapResData {
    const CONTENT_TYPE: u32 = 28;

    fn brand_crl_identifier(&self) -> Option<&BrandCrlIdentifier> {
        self.brand_crl_identifier.as_ref()
    }
}

impl Sealable for CapResData {
    const SEALED_TYPE: u32 = 64;
}

alias! {
    /// The gateway's answer.
    CapRes "CapRes" = Enc<CapResData>, "Enc(P, M, CapResData)"
}

exchange! {
    "capture" Payment
    messages { CapReq = 10, CapRes = 11 }
    contents {
        11 "CapTokenSeq" "SEQUENCE OF CapToken" CapTokenSeq,
        26 "CapReqTBS" "L(CapReqData, CapTokenSeq)" CapReqData,
        27 "CapReqTBSX" "{L(CapReqData, CapTokenSeq), DD(PANToken)}" CapReqData,
        28 "CapResData" "CapResData" CapResData,
        55 "AuthTokenTBE" "AuthTokenTBE" AuthTokenTbe,
        56 "CapTokenTBE" "CapTokenData" CapTokenData,
        57 "CapTokenTBEX" "CapTokenDataX" CapTokenDataX,
        62 "CapReqTBE" "S(M, CapReqTBS)" CapReqData,
        63 "CapReqTBEX" "TBE(CapReqTBS, PANToken)" CapReqData,
        64 "CapResTBE" "S(P, CapResData)" CapResData,
    }
}
