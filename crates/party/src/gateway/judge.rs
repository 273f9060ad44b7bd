//! The gateway's checks on an authorization, in the order of SET 1.0 Book 2, AuthReq processing.
//!
//! Everything here is decided from values that are already opened and verified; each check
//! gives its own AuthCode, and the first that fails decides.

use jiff::Timestamp;

use counterfoil_crypto::digest::DetachedDigest;
use counterfoil_message::exchange::authorization::{AuthCode, AuthReqData};
use counterfoil_message::primitive::{
    CurrencyAmount, InstallRecurData, InstallRecurInd, MerchantId, TransIds,
};

use crate::amount::Amount;

/// Seconds of a day.
const DAY_SECONDS: i64 = 86_400;

/// Which of its three forms the payment instruction had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// Signed by a cardholder whose certificate is of this brand.
    DualSigned {
        /// O of the cardholder's certificate.
        brand: String,
        /// Whether the account in PANData is the one that the certificate names.
        account_matches: bool,
    },
    /// From a cardholder without certificate.
    Unsigned,
    /// A token that this gateway gave for an earlier authorization of the same purchase.
    Token {
        /// How many authorizations came before.
        count: u32,
        /// When the last one was.
        previous: Timestamp,
        /// Sum of the earlier ones.
        total: Amount,
    },
}

/// A payment instruction, opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instructed {
    /// Its form.
    pub form: Form,
    /// Ids of the purchase as the cardholder signed them.
    pub trans_ids: TransIds,
    /// The merchant that the cardholder means.
    pub merchant_id: MerchantId,
    /// What the cardholder agreed to pay.
    pub purchase: CurrencyAmount,
    /// The order, as a digest that the gateway cannot read.
    pub hod: DetachedDigest,
    /// Digest of the OIData that the instruction is linked to; tokens have none.
    pub h_oi_data: Option<DetachedDigest>,
    /// Terms of instalment or recurring payments.
    pub install_recur: Option<InstallRecurData>,
}

/// What the gateway allows and knows when it judges.
#[derive(Debug, Clone)]
pub struct Policy<'a> {
    /// Brand of the gateway's key-exchange certificate.
    pub brand: &'a str,
    /// cardCertRequired of that certificate: an unsigned instruction is refused.
    pub card_certificate_required: bool,
    /// Whether sale (captureNow) is supported.
    pub capture_now: bool,
    /// merID of the certificate that signed the AuthReq.
    pub merchant_certificate_id: &'a str,
    /// Whether this very instruction was processed and neither declined nor reversed.
    pub instruction_used: bool,
    /// Whether this is the token of an authorization that the merchant has cancelled.
    pub token_cancelled: bool,
    /// The time.
    pub now: Timestamp,
}

/// What an authorization that passed every check is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    /// What the cardholder agreed to pay.
    pub purchase: Amount,
    /// What the merchant asks for.
    pub asked: Amount,
    /// How many authorizations came before.
    pub count: u32,
    /// Sum of the earlier ones, minor units.
    pub earlier_minor: u64,
}

/// Judges an authorization request.
///
/// # Errors
/// The AuthCode of the first check that fails.
pub fn judge(
    request: &AuthReqData,
    instructed: &Instructed,
    policy: &Policy<'_>,
) -> Result<Judged, AuthCode> {
    check_ids(request, instructed)?;
    check_form(instructed, policy)?;
    if policy.instruction_used {
        return Err(AuthCode::PiPreviouslyUsed);
    }
    check_digests(request, instructed)?;
    check_merchant(request, instructed, policy)?;
    check_terms(request, instructed, policy.now)?;
    let judged = check_amount(request, instructed)?;
    if request.capture_now && !policy.capture_now {
        return Err(AuthCode::CaptureNotSupported);
    }
    Ok(judged)
}

/// Step 3: the merchant speaks of the purchase that the cardholder signed.
fn check_ids(request: &AuthReqData, instructed: &Instructed) -> Result<(), AuthCode> {
    let claimed = &request.auth_req_item.auth_tags.trans_ids;
    let signed = &instructed.trans_ids;
    let both_lid_m = claimed.lid_m.as_ref().zip(signed.lid_m.as_ref());
    let same = claimed.xid == signed.xid
        && claimed.lid_c == signed.lid_c
        && both_lid_m.is_none_or(|(claimed, signed)| claimed == signed);
    if same { Ok(()) } else { Err(AuthCode::PiAuthMismatch) }
}

/// Step 4: the brand and the account of a signed instruction, or whether a signature is needed.
fn check_form(instructed: &Instructed, policy: &Policy<'_>) -> Result<(), AuthCode> {
    match &instructed.form {
        Form::DualSigned { brand, .. } if brand != policy.brand => {
            Err(AuthCode::CardMerchBrandMismatch)
        }
        Form::DualSigned { account_matches: false, .. } => Err(AuthCode::PiAuthMismatch),
        Form::Unsigned if policy.card_certificate_required => Err(AuthCode::SignatureRequired),
        Form::Token { .. } if policy.token_cancelled => Err(AuthCode::InvalidTransaction),
        _ => Ok(()),
    }
}

/// Step 6: merchant and cardholder hold the same order, though the gateway cannot read it.
fn check_digests(request: &AuthReqData, instructed: &Instructed) -> Result<(), AuthCode> {
    let Some(h_oi_data) = &instructed.h_oi_data else {
        return Ok(());
    };
    let Some(check) = &request.auth_req_item.check_digests else {
        return Err(AuthCode::PiAuthMismatch);
    };
    if check.h_oi_data == *h_oi_data && check.hod2 == instructed.hod {
        Ok(())
    } else {
        Err(AuthCode::PiAuthMismatch)
    }
}

/// Step 7: one merchant in the instruction, in the request and in the certificate.
fn check_merchant(
    request: &AuthReqData,
    instructed: &Instructed,
    policy: &Policy<'_>,
) -> Result<(), AuthCode> {
    let claimed = &request.auth_req_item.auth_tags.auth_rr_tags.mer_term_ids.merchant_id;
    let same =
        *claimed == instructed.merchant_id && claimed.as_str() == policy.merchant_certificate_id;
    if same { Ok(()) } else { Err(AuthCode::PiAuthMismatch) }
}

/// Steps 4 and 8: the terms of split, instalment and recurring payments.
fn check_terms(
    request: &AuthReqData,
    instructed: &Instructed,
    now: Timestamp,
) -> Result<(), AuthCode> {
    let claimed = &request.auth_req_item.auth_req_payload.install_recur_data;
    if claimed.is_some() && *claimed != instructed.install_recur {
        return Err(AuthCode::InstallRecurMismatch);
    }
    let Form::Token { count, previous, .. } = &instructed.form else {
        return Ok(());
    };
    match instructed.install_recur.as_ref().map(|terms| &terms.install_recur_ind) {
        Some(InstallRecurInd::InstallTotalTrans(most)) if *count >= most.get() => {
            Err(AuthCode::InstallRecurMismatch)
        }
        Some(InstallRecurInd::Recurring(terms)) => {
            let days = (now.as_second() - previous.as_second()) / DAY_SECONDS;
            if now > terms.recurring_expiry.timestamp() {
                Err(AuthCode::RecurringExpired)
            } else if days < i64::from(terms.recurring_frequency.get()) {
                Err(AuthCode::RecurringTooSoon)
            } else {
                Ok(())
            }
        }
        _ => Ok(()),
    }
}

/// Step 8: what is asked for stays within what the cardholder agreed to, earlier parts included.
///
/// A recurring payment is agreed anew each time; the parts of every other one add up.
fn check_amount(request: &AuthReqData, instructed: &Instructed) -> Result<Judged, AuthCode> {
    let wire = &request.auth_req_item.auth_req_payload.auth_req_amt;
    let asked = Amount::from_wire(wire).map_err(|_| AuthCode::AmountError)?;
    let purchase = Amount::from_wire(&instructed.purchase).map_err(|_| AuthCode::AmountError)?;
    let (count, total) = match &instructed.form {
        Form::Token { count, total, .. } => (*count, *total),
        _ => (0, Amount { minor: 0, ..asked }),
    };
    let recurring = instructed
        .install_recur
        .as_ref()
        .is_some_and(|terms| matches!(terms.install_recur_ind, InstallRecurInd::Recurring(_)));
    let earlier_minor = if recurring { 0 } else { total.minor };
    let sum = asked.plus(Amount { minor: earlier_minor, ..total });
    match sum {
        Ok(sum) if sum.currency == purchase.currency && sum.minor <= purchase.minor => {
            Ok(Judged { purchase, asked, count, earlier_minor })
        }
        _ => Err(AuthCode::AmountError),
    }
}

#[cfg(test)]
#[path = "judge_test.rs"]
mod tests;
