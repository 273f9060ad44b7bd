//! What the gateway remembers of payments: instructions used, authorizations, captures.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::amount::Amount;
use crate::records::{Octets, Records, RecordsError, Table};

/// Authorizations, by the RRPID of their AuthReq.
pub const AUTHORIZATIONS: Table<Authorization> = Table::new("authorization");
/// Payment instructions and AuthTokens that were used, by SHA-256 over their bytes.
pub const INSTRUCTIONS: Table<Instruction> = Table::new("instruction");
/// What happened to a purchase as a whole, by XID.
pub const PURCHASES: Table<Purchase> = Table::new("purchase");
/// Captures asked for, by the RRPID of their CapReq.
pub const CAPTURES: Table<CaptureJob> = Table::new("capture");
/// Counters, by name.
const COUNTERS: Table<u64> = Table::new("counter");

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
    /// The bank has acknowledged the reversal.
    Reversed,
}

/// One authorization.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Authorization {
    /// The purchase.
    pub xid: Octets,
    /// DER of the AuthReqData, signed by the merchant.
    pub request: Octets,
    /// Thumb of the merchant's signature certificate.
    pub merchant_thumb: Octets,
    /// DER of the merchant's key-exchange certificate, for the answer.
    pub merchant_exchange: Octets,
    /// DER of the hod the cardholder signed: DetachedDigest of HODInput.
    pub hod: Octets,
    /// SHA-256 over the PI, the key of its [`Instruction`].
    pub instruction: Octets,
    /// What the cardholder agreed to pay.
    pub purchase: Amount,
    /// What the merchant asked for.
    pub asked: Amount,
    /// What the bank approved.
    pub approved: Option<Amount>,
    /// Card number and expiry, sealed under the gateway's token key, for reversal and tokens.
    pub account: Octets,
    /// Whether capture was asked for in the same step.
    pub capture_now: bool,
    /// Whether the merchant will authorize again.
    pub subsequent: bool,
    /// How many authorizations came before this one for the same purchase.
    pub count: u32,
    /// Sum of earlier approved amounts of the same purchase, minor units.
    pub earlier_minor: u64,
    /// Trace number at the bank.
    pub stan: u32,
    /// When the bank was first asked.
    pub sent_at: Timestamp,
    /// Retrieval reference number, given by the bank or by us.
    pub rrn: String,
    /// The bank's approval code.
    pub approval: Option<String>,
    /// Where it stands.
    pub state: AuthorizationState,
    /// How often the reversal was sent.
    pub reversals_sent: u32,
}

/// A payment instruction that was presented.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Instruction {
    /// The authorization it was used for.
    pub authorization: Octets,
    /// Whether it counts as used: neither declined nor reversed.
    pub used: bool,
}

/// Sums of one purchase.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Purchase {
    /// Currency and sum of what was authorized.
    pub authorized: Amount,
    /// Sum of what was captured, in the same currency.
    pub captured: Amount,
}

/// One capture message with its items.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CaptureJob {
    /// DER of the CapReqData.
    pub request: Octets,
    /// Thumb of the merchant's signature certificate.
    pub merchant_thumb: Octets,
    /// DER of the merchant's key-exchange certificate, for the answer.
    pub merchant_exchange: Octets,
    /// The items, in the order of the message.
    pub items: Vec<CaptureItem>,
    /// How often the bank was asked.
    pub tries: u32,
}

/// One item of a capture.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CaptureItem {
    /// The authorization that is captured.
    pub authorization: Octets,
    /// How much.
    pub amount: Amount,
    /// The CapCode, once decided (0 success).
    pub code: Option<u32>,
    /// Trace number at the bank.
    pub stan: u32,
    /// When the bank was first asked.
    pub sent_at: Timestamp,
}

/// The next number of a counter, from 1 to `max`, then from 1 again.
///
/// # Errors
/// [`RecordsError`] from storage.
pub fn next_number(
    records: &mut dyn Records,
    counter: &str,
    max: u64,
) -> Result<u64, RecordsError> {
    let last = COUNTERS.get(records, counter.as_bytes())?.unwrap_or(0);
    let next = if last >= max { 1 } else { last + 1 };
    COUNTERS.put(records, counter.as_bytes(), &next);
    Ok(next)
}
