//! PReq and PRes: the order, the payment instruction, and what became of them.
//!
//! The order half ([`OiData`]) is here; the instruction half is in [`crate::instruction`].

use counterfoil_crypto::digest::DetachedDigest;
use counterfoil_crypto::oid::Oid;

use crate::codec::List;
use crate::codec::table::{alias, choice, enumerated, sequence};
use crate::container::{Content, EncK, Ex, Sealable, Signed};
use crate::exchange::authorization::{AuthCode, CurrConv};
use crate::exchange::capture::CapCode;
use crate::instruction::{PiData, PiDualSigned, PiDualSignedTbe, PiHead, PiOiLink, PiTbs};
use crate::limits;
use crate::pdu::exchange;
use crate::primitive::leaf::octet_string;
use crate::primitive::text::{LongText, Phone, Url};
use crate::primitive::{
    Bin, BrandCrlIdentifier, BrandId, Challenge, CurrencyAmount, Date, Digest, InstallRecurData,
    MerchantId, MsgExtensions, Nonce, PanData, PanToken, Ratio, Rrpid, TransIds, Xid,
};

sequence! {
    /// The order half of a purchase (SET 1.0 Book 3, OIData).
    OiData "OIData" {
        /// From PInitRes, or made by the wallet.
        trans_ids: TransIds = "transIDs",
        /// Fresh for each request.
        rrpid: Rrpid = "rrpid",
        /// From PInitReq, or new.
        chall_c: Challenge = "chall-C",
        /// DD(HODInput): binds order and amount without showing the amount.
        hod: DetachedDigest = "hod",
        /// Salt of hod.
        od_salt: Nonce = "odSalt",
        /// From PInitRes; absent when there was none.
        chall_m: Challenge = "chall-M" OPTIONAL,
        /// The brand; absent when PInitReq named it.
        brand_id: BrandId = "brandID" OPTIONAL,
        /// First digits of the card number.
        bin: Bin = "bin",
        /// Which extensions HODInput has, in their order.
        od_ext_oids: List<Oid, limits::OdExtensions> = "odExtOIDs" [0] OPTIONAL,
        /// Extensions.
        oi_extensions: MsgExtensions = "oiExtensions" [1] OPTIONAL,
    }
}

impl Content for OiData {
    const CONTENT_TYPE: u32 = 3;
}

octet_string! {
    /// The order as the shop showed it. It travels in no message of SET.
    OrderDescription "OD" 1 65536
}

sequence! {
    /// What hod digests. Wallet and merchant each build it from what they know.
    HodInput "HODInput" {
        /// The order.
        od: OrderDescription = "od",
        /// Its amount.
        purch_amt: CurrencyAmount = "purchAmt",
        /// Keeps the amount from being guessed.
        od_salt: Nonce = "odSalt",
        /// Instalments or repetition.
        install_recur_data: InstallRecurData = "installRecurData" [0] OPTIONAL,
        /// Extensions of the order.
        od_extensions: MsgExtensions = "odExtensions" [1] OPTIONAL,
    }
}

impl Content for HodInput {
    const CONTENT_TYPE: u32 = 7;
}

sequence! {
    /// L(OIData, PIData).
    OiDualSigned "OIDualSigned" {
        /// The order half.
        oi_data: OiData = "oiData",
        /// DD(PIData), which the merchant cannot compute.
        h_pi_data: DetachedDigest = "hPIData",
    }
}

sequence! {
    /// A purchase under the cardholder's dual signature.
    PReqDualSigned "PReqDualSigned" {
        /// For the gateway.
        pi_dual_signed: PiDualSigned = "piDualSigned",
        /// For the merchant.
        oi_dual_signed: OiDualSigned = "oiDualSigned",
    }
}

sequence! {
    /// A purchase that nobody signed.
    PReqUnsigned "PReqUnsigned" {
        /// EXH(P, PI-OILink, PANToken).
        pi_unsigned: Ex<PiOiLink> = "piUnsigned",
        /// L(OIData, PIDataUnsigned).
        oi_unsigned: OiDualSigned = "oiUnsigned",
    }
}

choice! {
    /// The purchase request.
    PReq "PReq" {
        /// Signed: the only form that SET 2 accepts.
        DualSigned(PReqDualSigned) = "pReqDualSigned" [0 EXPLICIT],
        /// Unsigned: parsed, and refused by policy.
        Unsigned(PReqUnsigned) = "pReqUnsigned" [1 EXPLICIT],
    }
}

enumerated! {
    /// How far a purchase has come.
    CompletionCode "CompletionCode" {
        /// The amount is zero, so that ratios mean nothing.
        MeaninglessRatio = 0 "meaninglessRatio",
        /// The merchant refused.
        OrderRejected = 1 "orderRejected",
        /// The merchant has the order.
        OrderReceived = 2 "orderReceived",
        /// An inquiry came before the order.
        OrderNotReceived = 3 "orderNotReceived",
        /// Authorized.
        AuthorizationPerformed = 4 "authorizationPerformed",
        /// Captured.
        CapturePerformed = 5 "capturePerformed",
        /// Credited.
        CreditPerformed = 6 "creditPerformed",
        /// The request was unsigned, and the gateway's certificate asks for a signature.
        SignatureRequired = 7 "signatureRequired",
    }
}

sequence! {
    /// An authorization as the cardholder sees it.
    AuthStatus "AuthStatus" {
        /// When.
        auth_date: Date = "authDate",
        /// With which result.
        auth_code: AuthCode = "authCode",
        /// Authorized part of the purchase.
        auth_ratio: Ratio = "authRatio",
        /// Conversion to the card's currency.
        curr_conv: CurrConv = "currConv" OPTIONAL,
    }
}

sequence! {
    /// A capture as the cardholder sees it.
    CapStatus "CapStatus" {
        /// When.
        cap_date: Date = "capDate",
        /// With which result.
        cap_code: CapCode = "capCode",
        /// Captured part of the purchase.
        cap_ratio: Ratio = "capRatio",
    }
}

sequence! {
    /// A credit as the cardholder sees it.
    CreditStatus "CreditStatus" {
        /// When.
        credit_date: Date = "creditDate",
        /// With which result.
        credit_code: CreditCode = "creditCode",
        /// Credited part of the purchase.
        credit_ratio: Ratio = "creditRatio",
    }
}

enumerated! {
    /// Result of a capture reversal or a credit (SET 1.0 Book 3, CapRevOrCredCode).
    CreditCode "CapRevOrCredCode" {
        /// Done.
        Success = 0 "success",
        /// Failed without a reason that the network gave.
        UnspecifiedFailure = 1 "unspecifiedFailure",
        /// Asked before.
        DuplicateRequest = 2 "duplicateRequest",
        /// Too late: the original was processed.
        OriginalProcessed = 3 "originalProcessed",
        /// No such original.
        OriginalNotFound = 4 "originalNotFound",
        /// The capture was purged.
        CapPurged = 5 "capPurged",
        /// Data of the capture are missing.
        MissingCapData = 6 "missingCapData",
        /// Data of the capture are wrong.
        InvalidCapData = 7 "invalidCapData",
        /// The token is missing.
        MissingCapToken = 8 "missingCapToken",
        /// The token is wrong.
        InvalidCapToken = 9 "invalidCapToken",
        /// No such batch.
        BatchUnknown = 10 "batchUnknown",
        /// The batch is closed.
        BatchClosed = 11 "batchClosed",
    }
}

sequence! {
    /// What became of one authorization.
    Results "Results" {
        /// The acquirer's message, unreadable for the merchant.
        acq_card_msg: EncK<AcqCardCodeMsg> = "acqCardMsg" [0 EXPLICIT] OPTIONAL,
        /// Authorization.
        auth_status: AuthStatus = "authStatus" [1] OPTIONAL,
        /// Capture.
        cap_status: CapStatus = "capStatus" [2] OPTIONAL,
        /// Credits.
        credit_status_seq: List<CreditStatus, limits::Credits> = "credStatusSeq" [3] OPTIONAL,
        /// The gateway's word for it (new in SET 2).
        receipt: Signed<AuthReceipt> = "receipt" [4 EXPLICIT] OPTIONAL,
        /// The gateway's word that less is authorized by now, or nothing (new in SET 2).
        rev_receipt: Signed<AuthRevReceipt> = "revReceipt" [5 EXPLICIT] OPTIONAL,
    }
}

sequence! {
    /// One entry of a purchase response.
    PResPayload "PResPayload" {
        /// How far.
        completion_code: CompletionCode = "completionCode",
        /// Details.
        results: Results = "results" OPTIONAL,
        /// Extensions.
        p_rs_extensions: MsgExtensions = "pRsExtensions" [0] OPTIONAL,
    }
}

sequence! {
    /// What the merchant signs in answer (SET 1.0 Book 3, PResData).
    PResData "PResData" {
        /// The purchase.
        trans_ids: TransIds = "transIDs",
        /// Echo.
        rrpid: Rrpid = "rrpid",
        /// Echo.
        chall_c: Challenge = "chall-C",
        /// The brand's current CRLs.
        brand_crl_identifier: BrandCrlIdentifier = "brandCRLIdentifier" [0 EXPLICIT] OPTIONAL,
        /// One entry for each authorization.
        p_res_payload_seq: List<PResPayload, limits::PResPayloads> = "pResPayloadSeq",
    }
}

impl Content for PResData {
    const CONTENT_TYPE: u32 = 14;

    fn brand_crl_identifier(&self) -> Option<&BrandCrlIdentifier> {
        self.brand_crl_identifier.as_ref()
    }
}

alias! {
    /// The merchant's answer.
    PRes "PRes" = Signed<PResData>, "S(M, PResData)"
}

sequence! {
    /// The gateway's word on an authorization, for the cardholder (new in SET 2). It has no amount
    /// in clear: the cardholder knows the order, recomputes hod, and multiplies.
    AuthReceipt "AuthReceipt" {
        /// The purchase.
        xid: Xid = "xid",
        /// The authorization.
        auth_rrpid: Rrpid = "authRRPID",
        /// Date of the purchase.
        p_req_date: Date = "pReqDate",
        /// Who is paid.
        merchant_id: MerchantId = "merchantID",
        /// Thumb of the merchant's signature certificate.
        merchant_cert_hash: Digest = "merchantCertHash",
        /// Digest of order and amount.
        hod: DetachedDigest = "hod",
        /// When.
        auth_date: Date = "authDate",
        /// With which result.
        auth_code: AuthCode = "authCode",
        /// Authorized part of the purchase; absent when the amount is zero.
        auth_ratio: Ratio = "authRatio" OPTIONAL,
        /// Was it captured in the same step?
        captured: bool = "captured" DEFAULT false,
    }
}

impl Content for AuthReceipt {
    const CONTENT_TYPE: u32 = 100;
}

sequence! {
    /// The gateway's word on a capture, for the cardholder (new in SET 2).
    CapReceipt "CapReceipt" {
        /// The purchase.
        xid: Xid = "xid",
        /// The authorization that was captured.
        auth_rrpid: Rrpid = "authRRPID",
        /// Who is paid.
        merchant_id: MerchantId = "merchantID",
        /// Digest of order and amount, when the gateway still has it.
        hod: DetachedDigest = "hod" OPTIONAL,
        /// When.
        cap_date: Date = "capDate",
        /// With which result.
        cap_code: CapCode = "capCode",
        /// Captured part of the purchase; absent when the amount is zero.
        cap_ratio: Ratio = "capRatio" [0] OPTIONAL,
    }
}

impl Content for CapReceipt {
    const CONTENT_TYPE: u32 = 103;
}

sequence! {
    /// The gateway's word that an authorization was reversed, for the cardholder (new in SET 2).
    AuthRevReceipt "AuthRevReceipt" {
        /// The purchase.
        xid: Xid = "xid",
        /// The authorization that was reversed.
        auth_rrpid: Rrpid = "authRRPID",
        /// Who would have been paid.
        merchant_id: MerchantId = "merchantID",
        /// Digest of order and amount.
        hod: DetachedDigest = "hod",
        /// When.
        rev_date: Date = "revDate",
        /// Part of the purchase that stays authorized; absent when nothing does.
        auth_ratio: Ratio = "authRatio" OPTIONAL,
    }
}

impl Content for AuthRevReceipt {
    const CONTENT_TYPE: u32 = 105;
}

enumerated! {
    /// What the acquirer wants of the cardholder.
    AcqCardCode "AcqCardCode" {
        /// A message.
        MessageOfDay = 0 "messageOfDay",
        /// About the account.
        AccountInfo = 1 "accountInfo",
        /// Please call.
        CallCustomerService = 2 "callCustomerService",
    }
}

sequence! {
    /// Text of the acquirer's message.
    AcqCardMsgData "AcqCardMsgData" {
        /// Text.
        text: LongText = "acqCardText" [0 EXPLICIT] OPTIONAL,
        /// Web address.
        url: Url = "acqCardURL" [1] OPTIONAL,
        /// Telephone.
        phone: Phone = "acqCardPhone" [2 EXPLICIT] OPTIONAL,
    }
}

sequence! {
    /// A message from acquirer to cardholder under the cardholder's back key.
    AcqCardCodeMsg "AcqCardCodeMsg" {
        /// What it is about.
        acq_card_code: AcqCardCode = "acqCardCode",
        /// The message.
        acq_card_msg_data: AcqCardMsgData = "acqCardMsgData",
    }
}

impl Content for AcqCardCodeMsg {
    const CONTENT_TYPE: u32 = 22;
}

impl Sealable for AcqCardCodeMsg {
    const SEALED_TYPE: u32 = 58;
}

exchange! {
    "purchase" Payment
    messages { PReq = 2, PRes = 3 }
    contents {
        0 "PANData" "PANData" PanData,
        1 "PANToken" "PANToken" PanToken,
        3 "OIData" "OIData" OiData,
        5 "PIData" "PIData" PiData,
        7 "HODInput" "HODInput" HodInput,
        13 "PI-TBS" "PI-TBS" PiTbs,
        14 "PResData" "PResData" PResData,
        22 "AcqCardCodeMsg" "AcqCardCodeMsg" AcqCardCodeMsg,
        50 "PIDualSignedTBE" "PIDualSignedTBE" PiDualSignedTbe,
        51 "PIUnsignedTBE" "TBE(PI-OILink, PANToken)" PiOiLink,
        58 "AcqCardCodeMsgTBE" "S(P, AcqCardCodeMsg)" AcqCardCodeMsg,
        100 "AuthReceipt" "AuthReceipt" AuthReceipt,
        101 "PANEnvelope" "PIHead, digested for the binding of the PAN envelope" PiHead,
        103 "CapReceipt" "CapReceipt" CapReceipt,
    }
}
