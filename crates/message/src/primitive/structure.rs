//! Structures that several exchanges share: ids of a transaction, tags, extensions, places.

use counterfoil_crypto::oid::Oid;

use super::date::Date;
use super::foreign::OpenType;
use super::leaf::{BackKey, LocalId, Rrpid, Xid};
use super::text::{Count, CountryCode, Language, MerchantId, PaySysId, Place, TerminalId};
use crate::codec::List;
use crate::codec::table::{choice, sequence};
use crate::limits;

sequence! {
    /// The ids of one purchase (SET 1.0 Book 3, TransIDs).
    TransIds "TransIDs" {
        /// The wallet's label.
        lid_c: LocalId = "lid-C",
        /// The merchant's label, from the initiation message if there was one.
        lid_m: LocalId = "lid-M" [0] OPTIONAL,
        /// The purchase.
        xid: Xid = "xid",
        /// Date of the purchase, set by the merchant in PInitRes.
        p_req_date: Date = "pReqDate",
        /// The payment network's id, once the gateway knows it.
        pay_sys_id: PaySysId = "paySysID" [1] OPTIONAL,
        /// The cardholder's language.
        language: Language = "language",
    }
}

sequence! {
    /// Ids of a merchant and its terminal.
    MerTermIds "MerTermIDs" {
        /// Equals merID of the merchant's signature certificate.
        merchant_id: MerchantId = "merchantID",
        /// Terminal.
        terminal_id: TerminalId = "terminalID" OPTIONAL,
        /// Agent.
        agent_num: Count = "agentNum" OPTIONAL,
        /// Chain of shops.
        chain_num: Count = "chainNum" [0] OPTIONAL,
        /// Shop of the chain.
        store_num: Count = "storeNum" [1] OPTIONAL,
    }
}

sequence! {
    /// Ids of one request from merchant to gateway (SET 1.0 Book 3, RRTags).
    RrTags "RRTags" {
        /// Fresh for each request.
        rrpid: Rrpid = "rrpid",
        /// Who asks.
        mer_term_ids: MerTermIds = "merTermIDs",
        /// When.
        current_date: Date = "currentDate",
    }
}

sequence! {
    /// One message extension (SET 1.0 Book 3, MsgExtensions).
    MsgExtension "MsgExtension" {
        /// Which extension.
        extn_id: Oid = "extnID",
        /// Must a receiver that does not know it refuse the message?
        critical: bool = "critical" DEFAULT false,
        /// Its value.
        extn_value: OpenType = "extnValue" [0 EXPLICIT],
    }
}

/// The extensions of a message or of a structure.
pub type MsgExtensions = List<MsgExtension, limits::Extensions>;

/// The first critical extension that `known` does not contain; the receiver answers with Error
/// `unrecognizedExtension`.
pub fn unknown_critical<'a>(extensions: &'a MsgExtensions, known: &[Oid]) -> Option<&'a Oid> {
    extensions
        .iter()
        .filter(|extension| extension.critical)
        .map(|extension| &extension.extn_id)
        .find(|id| !known.contains(id))
}

sequence! {
    /// Where an address is.
    Location "Location" {
        /// Country.
        country_code: CountryCode = "countryCode",
        /// City.
        city: Place = "city" [0 EXPLICIT] OPTIONAL,
        /// State or province.
        state_province: Place = "stateProvince" [1 EXPLICIT] OPTIONAL,
        /// Postal code.
        postal_code: Place = "postalCode" [2 EXPLICIT] OPTIONAL,
        /// Place within the city.
        location_id: Place = "locationID" [3 EXPLICIT] OPTIONAL,
    }
}

sequence! {
    /// A key with which the peer encrypts back (SET 1.0 Book 3, BackKeyData).
    BackKeyData "BackKeyData" {
        /// The algorithm; AES-256 key wrap in the suites of today.
        back_alg: Oid = "backAlgID",
        /// The key.
        back_key: BackKey = "backKey",
    }
}

choice! {
    /// Split or repeated payment.
    InstallRecurInd "InstallRecurInd" {
        /// Most authorizations of a payment in instalments, two or more.
        InstallTotalTrans(Count) = "installTotalTrans" [0],
        /// A payment that repeats.
        Recurring(Recurring) = "recurring" [1],
    }
}

sequence! {
    /// How often a payment repeats, and until when.
    Recurring "Recurring" {
        /// Fewest days between authorizations; 28 stands for monthly.
        recurring_frequency: Count = "recurringFrequency",
        /// No authorization after this moment.
        recurring_expiry: Date = "recurringExpiry",
    }
}

sequence! {
    /// What the cardholder agreed to beyond one payment (SET 1.0 Book 3, InstallRecurData).
    InstallRecurData "InstallRecurData" {
        /// Instalments or repetition.
        install_recur_ind: InstallRecurInd = "installRecurInd",
        /// Extensions.
        ir_extensions: MsgExtensions = "irExtensions" [0] OPTIONAL,
    }
}
