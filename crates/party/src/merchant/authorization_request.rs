//! AuthReq: forwards the payment instruction, which the merchant cannot read, with the
//! merchant's own digests of what the cardholder signed.

use counterfoil_crypto::digest::DetachedDigest;
use counterfoil_message::exchange::authorization::{
    AuthReq, AuthReqData, AuthReqItem, AuthReqPayload, AuthTags, CheckDigests, MerchCatCode,
    MerchData,
};
use counterfoil_message::instruction::Pi;
use counterfoil_message::primitive::Rrpid;
use counterfoil_message::treatment::{self, Binding, Recipient, digest_of};
use counterfoil_pki::Certificate;
use counterfoil_secret::Report as _;

use super::command::CommandError;
use super::gateway_call::{GatewayCall, Purpose};
use super::ledger::{Authorization, AuthorizationState, PURCHASES, Purchase};
use super::order::{Order, OrderId};
use super::setup::Brand;
use super::{CaptureMode, Merchant, Turn, order, shop};
use crate::amount::Amount;
use crate::conversation::header::{header, message_ids, wrap};
use crate::conversation::held;
use crate::conversation::refusal::unable;
use crate::conversation::{Failed, Refusal, Stored};
use crate::event::Event;
use crate::records::{Octets, RecordsError};

/// One authorization to ask for.
pub(super) struct Wanted {
    /// How much.
    pub(super) amount: Amount,
    /// Whether another authorization will follow.
    pub(super) subsequent: bool,
    /// The payment instruction, or the token of the authorization before.
    pub(super) pi: Pi,
    /// Digest of order and amount; nothing with a token.
    pub(super) hod: Option<DetachedDigest>,
}

impl Merchant {
    /// Asks for an authorization of a purchase and records it. The caller stores the purchase.
    pub(super) fn ask_authorization(
        &mut self,
        turn: &mut Turn<'_, '_>,
        purchase: &mut Purchase,
        wanted: Wanted,
    ) -> Result<Rrpid, Failed> {
        let brand = self.brand(&purchase.brand).ok_or_else(brand_gone)?;
        let rrpid = Rrpid::random(turn.env.rng);
        let (asked, subsequent) = (wanted.amount, wanted.subsequent);
        let pi = wanted.pi.clone();
        let data = self.authorization_data(turn, &brand, purchase, rrpid, wanted)?;
        let tags = data.auth_req_item.auth_tags.clone();
        let capture_now = data.capture_now;
        let header = header(turn.env.now, Some(message_ids(&tags.trans_ids)), rrpid);
        let binding = Binding::of_header(&header).map_err(unable)?;
        let gateway = recipient(purchase)?;
        let chain = brand.chain_for_gateway();
        let sender = brand.sender(&chain);
        let sealed = treatment::enc_b(&sender, &gateway, &binding, &data, pi, turn.env.rng)?;
        let body = wrap(header, &AuthReq(sealed)).map_err(unable)?;
        purchase.authorizations.push(Authorization {
            rrpid: Octets(rrpid.as_bytes().to_vec()),
            tags: Stored(tags),
            asked,
            subsequent,
            capture_now,
            state: AuthorizationState::Asked,
            decided_at: None,
            auth_code: None,
            reason: None,
            approved: None,
            cap_token: None,
            auth_token: None,
            acq_card_msg: None,
            receipt: None,
            captures: Vec::new(),
            void: None,
        });
        let xid = Octets(purchase.trans_ids.0.xid.as_bytes().to_vec());
        let purpose = Purpose::Authorization { purchase: xid };
        self.place_call(turn, rrpid, GatewayCall::new(purpose, body));
        Ok(rrpid)
    }

    fn authorization_data(
        &self,
        turn: &mut Turn<'_, '_>,
        brand: &Brand,
        purchase: &Purchase,
        rrpid: Rrpid,
        wanted: Wanted,
    ) -> Result<AuthReqData, Failed> {
        let check_digests = match (&purchase.request, wanted.hod) {
            (Some(request), Some(hod2)) => {
                let h_oi_data = digest_of(&request.oi_data.0).map_err(unable)?;
                Some(CheckDigests { h_oi_data, hod2 })
            }
            _ => None,
        };
        Ok(AuthReqData {
            auth_req_item: AuthReqItem {
                auth_tags: AuthTags {
                    auth_rr_tags: brand.request_tags(rrpid, turn.env.now),
                    trans_ids: purchase.trans_ids.0.clone(),
                    auth_ret_num: None,
                },
                check_digests,
                auth_req_payload: self.authorization_payload(wanted.subsequent, wanted.amount)?,
            },
            m_thumbs: Some(held::thumbs(&self.trust, brand.name.as_str())),
            capture_now: self.settings.capture == CaptureMode::Now,
            sale_detail: None,
        })
    }

    /// What is to be authorized, or was.
    pub(super) fn authorization_payload(
        &self,
        subsequent: bool,
        amount: Amount,
    ) -> Result<AuthReqPayload, Refusal> {
        let category = self.settings.category_code.as_deref();
        let merch_cat_code = category.and_then(|code| MerchCatCode::new(code).ok());
        Ok(AuthReqPayload {
            subsequent_auth_ind: subsequent,
            auth_req_amt: amount.to_wire().map_err(unable)?,
            avs_data: None,
            special_processing: None,
            card_suspect: None,
            request_card_type_ind: false,
            install_recur_data: None,
            market_spec_auth_data: None,
            merch_data: MerchData { merch_cat_code, merch_group: None },
            a_rq_extensions: None,
        })
    }

    /// The command that authorizes the next shipment of a split order.
    pub(super) fn authorize_next(
        &mut self,
        turn: &mut Turn<'_, '_>,
        id: OrderId,
        amount: Option<Amount>,
    ) -> Result<Result<Rrpid, CommandError>, RecordsError> {
        let Some(order) = order::order(turn.env.records, id)? else {
            return Ok(Err(CommandError::OrderUnknown));
        };
        let Some(mut purchase) = shop::purchase_of(turn.env.records, &order)? else {
            return Ok(Err(CommandError::NotAuthorized));
        };
        let wanted = match next_shipment(&order, &purchase, amount) {
            Ok(wanted) => wanted,
            Err(error) => return Ok(Err(error)),
        };
        match self.ask_authorization(turn, &mut purchase, wanted) {
            Ok(rrpid) => {
                let xid = *purchase.trans_ids.0.xid.as_bytes();
                PURCHASES.put(turn.env.records, &xid, &purchase);
                Ok(Ok(rrpid))
            }
            Err(Failed::Records(error)) => Err(error),
            Err(Failed::Refused(refusal)) => {
                turn.event(unable_event(&refusal));
                Ok(Err(CommandError::Unable))
            }
        }
    }
}

/// What the next authorization of a split order is for.
fn next_shipment(
    order: &Order,
    purchase: &Purchase,
    amount: Option<Amount>,
) -> Result<Wanted, CommandError> {
    if purchase.authorization_open() {
        return Err(CommandError::AuthorizationOpen);
    }
    if purchase.authorizations.iter().any(Authorization::void_open) {
        return Err(CommandError::VoidOpen);
    }
    if purchase.is_voided() {
        return Err(CommandError::Voided);
    }
    let approved = || {
        let states = purchase.authorizations.iter();
        states.filter(|a| a.state == AuthorizationState::Approved)
    };
    let done = approved().count();
    let token = approved().next_back().ok_or(CommandError::NotAuthorized)?;
    let token = token.auth_token.as_ref().ok_or(CommandError::NoShipmentLeft)?;
    let planned = order.shipments.get(done).ok_or(CommandError::NoShipmentLeft)?;
    let authorized: u64 = approved().filter_map(|a| a.approved).map(|sum| sum.minor).sum();
    let amount = amount.unwrap_or(*planned);
    let left = order.amount.minor.saturating_sub(authorized);
    if amount.currency != order.amount.currency || amount.minor == 0 || amount.minor > left {
        return Err(CommandError::AbovePrice);
    }
    Ok(Wanted {
        amount,
        subsequent: done + 1 < order.shipments_total(),
        pi: Pi::AuthToken(token.0.0.clone()),
        hod: None,
    })
}

/// The gateway that the purchase is sealed for.
pub(super) fn recipient(purchase: &Purchase) -> Result<Recipient, Refusal> {
    let certificate = Certificate::from_der(&purchase.gateway_exchange.0).map_err(unable)?;
    Recipient::new(&certificate).map_err(unable)
}

/// A purchase of a brand that the merchant has no certificate of any more.
pub(super) fn brand_gone() -> Refusal {
    Refusal::unable("brand-not-accepted", "the brand of the purchase is no longer accepted")
}

/// The event of a message that this side could not make.
pub(super) fn unable_event(refusal: &Refusal) -> Event {
    Event::error("merchant.unable").with("error", refusal.id()).with("reason", refusal.to_string())
}
