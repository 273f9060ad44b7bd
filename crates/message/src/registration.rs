//! What the registration exchanges share: request types, forms, identities of merchants.

use counterfoil_crypto::oid::Oid;

use crate::codec::List;
use crate::codec::table::{choice, enumerated, sequence};
use crate::limits;
use crate::primitive::leaf::text;
use crate::primitive::text::{Count, LongText, PrivateText, ShortText, Url};
use crate::primitive::{Bin, Language, MerchantId};

enumerated! {
    /// Who wants which certificate (SET 1.0 Book 3, RequestType; the reserved values are refused).
    RequestType "RequestType" {
        /// Cardholder, first signature certificate.
        CardInitialSig = 1 "cardInitialSig",
        /// Merchant, first signature certificate.
        MerInitialSig = 4 "merInitialSig",
        /// Merchant, first key-exchange certificate.
        MerInitialEnc = 5 "merInitialEnc",
        /// Merchant, first certificates of both kinds.
        MerInitialBoth = 6 "merInitialBoth",
        /// Gateway, first signature certificate.
        PgwyInitialSig = 7 "pgwyInitialSig",
        /// Gateway, first key-exchange certificate.
        PgwyInitialEnc = 8 "pgwyInitialEnc",
        /// Gateway, first certificates of both kinds.
        PgwyInitialBoth = 9 "pgwyInitialBoth",
        /// Cardholder, renewal of the signature certificate.
        CardRenewalSig = 10 "cardRenewalSig",
        /// Merchant, renewal of the signature certificate.
        MerRenewalSig = 13 "merRenewalSig",
        /// Merchant, renewal of the key-exchange certificate.
        MerRenewalEnc = 14 "merRenewalEnc",
        /// Merchant, renewal of both.
        MerRenewalBoth = 15 "merRenewalBoth",
        /// Gateway, renewal of the signature certificate.
        PgwyRenewalSig = 16 "pgwyRenewalSig",
        /// Gateway, renewal of the key-exchange certificate.
        PgwyRenewalEnc = 17 "pgwyRenewalEnc",
        /// Gateway, renewal of both.
        PgwyRenewalBoth = 18 "pgwyRenewalBoth",
    }
}

impl RequestType {
    /// Is it a renewal, signed with the old certificate as well?
    pub fn is_renewal(self) -> bool {
        self.number() >= 10
    }

    /// Does it ask for a signature certificate?
    pub fn wants_signature(self) -> bool {
        !self.is_exchange_only()
    }

    /// Does it ask for a key-exchange certificate?
    pub fn wants_exchange(self) -> bool {
        let both = matches!(
            self,
            Self::MerInitialBoth
                | Self::PgwyInitialBoth
                | Self::MerRenewalBoth
                | Self::PgwyRenewalBoth
        );
        both || self.is_exchange_only()
    }

    fn is_exchange_only(self) -> bool {
        matches!(
            self,
            Self::MerInitialEnc | Self::PgwyInitialEnc | Self::MerRenewalEnc | Self::PgwyRenewalEnc
        )
    }
}

text! {
    /// Business id of an acquirer.
    BusinessId "AcquirerBusinessID" NumericString "NumericString" 1 32
}

sequence! {
    /// Identity of a merchant.
    MerchantAcquirerId "MerchantAcquirerID" {
        /// The acquirer.
        merchant_bin: Bin = "merchantBIN",
        /// The merchant.
        merchant_id: MerchantId = "merchantID",
    }
}

sequence! {
    /// Identity of a gateway.
    AcquirerId "AcquirerID" {
        /// The acquirer.
        acquirer_bin: Bin = "acquirerBIN",
        /// Its business id.
        acquirer_business_id: BusinessId = "acquirerBusinessID" OPTIONAL,
    }
}

choice! {
    /// Who asks (SET 1.0 Book 3, IDData).
    IdData "IDData" {
        /// A merchant.
        Merchant(MerchantAcquirerId) = "merchantAcquirerID" [0],
        /// A gateway.
        Acquirer(AcquirerId) = "acquirerID" [1],
    }
}

sequence! {
    /// One text in one language.
    LocalizedText "LocalizedText" {
        /// Language.
        language: Language = "language",
        /// Text.
        text: ShortText = "text",
    }
}

sequence! {
    /// One field of a registration form (SET 1.0 Book 3, RegField).
    RegField "RegField" {
        /// What it means, from SET's list of fields 2.23.42.2.
        field_id: Oid = "fieldId" [0] OPTIONAL,
        /// Its name, by language.
        field_name: List<LocalizedText, limits::Languages> = "fieldName",
        /// Explanation, by language.
        field_desc: List<LocalizedText, limits::Languages> = "fieldDesc" [1] OPTIONAL,
        /// Most characters of the answer.
        field_len: Count = "fieldLen",
        /// Must it be filled in?
        field_required: bool = "fieldRequired" DEFAULT false,
        /// Must the answer not be shown while it is typed?
        field_invisible: bool = "fieldInvisible" DEFAULT false,
    }
}

sequence! {
    /// A registration form without its policy (SET 1.0 Book 3, RegTemplate).
    RegTemplate "RegTemplate" {
        /// Which form.
        reg_form_id: Count = "regFormID",
        /// Logo of the brand.
        brand_logo_url: Url = "brandLogoURL" [0] OPTIONAL,
        /// Picture of the card.
        card_logo_url: Url = "cardLogoURL" [1] OPTIONAL,
        /// Fields.
        reg_field_seq: List<RegField, limits::FormFields> = "regFieldSeq",
    }
}

text! {
    /// Terms that the applicant agrees to.
    PolicyText "PolicyText" Utf8String "UTF8String" 1 20000
}

sequence! {
    /// A registration form.
    RegFormData "RegFormData" {
        /// The form.
        reg_template: RegTemplate = "regTemplate" OPTIONAL,
        /// Terms.
        policy: PolicyText = "policy",
    }
}

sequence! {
    /// Where to apply instead.
    ReferralData "ReferralData" {
        /// Why.
        reason: LongText = "reason" OPTIONAL,
        /// Where.
        referral_url_seq: List<Url, limits::Urls> = "referralURLSeq" OPTIONAL,
    }
}

choice! {
    /// A form to fill in, or where to go instead (SET 1.0 Book 3, RegFormOrReferral).
    RegFormOrReferral "RegFormOrReferral" {
        /// A form.
        RegFormData(RegFormData) = "regFormData" [0],
        /// Somewhere else.
        ReferralData(ReferralData) = "referralData" [1],
    }
}

sequence! {
    /// One answer in a form.
    RegFormItem "RegFormItem" {
        /// Name of the field.
        field_name: ShortText = "fieldName",
        /// The answer.
        field_value: PrivateText = "fieldValue",
    }
}
