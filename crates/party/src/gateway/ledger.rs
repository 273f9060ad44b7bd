//! What the gateway remembers of payments: instructions used, authorizations, captures.

use serde::{Deserialize, Serialize};

use counterfoil_crypto::digest::DetachedDigest;
use counterfoil_message::container::TokenBox;
use counterfoil_message::exchange::authorization::AuthTags;
use counterfoil_message::exchange::authorization_reversal::AuthRevReqData;
use counterfoil_message::exchange::capture::CapReqData;
use counterfoil_message::primitive::InstallRecurData;

use crate::amount::Amount;
use crate::bank_link::{BankAnswer, BankRequest};
use crate::conversation::Stored;
use crate::records::{Octets, Records, RecordsError, Table};

/// Authorizations, by the RRPID of their AuthReq.
pub const AUTHORIZATIONS: Table<Authorization> = Table::new("authorization");
/// Payment instructions and AuthTokens that were used, by SHA-256 over their bytes.
pub const INSTRUCTIONS: Table<Instruction> = Table::new("instruction");
/// Captures asked for, by the RRPID of their CapReq.
pub const CAPTURES: Table<CaptureJob> = Table::new("capture");
/// Reversals asked for, by the RRPID of their AuthRevReq.
pub const VOIDS: Table<VoidJob> = Table::new("void");
/// SHA-256 over the instruction of authorizations that were cancelled, by [`token_key`] of the
/// AuthToken that they gave.
pub const CANCELLED_TOKENS: Table<Octets> = Table::new("cancelled_token");
/// DER of the merchants' key-exchange certificates that answers are sealed for, by SHA-256.
/// Kept once, because every payment of a merchant names the same one.
pub const MERCHANT_CERTIFICATES: Table<Octets> = Table::new("merchant_certificate");
/// Counters, by name.
const COUNTERS: Table<u32> = Table::new("counter");

/// Where an authorization stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorizationState {
    /// The bank was asked and has not answered.
    Waiting,
    /// The bank approved.
    Approved,
    /// The bank declined, or could not be asked.
    Declined,
    /// The bank's answer did not come in time: the reversal is on its way.
    Reversing,
    /// The bank has acknowledged the reversal, or the merchant has cancelled what was approved.
    Reversed,
}

/// One authorization.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Authorization {
    /// What names the payment, as the merchant signed it.
    pub tags: Stored<AuthTags>,
    /// Whether the merchant asked for a sale (captureNow).
    pub sale: bool,
    /// Who asked, and where the answer goes.
    pub merchant: MerchantKeys,
    /// The order that the cardholder signed, as a digest.
    pub hod: Stored<DetachedDigest>,
    /// Terms of instalment or recurring payments that the cardholder signed.
    pub terms: Option<Stored<InstallRecurData>>,
    /// SHA-256 over the PI: the key of its [`Instruction`].
    pub instruction: Octets,
    /// What the cardholder agreed to pay.
    pub purchase: Amount,
    /// What the merchant asked for.
    pub asked: Amount,
    /// How many authorizations came before this one for the same purchase.
    pub count: u32,
    /// Sum of the earlier ones, minor units.
    pub earlier_minor: u64,
    /// Card number and expiry for the AuthToken, sealed under the gateway's token key; only
    /// where the merchant will authorize again.
    pub account: Option<Stored<TokenBox>>,
    /// What the bank was asked.
    pub bank: BankRequest,
    /// What it answered.
    pub answer: Option<BankAnswer>,
    /// Where it stands.
    pub state: AuthorizationState,
    /// What is captured or being captured of it, in one or more parts, minor units.
    pub captured_minor: Option<u64>,
    /// How much of that the bank has not confirmed yet, minor units.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub unconfirmed_minor: u64,
    /// How often the reversal was sent.
    pub reversals_sent: u32,
    /// What names the reversal at the bank, once there is one.
    pub reversal: Option<BankRequest>,
    /// Whether the merchant's thumbs lacked the brand's CRLs or the list of them, so that the
    /// answer brings them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lacks_revocation: bool,
    /// What the merchant has reduced it to, minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reduced_minor: Option<u64>,
    /// RRPID of the AuthRevReq that is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub void: Option<Octets>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_nothing(minor: &u64) -> bool {
    *minor == 0
}

impl Authorization {
    /// What is authorized: what was asked for, less what was reversed.
    pub(super) fn authorized(&self) -> Amount {
        Amount { minor: self.reduced_minor.unwrap_or(self.asked.minor), ..self.asked }
    }

    /// What can still be captured of it, minor units.
    pub(super) fn capturable_minor(&self) -> u64 {
        self.authorized().minor.saturating_sub(self.captured_minor.unwrap_or(0))
    }

    /// Takes note of a capture that the bank is asked for, so that none beside it can be for the
    /// same money.
    pub(super) fn reserve(&mut self, minor: u64) {
        self.captured_minor = Some(self.captured_minor.unwrap_or(0) + minor);
        self.unconfirmed_minor += minor;
    }

    /// Takes note of what the bank said to such a capture.
    pub(super) fn settle(&mut self, minor: u64, confirmed: bool) {
        self.unconfirmed_minor = self.unconfirmed_minor.saturating_sub(minor);
        if !confirmed {
            let left = self.captured_minor.unwrap_or(0).saturating_sub(minor);
            self.captured_minor = Some(left).filter(|left| *left > 0);
        }
    }
}

/// A merchant and its certificates, as far as an answer needs them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MerchantKeys {
    /// merID of both certificates.
    pub id: String,
    /// Name for the bank, from merchantData.
    pub name: String,
    /// SHA-256 of the signature certificate.
    pub sign_thumb: Octets,
    /// SHA-256 of the key-exchange certificate: its key in [`MERCHANT_CERTIFICATES`].
    pub exchange_thumb: Octets,
}

/// A payment instruction that was presented.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Instruction {
    /// The authorization it was used for.
    pub authorization: Octets,
    /// Whether it counts as used: neither declined nor reversed.
    pub used: bool,
}

/// One capture message with its items.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CaptureJob {
    /// What the merchant asked, as it signed it.
    pub request: Stored<CapReqData>,
    /// Who asked, and where the answer goes.
    pub merchant: MerchantKeys,
    /// The items, in the order of the message.
    pub items: Vec<CaptureItem>,
    /// How often the bank was asked.
    pub tries: u32,
}

/// One reversal that the merchant asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct VoidJob {
    /// What the merchant asked, as it signed it.
    pub request: Stored<AuthRevReqData>,
    /// Who asked, and where the answer goes.
    pub merchant: MerchantKeys,
    /// RRPID of the authorization.
    pub authorization: Octets,
    /// What shall stay authorized in all.
    pub remaining: Amount,
    /// What the bank is asked.
    pub bank: BankRequest,
    /// How often it was asked.
    pub tries: u32,
}

/// The key of an AuthToken: its purchase, and how many authorizations it counts.
pub fn token_key(xid: &[u8; 20], count: u32) -> Vec<u8> {
    [xid.as_slice(), &count.to_be_bytes()].concat()
}

/// One item of a capture.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CaptureItem {
    /// RRPID of the authorization that is captured.
    pub authorization: Octets,
    /// How much.
    pub amount: Amount,
    /// The CapCode, once decided.
    pub code: Option<u32>,
    /// What the bank is asked, for items that pass the checks.
    pub bank: Option<BankRequest>,
    /// The authorization in the receipt's words; none where there is no such authorization.
    pub receipt: Option<ReceiptTerms>,
}

/// What a receipt says of the order that an authorization belongs to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReceiptTerms {
    /// The order that the cardholder signed, as a digest.
    pub hod: Stored<DetachedDigest>,
    /// What the cardholder agreed to pay.
    pub purchase: Amount,
}

/// Name of the table whose alarm wants an echo test of the bank link.
pub const LINK: &str = "link";

const STAN: &[u8] = b"stan";

/// The last trace number that was used at the bank; 0 before the first.
///
/// # Errors
/// [`RecordsError`] from storage.
pub fn last_stan(records: &dyn Records) -> Result<u32, RecordsError> {
    Ok(COUNTERS.get(records, STAN)?.unwrap_or(0))
}

/// Records the last trace number.
pub fn set_last_stan(records: &mut dyn Records, stan: u32) {
    COUNTERS.put(records, STAN, &stan);
}
