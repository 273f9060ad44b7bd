//! The merchant's checks on the order half of a PReq, in the order of SET 1.0 Book 2, PReq
//! processing. Decoding, the ids of the header and the dual signature come before.
//!
//! Everything here is decided from values that are already at hand; the first check that fails
//! decides. The record was found by XID before the signature was verified, because the signed
//! context names what the record holds.

use counterfoil_crypto::digest::DetachedDigest;
use counterfoil_message::exchange::error_message::ErrorCode;
use counterfoil_message::exchange::purchase::{CompletionCode, OiData};

use super::ledger::{Purchase, PurchaseState};
use super::order::Order;
use crate::conversation::Refusal;
use crate::conversation::order_digest::order_digest;
use crate::conversation::refusal::check_extensions;

/// How a PReq is turned away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejection {
    /// By an Error: the request could not be processed.
    Error(Refusal),
    /// By a PRes with this completion code: processed, and the answer is no.
    Answer {
        /// The code.
        code: CompletionCode,
        /// Stable id, for events.
        id: &'static str,
    },
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        Self::Error(refusal)
    }
}

/// What the merchant knows when it judges an order half.
pub struct Known<'a> {
    /// The purchase, found by XID.
    pub purchase: &'a Purchase,
    /// Its order.
    pub order: &'a Order,
    /// The purchase that pays the order already, if there is one, and where it stands.
    pub paying: Option<(&'a [u8], PurchaseState)>,
}

/// Judges an order half whose signature was verified; gives the hod as the merchant computes it.
///
/// # Errors
/// The [`Rejection`] of the first check that fails.
pub fn judge(oi: &OiData, known: &Known<'_>) -> Result<DetachedDigest, Rejection> {
    check_labels(oi, known.purchase)?;
    check_rrpid(oi, known.purchase)?;
    check_freshness(oi, known.purchase)?;
    check_terms(oi, known.purchase)?;
    check_unpaid(oi, known)?;
    let hod = check_order(oi, known.order)?;
    check_extensions([oi.oi_extensions.as_ref()])?;
    Ok(hod)
}

/// Step 4: the purchase that was found has these labels.
fn check_labels(oi: &OiData, purchase: &Purchase) -> Result<(), Refusal> {
    let opened = &purchase.trans_ids.0;
    if oi.trans_ids.lid_c != opened.lid_c || oi.trans_ids.lid_m != opened.lid_m {
        let message = "LID-C or LID-M is not the one of the purchase";
        return Err(Refusal::new(ErrorCode::UnknownLid, "label-unknown", message));
    }
    Ok(())
}

/// Step 5: a purchase has one PReq; its repetitions were answered before anything was verified.
fn check_rrpid(oi: &OiData, purchase: &Purchase) -> Result<(), Refusal> {
    match &purchase.request {
        Some(first) if first.rrpid.0 != oi.rrpid.as_bytes() => {
            let message = "the purchase was requested before, with another RRPID";
            Err(Refusal::new(ErrorCode::UnknownRrpid, "purchase-requested-before", message))
        }
        _ => Ok(()),
    }
}

/// Step 6: both challenges are those of the init pair, and so is the date of the purchase.
fn check_freshness(oi: &OiData, purchase: &Purchase) -> Result<(), Refusal> {
    let opened = &purchase.trans_ids.0;
    if oi.chall_m != Some(purchase.chall_m.0) || oi.chall_c != purchase.chall_c.0 {
        let message = "a challenge is not the one of this purchase";
        return Err(Refusal::new(ErrorCode::ChallengeMismatch, "challenge-mismatch", message));
    }
    if oi.trans_ids.p_req_date != opened.p_req_date {
        let message = "the date of the purchase is not the one of PInitRes";
        return Err(Refusal::new(ErrorCode::ChallengeMismatch, "date-mismatch", message));
    }
    Ok(())
}

/// Step 6: brand and BIN are those of the init pair.
fn check_terms(oi: &OiData, purchase: &Purchase) -> Result<(), Rejection> {
    let brand = oi.brand_id.as_ref().is_none_or(|brand| brand.as_str() == purchase.brand);
    if brand && oi.bin.as_str() == purchase.bin {
        return Ok(());
    }
    Err(Rejection::Answer { code: CompletionCode::OrderRejected, id: "brand-or-bin-mismatch" })
}

/// The order is not being paid by another purchase.
fn check_unpaid(oi: &OiData, known: &Known<'_>) -> Result<(), Rejection> {
    match known.paying {
        Some((xid, state))
            if xid != oi.trans_ids.xid.as_bytes() && state != PurchaseState::Declined =>
        {
            Err(Rejection::Answer { code: CompletionCode::OrderRejected, id: "order-paid-before" })
        }
        _ => Ok(()),
    }
}

/// Step 7: the cardholder saw this order at this price.
fn check_order(oi: &OiData, order: &Order) -> Result<DetachedDigest, Rejection> {
    let differs = Rejection::Answer { code: CompletionCode::OrderRejected, id: "order-mismatch" };
    let own = order_digest(&order.description, order.amount, oi.od_salt);
    match own {
        Some(own) if own == oi.hod && oi.od_ext_oids.is_none() => Ok(own),
        _ => Err(differs),
    }
}

#[cfg(test)]
#[path = "order_check_test.rs"]
mod tests;
