//! What a gateway's receipt must say so that it proves this payment: the same purchase, the same
//! merchant, the same order and amount. Its signature and signer were verified before.

use counterfoil_crypto::digest::DetachedDigest;
use counterfoil_message::exchange::authorization::AuthCode;
use counterfoil_message::exchange::purchase::{AuthReceipt, AuthRevReceipt, AuthStatus};
use counterfoil_message::primitive::{Ratio, TransIds};

/// What the wallet knows of its purchase.
#[derive(Debug, Clone, Copy)]
pub struct Own<'a> {
    /// Ids of the purchase.
    pub trans_ids: &'a TransIds,
    /// merID of the merchant's certificate.
    pub merchant_id: &'a str,
    /// Thumb of that certificate.
    pub merchant_thumb: &'a [u8],
    /// Digest of order and amount.
    pub hod: &'a DetachedDigest,
}

/// The first thing in which a receipt is not about this approved authorization, by its stable id.
///
/// # Errors
/// The id.
pub fn judge(
    receipt: &AuthReceipt,
    own: &Own<'_>,
    status: &AuthStatus,
) -> Result<(), &'static str> {
    if receipt.xid != own.trans_ids.xid {
        return Err("receipt-other-purchase");
    }
    if receipt.p_req_date != own.trans_ids.p_req_date {
        return Err("receipt-other-date");
    }
    let merchant = receipt.merchant_id.as_str() == own.merchant_id
        && receipt.merchant_cert_hash.as_bytes() == own.merchant_thumb;
    if !merchant {
        return Err("receipt-other-merchant");
    }
    if receipt.hod != *own.hod {
        return Err("receipt-other-order");
    }
    if receipt.auth_code != AuthCode::Approved {
        return Err("receipt-not-approved");
    }
    if receipt.auth_ratio != Some(status.auth_ratio) {
        return Err("receipt-other-amount");
    }
    if status.auth_ratio > Ratio::ONE {
        return Err("receipt-above-price");
    }
    Ok(())
}

/// Is this the reversal of the authorization that `receipt` is about?
pub fn is_reversal_of(reversal: &AuthRevReceipt, receipt: &AuthReceipt) -> bool {
    reversal.xid == receipt.xid
        && reversal.auth_rrpid == receipt.auth_rrpid
        && reversal.merchant_id == receipt.merchant_id
        && reversal.hod == receipt.hod
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_crypto::oid::content_type;
    use counterfoil_message::primitive::{Date, Digest, Language, LocalId, MerchantId, Rrpid, Xid};
    use jiff::Timestamp;

    fn date(second: i64) -> Date {
        Date::new(Timestamp::from_second(second).unwrap())
    }

    fn hod(order: &[u8]) -> DetachedDigest {
        DetachedDigest::of(content_type(7), order)
    }

    fn check(change: impl Fn(&mut AuthReceipt, &mut AuthStatus), expected: &str) {
        let trans_ids = TransIds {
            lid_c: LocalId::new(b"wallet").unwrap(),
            lid_m: None,
            xid: Xid::new([1; 20]),
            p_req_date: date(5),
            pay_sys_id: None,
            language: Language::new("en").unwrap(),
        };
        let mut status = AuthStatus {
            auth_date: date(6),
            auth_code: AuthCode::Approved,
            auth_ratio: Ratio::ONE,
            curr_conv: None,
        };
        let mut receipt = AuthReceipt {
            xid: Xid::new([1; 20]),
            auth_rrpid: Rrpid::new([2; 20]),
            p_req_date: date(5),
            merchant_id: MerchantId::new("shop-1").unwrap(),
            merchant_cert_hash: Digest::new([3; 32]),
            hod: hod(b"1 book"),
            auth_date: date(6),
            auth_code: AuthCode::Approved,
            auth_ratio: Some(Ratio::ONE),
            captured: false,
        };
        change(&mut receipt, &mut status);
        let own = Own {
            trans_ids: &trans_ids,
            merchant_id: "shop-1",
            merchant_thumb: &[3; 32],
            hod: &hod(b"1 book"),
        };
        assert_eq!(judge(&receipt, &own, &status).err().unwrap_or("proves it"), expected);
    }

    #[test]
    fn each_part_of_a_receipt_counts() {
        check(|_, _| (), "proves it");
        check(|receipt, _| receipt.xid = Xid::new([9; 20]), "receipt-other-purchase");
        check(|receipt, _| receipt.p_req_date = date(9), "receipt-other-date");
        let other = MerchantId::new("shop-2").unwrap();
        check(|receipt, _| receipt.merchant_id = other.clone(), "receipt-other-merchant");
        let digest = Digest::new([9; 32]);
        check(|receipt, _| receipt.merchant_cert_hash = digest, "receipt-other-merchant");
        check(|receipt, _| receipt.hod = hod(b"2 books"), "receipt-other-order");
        check(|receipt, _| receipt.auth_code = AuthCode::Declined, "receipt-not-approved");
    }

    #[test]
    fn the_amount_is_the_one_that_the_merchant_names_and_not_above_the_price() {
        let half = Ratio::new(500_000_000).unwrap();
        check(|receipt, _| receipt.auth_ratio = Some(half), "receipt-other-amount");
        check(|receipt, _| receipt.auth_ratio = None, "receipt-other-amount");
        check(|_, status| status.auth_ratio = half, "receipt-other-amount");
        let double = Ratio::new(2_000_000_000).unwrap();
        let doubled = |receipt: &mut AuthReceipt, status: &mut AuthStatus| {
            receipt.auth_ratio = Some(double);
            status.auth_ratio = double;
        };
        check(doubled, "receipt-above-price");
    }
}
