//! AuthRevReq and AuthRevRes: the merchant gives an authorization back, whole or in part.

use crate::codec::table::{alias, choice, enumerated, sequence};
use crate::container::{Content, Enc, EncB, Sealable, Signed, WithBaggage};
use crate::exchange::authorization::{AuthReqData, AuthResPayload};
use crate::exchange::purchase::AuthRevReceipt;
use crate::instruction::Pi;
use crate::pdu::exchange;
use crate::primitive::text::Count;
use crate::primitive::{
    BrandCrlIdentifier, CertThumb, CurrencyAmount, MsgExtensions, RrTags, Thumbs, TransIds,
};
use crate::token::{AuthToken, CapToken};

sequence! {
    /// Ids of one reversal.
    AuthRevTags "AuthRevTags" {
        /// Request and merchant.
        auth_rev_rr_tags: RrTags = "authRevRRTags",
        /// Retrieval number in the card network, once known.
        auth_ret_num: Count = "authRetNum" OPTIONAL,
    }
}

sequence! {
    /// What the merchant asks (SET 1.0 Book 3, AuthRevReqData).
    AuthRevReqData "AuthRevReqData" {
        /// Ids.
        auth_rev_tags: AuthRevTags = "authRevTags",
        /// What the merchant has cached.
        m_thumbs: Thumbs = "mThumbs" [0 EXPLICIT] OPTIONAL,
        /// The authorization's request: what is reversed.
        auth_req_data: AuthReqData = "authReqData" [1] OPTIONAL,
        /// Its answer, for gateways that keep no record.
        auth_res_payload: AuthResPayload = "authResPayload" [2] OPTIONAL,
        /// What shall stay authorized in all, captured parts included; nothing cancels.
        auth_new_amt: CurrencyAmount = "authNewAmt",
        /// Extensions.
        a_rv_rq_extensions: MsgExtensions = "aRvRqExtensions" [3] OPTIONAL,
    }
}

sequence! {
    /// What travels beside the request.
    AuthRevReqBaggage "AuthRevReqBaggage" {
        /// The payment instruction that was authorized.
        pi: Pi = "pi",
        /// The token that the authorization gave.
        cap_token: CapToken = "capToken" [0 EXPLICIT] OPTIONAL,
    }
}

impl Content for AuthRevReqBaggage {
    const CONTENT_TYPE: u32 = 9;
}

impl WithBaggage for AuthRevReqData {
    type Baggage = AuthRevReqBaggage;
    const SIGNED_TYPE: u32 = 23;
    const SEALED_TYPE: u32 = 59;
}

alias! {
    /// The merchant's request.
    AuthRevReq "AuthRevReq" = EncB<AuthRevReqData>, "EncB(M, P, AuthRevReqData, AuthRevReqBaggage)"
}

enumerated! {
    /// Result of a reversal (SET 1.0 Book 3, AuthRevCode).
    AuthRevCode "AuthRevCode" {
        /// Done.
        Approved = 0 "approved",
        /// Failed without a reason that the network gave.
        UnspecifiedFailure = 1 "unspecifiedFailure",
        /// The network did not answer in time.
        NoReply = 2 "noReply",
        /// The amount is wrong.
        AmountError = 3 "amountError",
        /// The card has expired.
        ExpiredCard = 4 "expiredCard",
        /// There is nothing of this authorization that could be reversed.
        InvalidTransaction = 5 "invalidTransaction",
        /// The gateway or the network failed.
        SystemError = 6 "systemError",
        /// The token is missing.
        MissingCapToken = 7 "missingCapToken",
        /// The token is wrong.
        InvalidCapToken = 8 "invalidCapToken",
        /// The new amount is not between what is captured and what is authorized.
        InvalidAmount = 9 "invalidAmount",
    }
}

sequence! {
    /// The authorization as it is after the reversal.
    AuthResDataNew "AuthResDataNew" {
        /// The purchase.
        trans_ids: TransIds = "transIDs",
        /// The result that stands instead of the first; absent when nothing stays authorized.
        auth_res_payload_new: AuthResPayload = "authResPayloadNew" OPTIONAL,
    }
}

sequence! {
    /// What the gateway answers (SET 1.0 Book 3, AuthRevResData).
    AuthRevResData "AuthRevResData" {
        /// Result.
        auth_rev_code: AuthRevCode = "authRevCode",
        /// Copied; the retrieval number may be filled in.
        auth_rev_tags: AuthRevTags = "authRevTags",
        /// The brand's current CRLs.
        brand_crl_identifier: BrandCrlIdentifier = "brandCRLIdentifier" [0 EXPLICIT] OPTIONAL,
        /// The gateway's current key-exchange certificate.
        pe_thumb: CertThumb = "peThumb" [1 EXPLICIT] OPTIONAL,
        /// What is authorized now.
        auth_new_amt: CurrencyAmount = "authNewAmt",
        /// The authorization as it is now.
        auth_res_data_new: AuthResDataNew = "authResDataNew",
        /// Extensions.
        a_rv_rs_extensions: MsgExtensions = "aRvRsExtensions" [2] OPTIONAL,
    }
}

sequence! {
    /// What travels beside the answer to a reversal that was done.
    AuthRevResBaggage "AuthRevResBaggage" {
        /// Stands instead of the capture token; absent when nothing is left to capture.
        cap_token_new: CapToken = "capTokenNew" [0 EXPLICIT] OPTIONAL,
        /// Stands instead of the token for the next authorization.
        auth_token_new: AuthToken = "authTokenNew" [1 EXPLICIT] OPTIONAL,
        /// For the cardholder (new in SET 2).
        receipt: Signed<AuthRevReceipt> = "receipt" [2 EXPLICIT] OPTIONAL,
    }
}

impl Content for AuthRevResBaggage {
    const CONTENT_TYPE: u32 = 10;
}

impl Content for AuthRevResData {
    const CONTENT_TYPE: u32 = 24;

    fn brand_crl_identifier(&self) -> Option<&BrandCrlIdentifier> {
        self.brand_crl_identifier.as_ref()
    }
}

impl Sealable for AuthRevResData {
    const SEALED_TYPE: u32 = 60;
}

impl WithBaggage for AuthRevResData {
    type Baggage = AuthRevResBaggage;
    const SIGNED_TYPE: u32 = 25;
    const SEALED_TYPE: u32 = 61;

    fn brand_crl_identifier(&self) -> Option<&BrandCrlIdentifier> {
        self.brand_crl_identifier.as_ref()
    }
}

choice! {
    /// The gateway's answer.
    AuthRevRes "AuthRevRes" {
        /// To a reversal that was done.
        EncB(EncB<AuthRevResData>) = "authRevResEncB" [0 EXPLICIT],
        /// To one that was not.
        Enc(Enc<AuthRevResData>) = "authRevResEnc" [1 EXPLICIT],
    }
}

exchange! {
    "authorization_reversal" Payment
    messages { AuthRevReq = 8, AuthRevRes = 9 }
    contents {
        9 "AuthRevReqBaggage" "AuthRevReqBaggage" AuthRevReqBaggage,
        10 "AuthRevResBaggage" "AuthRevResBaggage" AuthRevResBaggage,
        23 "AuthRevReqTBS" "L(AuthRevReqData, AuthRevReqBaggage)" AuthRevReqData,
        24 "AuthRevResData" "AuthRevResData" AuthRevResData,
        25 "AuthRevResTBS" "L(AuthRevResData, AuthRevResBaggage)" AuthRevResData,
        59 "AuthRevReqTBE" "S(M, AuthRevReqTBS)" AuthRevReqData,
        60 "AuthRevResTBE" "S(P, AuthRevResData)" AuthRevResData,
        61 "AuthRevResTBEB" "S(P, AuthRevResTBS)" AuthRevResData,
        105 "AuthRevReceipt" "AuthRevReceipt" AuthRevReceipt,
    }
}
