//! CapToken and AuthToken: what the gateway writes to itself and the merchant carries.

use crate::codec::table::{alias, choice, sequence};
use crate::container::{Content, TokenBox};
use crate::primitive::leaf::octet_string;
use crate::primitive::text::Count;
use crate::primitive::{
    BackKeyData, CurrencyAmount, Date, InstallRecurData, MerchantId, PanToken, Rrpid, TransIds,
};
use der::asn1::Null;

octet_string! {
    /// What only the gateway reads, in a form of its own.
    TokenOpaque "TokenOpaque" 0 1024
}

sequence! {
    /// What a gateway needs for a capture (SET 1.0 Book 3, CapTokenData).
    CapTokenData "CapTokenData" {
        /// The authorization.
        auth_rrpid: Rrpid = "authRRPID",
        /// Authorized amount.
        auth_amt: CurrencyAmount = "authAmt",
        /// The gateway's own data.
        token_opaque: TokenOpaque = "tokenOpaque",
    }
}

impl Content for CapTokenData {
    const CONTENT_TYPE: u32 = 56;
}

sequence! {
    /// A CapTokenData with the card number, for gateways that keep no record.
    CapTokenDataX "CapTokenDataX" {
        /// What a gateway needs for a capture.
        cap_token_data: CapTokenData = "capTokenData",
        /// The card.
        pan_token: PanToken = "panToken",
    }
}

impl Content for CapTokenDataX {
    const CONTENT_TYPE: u32 = 57;
}

choice! {
    /// A token for a capture.
    CapToken "CapToken" {
        /// Inside is a CapTokenData.
        Plain(TokenBox) = "capTokenEnc" [0 EXPLICIT],
        /// Inside is a CapTokenDataX.
        WithPan(TokenBox) = "capTokenEncX" [1 EXPLICIT],
        /// There is none.
        Absent(Null) = "null" [2 EXPLICIT],
    }
}

sequence! {
    /// What a gateway needs for the next authorization of a purchase (SET 1.0 Book 3).
    AuthTokenData "AuthTokenData" {
        /// The purchase.
        trans_ids: TransIds = "transIDs",
        /// Amount of the purchase.
        purch_amt: CurrencyAmount = "purchAmt",
        /// Who is paid.
        merchant_id: MerchantId = "merchantID",
        /// The cardholder's back key.
        acq_back_key_data: BackKeyData = "acqBackKeyData" OPTIONAL,
        /// Instalments or repetition.
        install_recur_data: InstallRecurData = "installRecurData" [0] OPTIONAL,
        /// Authorizations so far.
        recurring_count: Count = "recurringCount" [1] OPTIONAL,
        /// When the last one was.
        prev_auth_date_time: Date = "prevAuthDateTime",
        /// Their sum.
        total_auth_amount: CurrencyAmount = "totalAuthAmount" [2] OPTIONAL,
        /// The gateway's own data.
        auth_token_opaque: TokenOpaque = "authTokenOpaque" [3 EXPLICIT] OPTIONAL,
    }
}

sequence! {
    /// An AuthTokenData with the card.
    AuthTokenTbe "AuthTokenTBE" {
        /// What a gateway needs for the next authorization.
        auth_token_data: AuthTokenData = "authTokenData",
        /// The card.
        pan_token: PanToken = "panToken",
    }
}

impl Content for AuthTokenTbe {
    const CONTENT_TYPE: u32 = 55;
}

alias! {
    /// A token for the next authorization; inside is an AuthTokenTBE.
    AuthToken "AuthToken" = TokenBox, "TokenBox(AuthTokenTBE)"
}
