//! CertReq and CertRes: public keys become certificates.

use crate::codec::List;
use crate::codec::table::{choice, enumerated, sequence};
use crate::container::{Content, Enc, EncK, EncX, Sealable, Signed, WithExtra};
use crate::limits;
use crate::pdu::exchange;
use crate::primitive::foreign::PublicKey;
use crate::primitive::text::{Count, LongText, Url};
use crate::primitive::{
    AcctInfo, BackKeyData, BrandCrlIdentifier, CertThumb, Challenge, Currency, Date, LocalId,
    NonceCca, Rrpid, Thumbs,
};
use crate::registration::{IdData, RegFormItem, RequestType};
use crate::treatment::registration::NamesItsKey;

sequence! {
    /// The keys to certify; at least one of them.
    PublicKeySorE "PublicKeySorE" {
        /// For signatures.
        public_key_s: PublicKey = "publicKeyS" [0 EXPLICIT] OPTIONAL,
        /// For key exchange.
        public_key_e: PublicKey = "publicKeyE" [1 EXPLICIT] OPTIONAL,
    }
}

sequence! {
    /// What the applicant asks (SET 1.0 Book 3, CertReqData).
    CertReqData "CertReqData" {
        /// Fresh for each request.
        rrpid: Rrpid = "rrpid",
        /// The applicant's label.
        lid_ee: LocalId = "lid-EE",
        /// Proves that CertRes is fresh.
        chall_ee3: Challenge = "chall-EE3",
        /// The CA's label.
        lid_ca: LocalId = "lid-CA" [0] OPTIONAL,
        /// From RegFormRes or Me-AqCInitRes.
        chall_ca: Challenge = "chall-CA" [1] OPTIONAL,
        /// What is wanted.
        request_type: RequestType = "requestType",
        /// When.
        request_date: Date = "requestDate",
        /// Who asks, if it is a merchant or a gateway.
        id_data: IdData = "idData" [2 EXPLICIT] OPTIONAL,
        /// Which form was filled in.
        reg_form_id: Count = "regFormID",
        /// The form, filled in.
        reg_form: List<RegFormItem, limits::FormFields> = "regForm" [3] OPTIONAL,
        /// Key for the answer.
        ca_back_key_data: BackKeyData = "caBackKeyData" [4 EXPLICIT] OPTIONAL,
        /// The keys.
        public_key_sor_e: PublicKeySorE = "publicKeySorE",
        /// The certificate to renew.
        ee_thumb: CertThumb = "eeThumb" [5 EXPLICIT] OPTIONAL,
        /// What the applicant has cached.
        thumbs: Thumbs = "thumbs" [6 EXPLICIT] OPTIONAL,
    }
}

impl Content for CertReqData {
    const CONTENT_TYPE: u32 = 45;
}

impl Sealable for CertReqData {
    const SEALED_TYPE: u32 = 77;
}

/// Account data carry no content type in SET 1.0, which signed them in clear; see divergences.
impl Content for AcctInfo {
    const CONTENT_TYPE: u32 = 104;
}

impl WithExtra for CertReqData {
    type Extra = AcctInfo;
    const SIGNED_TYPE_X: u32 = 46;
    const SEALED_TYPE_X: u32 = 78;
}

impl NamesItsKey for CertReqData {
    fn new_signature_key(&self) -> Option<&PublicKey> {
        self.public_key_sor_e.public_key_s.as_ref()
    }
}

choice! {
    /// The applicant's request.
    CertReq "CertReq" {
        /// With account data.
        EncX(EncX<CertReqData>) = "certReqEncX" [0 EXPLICIT],
        /// Without.
        Enc(Enc<CertReqData>) = "certReqEnc" [1 EXPLICIT],
    }
}

enumerated! {
    /// How far a request has come (SET 1.0 Book 3, CertStatusCode).
    CertStatusCode "CertStatusCode" {
        /// The certificates come along.
        RequestComplete = 1 "requestComplete",
        /// The CA does not speak that language.
        InvalidLanguage = 2 "invalidLanguage",
        /// Not a bank of this CA.
        InvalidBin = 3 "invalidBIN",
        /// A signature is wrong.
        SigValidationFail = 4 "sigValidationFail",
        /// The request could not be opened.
        DecryptionError = 5 "decryptionError",
        /// Ask again later.
        RequestInProgress = 6 "requestInProgress",
        /// The issuer refused.
        RejectedByIssuer = 7 "rejectedByIssuer",
        /// People look at it; ask again later.
        RequestPended = 8 "requestPended",
        /// The acquirer refused.
        RejectedByAcquirer = 9 "rejectedByAcquirer",
        /// The form was filled in wrongly.
        RegFormAnswerMalformed = 10 "regFormAnswerMalformed",
        /// The CA refused.
        RejectedByCa = 11 "rejectedByCA",
        /// The answer could not be encrypted with the back key.
        UnableToEncryptCertRes = 12 "unableToEncryptCertRes",
    }
}

sequence! {
    /// What the CA tells a cardholder.
    CaMsg "CAMsg" {
        /// Picture of the card.
        card_logo_url: Url = "cardLogoURL" [0] OPTIONAL,
        /// Logo of the brand.
        brand_logo_url: Url = "brandLogoURL" [1] OPTIONAL,
        /// Currency of the card.
        card_currency: Currency = "cardCurrency" [2] OPTIONAL,
        /// Text.
        cardholder_msg: LongText = "cardholderMsg" [3 EXPLICIT] OPTIONAL,
    }
}

sequence! {
    /// An answer of the form that is wrong.
    FailedItem "FailedItem" {
        /// Which, from 0.
        item_number: Count = "itemNumber",
        /// Why.
        item_reason: LongText = "itemReason",
    }
}

sequence! {
    /// How far a request has come, and why.
    CertStatus "CertStatus" {
        /// How far.
        cert_status_code: CertStatusCode = "certStatusCode",
        /// The CA's half of PANSecret.
        nonce_cca: NonceCca = "nonceCCA" [0] OPTIONAL,
        /// Text for the applicant.
        ee_message: LongText = "eeMessage" OPTIONAL,
        /// More for a cardholder.
        ca_msg: CaMsg = "caMsg" [1] OPTIONAL,
        /// Wrong answers.
        failed_item_seq: List<FailedItem, limits::FailedItems> = "failedItemSeq" [2] OPTIONAL,
    }
}

sequence! {
    /// What the CA answers (SET 1.0 Book 3, CertResData). The certificates travel in the
    /// SignedData around it.
    CertResData "CertResData" {
        /// Echo.
        rrpid: Rrpid = "rrpid",
        /// Echo.
        lid_ee: LocalId = "lid-EE",
        /// Echo.
        chall_ee3: Challenge = "chall-EE3",
        /// The CA's label; CertInqReq repeats it.
        lid_ca: LocalId = "lid-CA",
        /// How far.
        cert_status: CertStatus = "certStatus",
        /// The new certificates.
        cert_thumbs: Thumbs = "certThumbs" [0 EXPLICIT] OPTIONAL,
        /// The brand's current CRLs.
        brand_crl_identifier: BrandCrlIdentifier = "brandCRLIdentifier" [1 EXPLICIT] OPTIONAL,
        /// Echo.
        thumbs: Thumbs = "thumbs" [2 EXPLICIT] OPTIONAL,
    }
}

impl Content for CertResData {
    const CONTENT_TYPE: u32 = 47;

    fn brand_crl_identifier(&self) -> Option<&BrandCrlIdentifier> {
        self.brand_crl_identifier.as_ref()
    }
}

impl Sealable for CertResData {
    const SEALED_TYPE: u32 = 79;
}

choice! {
    /// The CA's answer.
    CertRes "CertRes" {
        /// To a cardholder, under the back key.
        EncK(EncK<CertResData>) = "certResEncK" [0 EXPLICIT],
        /// To a merchant or a gateway.
        Signed(Signed<CertResData>) = "certResSigned" [1 EXPLICIT],
    }
}

exchange! {
    "certificate_request" Registration
    messages { CertReq = 28, CertRes = 29 }
    contents {
        45 "CertReqData" "CertReqData" CertReqData,
        46 "CertReqTBS" "{CertReqData, DD(AcctInfo)}" CertReqData,
        47 "CertResData" "CertResData" CertResData,
        77 "CertReqTBE" "S(EE, CertReqData)" CertReqData,
        78 "CertReqTBEX" "TBE(CertReqTBS, AcctInfo)" CertReqData,
        79 "CertResTBE" "S(CA, CertResData)" CertResData,
        104 "AcctInfo" "AcctInfo" AcctInfo,
    }
}
