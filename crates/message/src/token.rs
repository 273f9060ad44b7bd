//! CapToken and AuthToken: what the gateway writes to itself and the merchant carries.

use counterfoil_crypto::oid::content_type;
use counterfoil_crypto::token::{self, TokenKey};
use der::asn1::Null;
use der::{Decode, Encode};
use rand_core::CryptoRng;

use crate::codec::table::{alias, choice, sequence};
use crate::codec::{self, EncodeError};
use crate::container::{Content, TokenBox};
use crate::primitive::leaf::octet_string;
use crate::primitive::text::Count;
use crate::primitive::{
    BackKeyData, CurrencyAmount, Date, InstallRecurData, MerchantId, PanToken, Rrpid, TransIds,
};
use crate::treatment::{TreatmentError, unopened};

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

impl TokenBox {
    /// Seals `value` with a key of the gateway.
    ///
    /// # Errors
    /// [`TreatmentError::Encode`], [`TreatmentError::Failed`].
    pub fn seal<T: Content>(
        key: &TokenKey,
        value: &T,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, TreatmentError> {
        let der = codec::encode_secret(value)?;
        let sealed = key
            .seal(content_type(T::CONTENT_TYPE), der.expose(), rng)
            .map_err(TreatmentError::Failed)?;
        let bytes = sealed.to_der().map_err(|error| EncodeError::new("TokenBox", error))?;
        Ok(codec::decode(&bytes)?)
    }

    /// Opens it with the one of `keys` that it names.
    ///
    /// # Errors
    /// [`TreatmentError::Unopened`], whatever the reason.
    pub fn open<'a, T: Content>(
        &self,
        keys: impl IntoIterator<Item = &'a TokenKey>,
    ) -> Result<T, TreatmentError> {
        let bytes = codec::encode(self)?;
        let sealed = token::TokenBox::from_der(&bytes).map_err(|_| unopened("token-malformed"))?;
        let opened = token::open_with(keys, &sealed, content_type(T::CONTENT_TYPE))
            .map_err(|_| unopened("token-envelope"))?;
        codec::decode(opened.expose()).map_err(|error| TreatmentError::from(error).hidden())
    }
}
