//! What the wallet remembers of its purchases.
//!
//! No field of these can hold a card number: a card is known by its name, and the octets of PReq
//! hold it only sealed for the gateway. `LIFECYCLE.md` has the states and who may enter them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use counterfoil_crypto::digest::DetachedDigest;
use counterfoil_message::exchange::purchase::AuthRevReceipt;
use counterfoil_message::primitive::{Challenge, LocalId, Rrpid, Thumbs, TransIds, Xid};

use super::command::{PurchaseBooks, Verdict};
use crate::amount::Amount;
use crate::conversation::Stored;
use crate::records::{Octets, Records, RecordsError, Table};

/// Purchases, by LID-C. The alarm of a purchase repeats what is being sent, or asks again.
pub(super) const PURCHASES: Table<Purchase> = Table::new("purchase");
/// LID-C of purchases, by XID.
const LABEL_OF_XID: Table<Octets> = Table::new("label_of_xid");

/// Where a purchase stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// PInitReq is on its way.
    Initialising,
    /// PReq is made, on its way, and not answered.
    Sent,
    /// The merchant has the order, and it is not decided.
    Received,
    /// Paid: the gateway has signed it.
    Paid,
    /// Not paid, for certain.
    Refused,
    /// Nobody has said, or what was said does not hold.
    InDoubt,
}

/// A message that is being sent, with the octets that are repeated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sending {
    /// Which exchange.
    pub exchange: Exchange,
    /// Its RRPID, which the answer must repeat.
    pub rrpid: Stored<Rrpid>,
    /// The challenge, which the answer must repeat.
    pub challenge: Stored<Challenge>,
    /// The message.
    pub body: Octets,
    /// How often it was sent.
    pub sends: u32,
}

/// Which exchange a message opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exchange {
    /// PInitReq.
    Init,
    /// PReq.
    Purchase,
    /// InqReq.
    Inquiry,
}

/// The order as the shop showed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Where SET messages go.
    pub set_url: String,
    /// The merchant's label.
    pub lid_m: Stored<LocalId>,
    /// The price.
    pub amount: Amount,
    /// What is sold. It goes into a digest and into no message.
    pub description: String,
}

/// What PInitRes settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreed {
    /// The purchase.
    pub trans_ids: Stored<TransIds>,
    /// Thumb of the merchant's signature certificate.
    pub merchant_thumb: Octets,
    /// Name of the merchant in it.
    pub merchant_name: String,
    /// Its merchant id.
    pub merchant_id: String,
    /// DER of the gateway's key-exchange certificate.
    pub gateway_exchange: Octets,
    /// Digest of order and amount.
    pub hod: Stored<DetachedDigest>,
    /// Challenge that the merchant repeats in PRes.
    pub chall_c: Stored<Challenge>,
    /// RRPID of the PReq.
    pub p_req_rrpid: Stored<Rrpid>,
    /// The PReq, for sending it anew.
    pub p_req: Octets,
}

/// One purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchase {
    /// Name of the card.
    pub card: String,
    /// The brand.
    pub brand: String,
    /// The order.
    pub shown: Shown,
    /// When the cardholder said yes.
    pub at: Timestamp,
    /// The thumbs that PInitReq told, which the merchant must repeat.
    pub thumbs: Option<Stored<Thumbs>>,
    /// What PInitRes settled.
    pub agreed: Option<Agreed>,
    /// What is being sent; nothing when the wallet is done.
    pub sending: Option<Sending>,
    /// Inquiries made since the last command.
    pub inquiries: u32,
    /// How often PReq was sent anew because the merchant had not got it.
    pub resends: u32,
    /// Where it stands.
    pub state: State,
    /// What is certain.
    pub verdict: Verdict,
    /// The gateway's receipts, DER, in the order of PRes.
    pub receipts: Vec<Octets>,
    /// The gateway's receipts that authorizations were reversed, one for each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reversals: Vec<Reversal>,
}

/// A receipt that an authorization was reversed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reversal {
    /// What it says; its signature was verified.
    pub said: Stored<AuthRevReceipt>,
    /// The receipt, DER.
    pub signed: Octets,
}

impl Purchase {
    /// The purchase as its cardholder sees it.
    pub(super) fn books(&self, lid_c: &[u8]) -> PurchaseBooks {
        let agreed = self.agreed.as_ref();
        PurchaseBooks {
            lid_c: hex::encode(lid_c),
            xid: agreed.map(|agreed| agreed.trans_ids.0.xid.to_string()),
            order_hash: agreed.map(|agreed| hex::encode(agreed.hod.0.digest)),
            amount: self.shown.amount,
            at: self.at,
            merchant: agreed.map(|agreed| agreed.merchant_name.clone()),
            card: self.card.clone(),
            state: self.state,
            verdict: self.verdict.clone(),
        }
    }
}

/// Remembers which purchase an XID names.
pub(super) fn index(records: &mut dyn Records, xid: &Xid, lid_c: &[u8]) {
    LABEL_OF_XID.put(records, xid.as_bytes(), &Octets(lid_c.to_vec()));
}

/// LID-C of the purchase that an XID names.
///
/// # Errors
/// [`RecordsError`] from storage.
pub(super) fn label_of(records: &dyn Records, xid: &[u8]) -> Result<Option<Vec<u8>>, RecordsError> {
    Ok(LABEL_OF_XID.get(records, xid)?.map(|label| label.0))
}
