//! AuthReq and AuthRes: the merchant asks the gateway to authorize, and to capture if it likes.

use counterfoil_crypto::digest::DetachedDigest;

use crate::batch::BatchStatus;
use crate::codec::table::{alias, choice, enumerated, sequence};
use crate::container::{Content, EncB, EncBx, EncK, Signed, WithBaggage, WithExtra};
use crate::exchange::capture::CapResPayload;
use crate::exchange::purchase::{AcqCardCodeMsg, AuthReceipt};
use crate::instruction::Pi;
use crate::pdu::exchange;
use crate::primitive::leaf::text;
use crate::primitive::text::{Count, PrivateText};
use crate::primitive::{
    BrandCrlIdentifier, CertThumb, ConversionRate, Currency, CurrencyAmount, InstallRecurData,
    Location, MsgExtensions, PanToken, RrTags, Thumbs, TransIds,
};
use crate::sale::{MarketSpecAuthData, SaleDetail};
use crate::token::{AuthToken, CapToken};

sequence! {
    /// Ids of one authorization.
    AuthTags "AuthTags" {
        /// Request and merchant; its RRPID is the AuthRRPID from now on.
        auth_rr_tags: RrTags = "authRRTags",
        /// The purchase.
        trans_ids: TransIds = "transIDs",
        /// Retrieval number in the card network, once known.
        auth_ret_num: Count = "authRetNum" OPTIONAL,
    }
}

sequence! {
    /// Digests that the merchant computed on its own; absent with an AuthToken.
    CheckDigests "CheckDigests" {
        /// DD(OIData).
        h_oi_data: DetachedDigest = "hOIData",
        /// DD(HODInput).
        hod2: DetachedDigest = "hod2",
    }
}

sequence! {
    /// Billing address for address verification.
    AvsData "AVSData" {
        /// Street and number.
        street_address: PrivateText = "streetAddress" OPTIONAL,
        /// Place.
        location: Location = "location",
    }
}

enumerated! {
    /// Special processing.
    SpecialProcessing "SpecialProcessing" {
        /// Direct marketing.
        DirectMarketing = 0 "directMarketing",
        /// Preferred customer.
        PreferredCustomer = 1 "preferredCustomer",
    }
}

enumerated! {
    /// Why the merchant suspects fraud.
    CardSuspect "CardSuspect" {
        /// No reason given.
        UnspecifiedReason = 0 "unspecifiedReason",
    }
}

text! {
    /// Merchant category code (ISO 18245).
    MerchCatCode "MerchCatCode" NumericString "NumericString" 4 4
}

enumerated! {
    /// Group of merchants.
    MerchGroup "MerchGroup" {
        /// Commercial travel.
        CommercialTravel = 1 "commercialTravel",
        /// Lodging.
        Lodging = 2 "lodging",
        /// Car rental.
        AutomobileRental = 3 "automobileRental",
        /// Restaurant.
        Restaurant = 4 "restaurant",
        /// Medical.
        Medical = 5 "medical",
        /// Order by mail or telephone.
        MailOrPhoneOrder = 6 "mailOrPhoneOrder",
        /// Risky purchase.
        RiskyPurchase = 7 "riskyPurchase",
        /// Other.
        Other = 8 "other",
    }
}

sequence! {
    /// What kind of merchant it is.
    MerchData "MerchData" {
        /// Category.
        merch_cat_code: MerchCatCode = "merchCatCode" OPTIONAL,
        /// Group.
        merch_group: MerchGroup = "merchGroup" OPTIONAL,
    }
}

sequence! {
    /// What is to be authorized (SET 1.0 Book 3, AuthReqPayload).
    AuthReqPayload "AuthReqPayload" {
        /// Will the merchant authorize again (split shipment)? Then it gets an AuthToken.
        subsequent_auth_ind: bool = "subsequentAuthInd" DEFAULT false,
        /// Amount; may differ from the purchase within the acquirer's policy.
        auth_req_amt: CurrencyAmount = "authReqAmt",
        /// Billing address.
        avs_data: AvsData = "avsData" [0] OPTIONAL,
        /// Special processing.
        special_processing: SpecialProcessing = "specialProcessing" [1] OPTIONAL,
        /// Does the merchant suspect fraud?
        card_suspect: CardSuspect = "cardSuspect" [2] OPTIONAL,
        /// Shall the answer name the type of the card?
        request_card_type_ind: bool = "requestCardTypeInd" DEFAULT false,
        /// Instalments or repetition.
        install_recur_data: InstallRecurData = "installRecurData" [3] OPTIONAL,
        /// Market.
        market_spec_auth_data: MarketSpecAuthData = "marketSpecAuthData" [4 EXPLICIT] OPTIONAL,
        /// Merchant.
        merch_data: MerchData = "merchData",
        /// Extensions.
        a_rq_extensions: MsgExtensions = "aRqExtensions" [5] OPTIONAL,
    }
}

sequence! {
    /// One authorization.
    AuthReqItem "AuthReqItem" {
        /// Ids.
        auth_tags: AuthTags = "authTags",
        /// The merchant's own digests.
        check_digests: CheckDigests = "checkDigests" [0] OPTIONAL,
        /// What is to be authorized.
        auth_req_payload: AuthReqPayload = "authReqPayload",
    }
}

sequence! {
    /// What the merchant asks (SET 1.0 Book 3, AuthReqData).
    AuthReqData "AuthReqData" {
        /// The authorization.
        auth_req_item: AuthReqItem = "authReqItem",
        /// What the merchant has cached.
        m_thumbs: Thumbs = "mThumbs" [0 EXPLICIT] OPTIONAL,
        /// Capture in the same step when approved?
        capture_now: bool = "captureNow" DEFAULT false,
        /// Details of the sale, with captureNow only.
        sale_detail: SaleDetail = "saleDetail" [1] OPTIONAL,
    }
}

impl WithBaggage for AuthReqData {
    type Baggage = Pi;
    const SIGNED_TYPE: u32 = 16;
    const SEALED_TYPE: u32 = 52;
}

alias! {
    /// The merchant's request.
    AuthReq "AuthReq" = EncB<AuthReqData>, "EncB(M, P, AuthReqData, PI)"
}

enumerated! {
    /// Result of an authorization (SET 1.0 Book 3, AuthCode).
    AuthCode "AuthCode" {
        /// Approved.
        Approved = 0 "approved",
        /// Failed without a reason that the network gave.
        UnspecifiedFailure = 1 "unspecifiedFailure",
        /// Declined.
        Declined = 2 "declined",
        /// The network did not answer in time.
        NoReply = 3 "noReply",
        /// The issuer wants a call.
        CallIssuer = 4 "callIssuer",
        /// The amount is wrong.
        AmountError = 5 "amountError",
        /// The card has expired.
        ExpiredCard = 6 "expiredCard",
        /// Not a valid transaction.
        InvalidTransaction = 7 "invalidTransaction",
        /// The gateway or the network failed.
        SystemError = 8 "systemError",
        /// This payment instruction was used before.
        PiPreviouslyUsed = 9 "piPreviouslyUsed",
        /// A repeated payment came too soon.
        RecurringTooSoon = 10 "recurringTooSoon",
        /// A repeated payment has ended.
        RecurringExpired = 11 "recurringExpired",
        /// Payment instruction and request do not fit together.
        PiAuthMismatch = 12 "piAuthMismatch",
        /// Instalments or repetition differ from what the cardholder agreed to.
        InstallRecurMismatch = 13 "installRecurMismatch",
        /// The gateway does not capture in the same step.
        CaptureNotSupported = 14 "captureNotSupported",
        /// The payment instruction is unsigned.
        SignatureRequired = 15 "signatureRequired",
        /// The brands of cardholder and merchant differ.
        CardMerchBrandMismatch = 16 "cardMerchBrandMismatch",
    }
}

enumerated! {
    /// Who gave the answer.
    RespReason "RespReason" {
        /// The issuer.
        Issuer = 0 "issuer",
        /// A stand-in: the issuer took too long.
        StandInTimeOut = 1 "standInTimeOut",
        /// A stand-in: below the floor limit.
        StandInFloorLimit = 2 "standInFloorLimit",
        /// A stand-in: the issuer wants no inquiries.
        StandInSuppressInquiries = 3 "standInSuppressInquiries",
        /// A stand-in: the issuer is away.
        StandInIssuerUnavailable = 4 "standInIssuerUnavailable",
        /// A stand-in: the issuer asked for it.
        StandInIssuerRequest = 5 "standInIssuerRequest",
    }
}

enumerated! {
    /// Type of the card.
    CardType "CardType" {
        /// Not known.
        Unavailable = 0 "unavailable",
        /// Classic.
        Classic = 1 "classic",
        /// Gold.
        Gold = 2 "gold",
        /// Platinum.
        Platinum = 3 "platinum",
        /// Premier.
        Premier = 4 "premier",
        /// Debit.
        Debit = 5 "debit",
        /// Debit with PIN.
        PinBasedDebit = 6 "pinBasedDebit",
        /// Cash machines.
        Atm = 7 "atm",
        /// Electronic only.
        ElectronicOnly = 8 "electronicOnly",
        /// Consumer, not specified.
        UnspecifiedConsumer = 9 "unspecifiedConsumer",
        /// Corporate travel.
        CorporateTravel = 10 "corporateTravel",
        /// Purchasing.
        Purchasing = 11 "purchasing",
        /// Business.
        Business = 12 "business",
        /// Commercial, not specified.
        UnspecifiedCommercial = 13 "unspecifiedCommercial",
        /// Private label.
        PrivateLabel = 14 "privateLabel",
        /// Proprietary.
        Proprietary = 15 "proprietary",
    }
}

enumerated! {
    /// Result of address verification.
    AvsResult "AVSResult" {
        /// Not available.
        ResultUnavailable = 0 "resultUnavailable",
        /// Nothing fits.
        NoMatch = 1 "noMatch",
        /// The address fits.
        AddressMatchOnly = 2 "addressMatchOnly",
        /// The postal code fits.
        PostalCodeMatchOnly = 3 "postalCodeMatchOnly",
        /// Both fit.
        FullMatch = 4 "fullMatch",
    }
}

enumerated! {
    /// Characteristic of an authorization.
    AuthCharInd "AuthCharInd" {
        /// Direct marketing.
        DirectMarketing = 0 "directMarketing",
        /// Repeated payment.
        RecurringPayment = 1 "recurringPayment",
        /// Address verification.
        AddressVerification = 2 "addressVerification",
        /// Preferred customer.
        PreferredCustomer = 3 "preferredCustomer",
        /// Incremental authorization.
        IncrementalAuth = 4 "incrementalAuth",
    }
}

enumerated! {
    /// Market that an authorization was found to belong to.
    MarketSpecDataId "MarketSpecDataID" {
        /// None: the data were wrong.
        FailedEdit = 0 "failedEdit",
        /// Car rental.
        Auto = 1 "auto",
        /// Hotel.
        Hotel = 2 "hotel",
        /// Transport.
        Transport = 3 "transport",
    }
}

text! {
    /// Approval code of the issuer.
    ApprovalCode "ApprovalCode" VisibleString "VisibleString" 6 6
}

text! {
    /// Validation code of the network.
    ValidationCode "ValidationCode" VisibleString "VisibleString" 4 4
}

text! {
    /// Log reference of the network.
    LogRefId "LogRefID" VisibleString "VisibleString" 1 32
}

sequence! {
    /// Codes of an approval.
    AuthValCodes "AuthValCodes" {
        /// Approval code.
        approval_code: ApprovalCode = "approvalCode" [0] OPTIONAL,
        /// Characteristic.
        auth_char_ind: AuthCharInd = "authCharInd" [1] OPTIONAL,
        /// Validation code.
        validation_code: ValidationCode = "validationCode" [2] OPTIONAL,
        /// Market.
        market_spec_data_id: MarketSpecDataId = "marketSpecDataID" [3] OPTIONAL,
    }
}

sequence! {
    /// What the network answered.
    ResponseData "ResponseData" {
        /// Codes of an approval.
        auth_val_codes: AuthValCodes = "authValCodes" [0] OPTIONAL,
        /// Who answered.
        resp_reason: RespReason = "respReason" [1] OPTIONAL,
        /// Type of the card.
        card_type: CardType = "cardType" [2] OPTIONAL,
        /// Address verification.
        avs_result: AvsResult = "avsResult" [3] OPTIONAL,
        /// Log reference.
        log_ref_id: LogRefId = "logRefID" OPTIONAL,
    }
}

sequence! {
    /// Conversion to the card's currency.
    CurrConv "CurrConv" {
        /// Rate.
        curr_conv_rate: ConversionRate = "currConvRate",
        /// Currency of the card.
        card_curr: Currency = "cardCurr",
    }
}

sequence! {
    /// Result of an authorization (SET 1.0 Book 3, AuthHeader).
    AuthHeader "AuthHeader" {
        /// Authorized amount.
        auth_amt: CurrencyAmount = "authAmt",
        /// Result.
        auth_code: AuthCode = "authCode",
        /// What the network answered.
        response_data: ResponseData = "responseData",
        /// State of the batch.
        batch_status: BatchStatus = "batchStatus" [0] OPTIONAL,
        /// Conversion.
        curr_conv: CurrConv = "currConv" [1] OPTIONAL,
    }
}

sequence! {
    /// Result of an authorization and, with captureNow, of its capture.
    AuthResPayload "AuthResPayload" {
        /// Authorization.
        auth_header: AuthHeader = "authHeader",
        /// Capture.
        cap_res_payload: CapResPayload = "capResPayload" OPTIONAL,
        /// Extensions.
        a_rs_extensions: MsgExtensions = "aRsExtensions" [0] OPTIONAL,
    }
}

sequence! {
    /// What the gateway answers (SET 1.0 Book 3, AuthResData).
    AuthResData "AuthResData" {
        /// Copied; retrieval number and paySysID may be filled in.
        auth_tags: AuthTags = "authTags",
        /// The brand's current CRLs.
        brand_crl_identifier: BrandCrlIdentifier = "brandCRLIdentifier" [0 EXPLICIT] OPTIONAL,
        /// The gateway's current key-exchange certificate.
        pe_thumb: CertThumb = "peThumb" [1 EXPLICIT] OPTIONAL,
        /// Result.
        auth_res_payload: AuthResPayload = "authResPayload",
    }
}

impl WithBaggage for AuthResData {
    type Baggage = AuthResBaggage;
    const SIGNED_TYPE: u32 = 17;
    const SEALED_TYPE: u32 = 53;

    fn brand_crl_identifier(&self) -> Option<&BrandCrlIdentifier> {
        self.brand_crl_identifier.as_ref()
    }
}

impl WithExtra for AuthResData {
    type Extra = PanToken;
    const SIGNED_TYPE_X: u32 = 18;
    const SEALED_TYPE_X: u32 = 54;
}

sequence! {
    /// What travels beside the answer, each part opaque to the merchant.
    AuthResBaggage "AuthResBaggage" {
        /// For the capture.
        cap_token: CapToken = "capToken" [0 EXPLICIT] OPTIONAL,
        /// For the cardholder.
        acq_card_msg: EncK<AcqCardCodeMsg> = "acqCardMsg" [1 EXPLICIT] OPTIONAL,
        /// For the next authorization.
        auth_token: AuthToken = "authToken" [2 EXPLICIT] OPTIONAL,
        /// For the cardholder (new in SET 2).
        receipt: Signed<AuthReceipt> = "receipt" [3 EXPLICIT] OPTIONAL,
    }
}

impl Content for AuthResBaggage {
    const CONTENT_TYPE: u32 = 8;
}

choice! {
    /// The gateway's answer.
    AuthRes "AuthRes" {
        /// Without the card number.
        EncB(EncB<AuthResData>) = "authResEncB" [0 EXPLICIT],
        /// With it, for a merchant whose certificate entitles it.
        EncBx(EncBx<AuthResData>) = "authResEncBX" [1 EXPLICIT],
    }
}

exchange! {
    "authorization" Payment
    messages { AuthReq = 6, AuthRes = 7 }
    contents {
        4 "PI" "PI" Pi,
        8 "AuthResBaggage" "AuthResBaggage" AuthResBaggage,
        16 "AuthReqTBS" "L(AuthReqData, PI)" AuthReqData,
        17 "AuthResTBS" "L(AuthResData, AuthResBaggage)" AuthResData,
        18 "AuthResTBSX" "{L(AuthResData, AuthResBaggage), DD(PANToken)}" AuthResData,
        52 "AuthReqTBE" "S(M, AuthReqTBS)" AuthReqData,
        53 "AuthResTBE" "S(P, AuthResTBS)" AuthResData,
        54 "AuthResTBEX" "TBE(AuthResTBS, PANToken)" AuthResData,
    }
}
