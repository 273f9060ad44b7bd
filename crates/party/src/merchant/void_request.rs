//! AuthRevReq: gives back what was authorized and not captured.

use counterfoil_message::exchange::authorization::{AuthReqData, AuthReqItem, CheckDigests};
use counterfoil_message::exchange::authorization_reversal::{
    AuthRevReq, AuthRevReqBaggage, AuthRevReqData, AuthRevTags,
};
use counterfoil_message::instruction::Pi;
use counterfoil_message::primitive::Rrpid;
use counterfoil_message::treatment::{self, Binding, digest_of};

use super::authorization_request::{brand_gone, recipient, unable_event};
use super::command::CommandError;
use super::gateway_call::{GatewayCall, Purpose};
use super::ledger::{Authorization, AuthorizationState, PURCHASES, Purchase, Void, VoidState};
use super::order::OrderId;
use super::setup::Brand;
use super::{Merchant, Turn, order, shop};
use crate::amount::Amount;
use crate::conversation::Failed;
use crate::conversation::header::{header, message_ids, wrap};
use crate::conversation::held;
use crate::conversation::refusal::unable;
use crate::records::{Octets, RecordsError};

impl Merchant {
    /// Voids an order: all that is authorized and not captured goes back to the cardholder. One
    /// AuthRevReq for each authorization; gives the RRPID of the last.
    pub(super) fn void(
        &mut self,
        turn: &mut Turn<'_, '_>,
        id: OrderId,
    ) -> Result<Result<Rrpid, CommandError>, RecordsError> {
        let Some(order) = order::order(turn.env.records, id)? else {
            return Ok(Err(CommandError::OrderUnknown));
        };
        let Some(mut purchase) = shop::purchase_of(turn.env.records, &order)? else {
            return Ok(Err(CommandError::NotAuthorized));
        };
        let places = match places(&purchase) {
            Ok(places) => places,
            Err(error) => return Ok(Err(error)),
        };
        let xid = *purchase.trans_ids.0.xid.as_bytes();
        let mut last = Err(CommandError::NotAuthorized);
        for place in places {
            last = match self.ask_void(turn, &mut purchase, place) {
                Ok(rrpid) => Ok(rrpid),
                Err(Failed::Records(error)) => return Err(error),
                Err(Failed::Refused(refusal)) => {
                    turn.event(unable_event(&refusal));
                    Err(CommandError::Unable)
                }
            };
        }
        PURCHASES.put(turn.env.records, &xid, &purchase);
        Ok(last)
    }

    fn ask_void(
        &mut self,
        turn: &mut Turn<'_, '_>,
        purchase: &mut Purchase,
        place: usize,
    ) -> Result<Rrpid, Failed> {
        let brand = self.brand(&purchase.brand).ok_or_else(brand_gone)?;
        let rrpid = Rrpid::random(turn.env.rng);
        let data = self.reversal_data(turn, &brand, purchase, place, rrpid)?;
        let baggage = baggage(purchase, place)?;
        let header = header(turn.env.now, Some(message_ids(&purchase.trans_ids.0)), rrpid);
        let binding = Binding::of_header(&header).map_err(unable)?;
        let gateway = recipient(purchase)?;
        let chain = brand.chain_for_gateway();
        let sender = brand.sender(&chain);
        let sealed = treatment::enc_b(&sender, &gateway, &binding, &data, baggage, turn.env.rng)?;
        let body = wrap(header, &AuthRevReq(sealed)).map_err(unable)?;
        let authorization = &mut purchase.authorizations[place];
        authorization.void = Some(Void {
            rrpid: Octets(rrpid.as_bytes().to_vec()),
            remaining: remaining(authorization),
            state: VoidState::Asked,
            decided_at: None,
            code: None,
            reason: None,
            receipt: None,
        });
        let xid = Octets(purchase.trans_ids.0.xid.as_bytes().to_vec());
        self.place_call(turn, rrpid, GatewayCall::new(Purpose::Void { purchase: xid }, body));
        Ok(rrpid)
    }

    fn reversal_data(
        &self,
        turn: &Turn<'_, '_>,
        brand: &Brand,
        purchase: &Purchase,
        place: usize,
        rrpid: Rrpid,
    ) -> Result<AuthRevReqData, Failed> {
        let authorization = &purchase.authorizations[place];
        let check_digests = match &purchase.request {
            Some(request) if place == 0 => Some(CheckDigests {
                h_oi_data: digest_of(&request.oi_data.0).map_err(unable)?,
                hod2: request.oi_data.0.hod,
            }),
            _ => None,
        };
        let payload = self.authorization_payload(authorization.subsequent, authorization.asked)?;
        Ok(AuthRevReqData {
            auth_rev_tags: AuthRevTags {
                auth_rev_rr_tags: brand.request_tags(rrpid, turn.env.now),
                auth_ret_num: None,
            },
            m_thumbs: Some(held::thumbs(&self.trust, brand.name.as_str())),
            auth_req_data: Some(AuthReqData {
                auth_req_item: AuthReqItem {
                    auth_tags: authorization.tags.0.clone(),
                    check_digests,
                    auth_req_payload: payload,
                },
                m_thumbs: None,
                capture_now: authorization.capture_now,
                sale_detail: None,
            }),
            auth_res_payload: None,
            auth_new_amt: remaining(authorization).to_wire().map_err(unable)?,
            a_rv_rq_extensions: None,
        })
    }
}

/// Which authorizations are voided: those with something left to capture.
fn places(purchase: &Purchase) -> Result<Vec<usize>, CommandError> {
    let authorizations = &purchase.authorizations;
    if purchase.authorization_open() {
        return Err(CommandError::AuthorizationOpen);
    }
    if authorizations.iter().any(Authorization::capture_open) {
        return Err(CommandError::CaptureOpen);
    }
    if authorizations.iter().any(Authorization::void_open) {
        return Err(CommandError::VoidOpen);
    }
    let places = authorizations.iter().enumerate().filter(|(_, a)| a.capturable_minor() > 0);
    let places: Vec<usize> = places.map(|(place, _)| place).collect();
    let any = |state| authorizations.iter().any(|authorization| authorization.state == state);
    if !places.is_empty() {
        Ok(places)
    } else if any(AuthorizationState::Voided) {
        Err(CommandError::Voided)
    } else if any(AuthorizationState::Approved) {
        Err(CommandError::NothingLeft)
    } else {
        Err(CommandError::NotAuthorized)
    }
}

/// What stays authorized: what is captured.
fn remaining(authorization: &Authorization) -> Amount {
    Amount { minor: authorization.captured_minor(), ..authorization.asked }
}

/// What the gateway was shown and gave: the instruction that was authorized (of a later shipment
/// the token of the one before), and the token for the capture.
fn baggage(purchase: &Purchase, place: usize) -> Result<AuthRevReqBaggage, Failed> {
    let mut earlier = purchase.authorizations[..place].iter().rev();
    let token = earlier.find_map(|earlier| earlier.auth_token.as_ref());
    let request = purchase.request.as_ref().ok_or_else(brand_gone)?;
    let pi = token.map_or_else(|| request.pi.0.clone(), |token| Pi::AuthToken(token.0.0.clone()));
    let cap_token = purchase.authorizations[place].cap_token.as_ref();
    Ok(AuthRevReqBaggage { pi, cap_token: cap_token.map(|token| token.0.clone()) })
}
