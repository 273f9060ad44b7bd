//! The gateway's checks on a reversal, in the order of SET 1.0 Book 2, AuthRevReq processing.
//!
//! Everything here is decided from values that are already opened and verified; each check
//! gives its own AuthRevCode, and the first that fails decides.

use counterfoil_message::exchange::authorization::{AuthCode, AuthReqData};
use counterfoil_message::exchange::authorization_reversal::{AuthRevCode, AuthRevReqData};
use counterfoil_message::exchange::capture::CapCode;
use counterfoil_message::primitive::Rrpid;

use super::ledger::{Authorization, AuthorizationState};
use crate::amount::Amount;

/// What an AuthRevReq brought, and what it is about.
#[derive(Debug)]
pub(super) struct Claimed<'a> {
    /// What the merchant asks.
    pub request: &'a AuthRevReqData,
    /// The authorization as the merchant says that it asked for it.
    pub original: &'a AuthReqData,
    /// merID of the certificate that signed.
    pub merchant_id: &'a str,
    /// SHA-256 over the payment instruction in the baggage.
    pub instruction: [u8; 32],
    /// The authorization and amount of the capture token.
    pub token: Result<(Rrpid, Amount), CapCode>,
}

/// Judges a reversal: gives what shall stay authorized in all.
///
/// # Errors
/// The AuthRevCode of the first check that fails.
pub(super) fn judge(
    claimed: &Claimed<'_>,
    authorization: Option<&Authorization>,
) -> Result<Amount, AuthRevCode> {
    let token_amount = check_token(claimed)?;
    let authorization = authorization.ok_or(AuthRevCode::InvalidTransaction)?;
    check_original(claimed, authorization)?;
    if token_amount != authorization.authorized() {
        return Err(AuthRevCode::InvalidCapToken);
    }
    check_state(authorization)?;
    check_amount(claimed, authorization)
}

/// The capture token is this gateway's, and of the authorization that is named.
fn check_token(claimed: &Claimed<'_>) -> Result<Amount, AuthRevCode> {
    let (rrpid, amount) = match &claimed.token {
        Ok(token) => *token,
        Err(CapCode::CapTokenMissing) => return Err(AuthRevCode::MissingCapToken),
        Err(_) => return Err(AuthRevCode::InvalidCapToken),
    };
    if rrpid == claimed.original.auth_req_item.auth_tags.auth_rr_tags.rrpid {
        Ok(amount)
    } else {
        Err(AuthRevCode::InvalidCapToken)
    }
}

/// Merchant, instruction, request and answer are those of the authorization.
fn check_original(claimed: &Claimed<'_>, authorization: &Authorization) -> Result<(), AuthRevCode> {
    let item = &claimed.original.auth_req_item;
    let asked = Amount::from_wire(&item.auth_req_payload.auth_req_amt).ok();
    let digests = item.check_digests.as_ref();
    let same = authorization.merchant.id == claimed.merchant_id
        && authorization.instruction.0 == claimed.instruction
        && authorization.tags.0 == item.auth_tags
        && asked == Some(authorization.asked)
        && claimed.original.capture_now == authorization.sale
        && digests.is_none_or(|digests| digests.hod2 == authorization.hod.0)
        && is_answer(claimed.request, authorization);
    if same { Ok(()) } else { Err(AuthRevCode::InvalidTransaction) }
}

/// The answer that the merchant shows, if it shows one, approves what is authorized.
fn is_answer(request: &AuthRevReqData, authorization: &Authorization) -> bool {
    let header = request.auth_res_payload.as_ref().map(|payload| &payload.auth_header);
    header.is_none_or(|header| {
        header.auth_code == AuthCode::Approved
            && Amount::from_wire(&header.auth_amt).ok() == Some(authorization.authorized())
    })
}

/// Something of it is left to reverse, and nothing else is being done with it.
fn check_state(authorization: &Authorization) -> Result<(), AuthRevCode> {
    let free = authorization.state == AuthorizationState::Approved
        && authorization.void.is_none()
        && authorization.unconfirmed_minor == 0
        && authorization.capturable_minor() > 0;
    if free { Ok(()) } else { Err(AuthRevCode::InvalidTransaction) }
}

/// Less than is authorized, and not less than is captured.
fn check_amount(
    claimed: &Claimed<'_>,
    authorization: &Authorization,
) -> Result<Amount, AuthRevCode> {
    let authorized = authorization.authorized();
    let wanted = Amount::from_wire(&claimed.request.auth_new_amt)
        .ok()
        .filter(|wanted| wanted.currency == authorized.currency)
        .ok_or(AuthRevCode::AmountError)?;
    let captured_minor = authorization.captured_minor.unwrap_or(0);
    if (captured_minor..authorized.minor).contains(&wanted.minor) {
        Ok(wanted)
    } else {
        Err(AuthRevCode::InvalidAmount)
    }
}
