//! CapReq: asks for the money that was authorized.

use counterfoil_message::exchange::capture::{CapItem, CapPayload, CapReq, CapReqData};
use counterfoil_message::primitive::{Date, Rrpid};
use counterfoil_message::token::CapToken;
use counterfoil_message::treatment::{self, Binding};
use der::asn1::Null;

use super::authorization_request::{brand_gone, recipient, unable_event};
use super::command::CommandError;
use super::gateway_call::{GatewayCall, Purpose};
use super::ledger::{AuthorizationState, Capture, CaptureState, PURCHASES, Purchase};
use super::order::OrderId;
use super::{Merchant, Turn, order, shop};
use crate::amount::Amount;
use crate::conversation::Failed;
use crate::conversation::header::{header, message_ids, wrap};
use crate::conversation::held;
use crate::conversation::refusal::unable;
use crate::records::{Octets, RecordsError};

/// Most captures of one purchase, the last one for all that is left included. Each has a receipt
/// of the gateway, and evidence has room for twice as many.
pub(super) const CAPTURES_PER_PURCHASE_MAX: usize = 32;

impl Merchant {
    /// Captures an order, or as much of it as `amount` says. All that is left, without one.
    pub(super) fn capture(
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
        let parts = match parts(&purchase, amount) {
            Ok(parts) => parts,
            Err(error) => return Ok(Err(error)),
        };
        match self.ask_capture(turn, &mut purchase, &parts) {
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

    fn ask_capture(
        &mut self,
        turn: &mut Turn<'_, '_>,
        purchase: &mut Purchase,
        parts: &[(usize, Amount)],
    ) -> Result<Rrpid, Failed> {
        let brand = self.brand(&purchase.brand).ok_or_else(brand_gone)?;
        let rrpid = Rrpid::random(turn.env.rng);
        let mut items = Vec::with_capacity(parts.len());
        let mut tokens = Vec::with_capacity(parts.len());
        for (place, amount) in parts {
            let authorization = &purchase.authorizations[*place];
            let token = authorization.cap_token.as_ref().map(|token| token.0.clone());
            tokens.push(token.unwrap_or(CapToken::Absent(Null)));
            items.push(CapItem {
                trans_ids: purchase.trans_ids.0.clone(),
                auth_rrpid: authorization.tags.0.auth_rr_tags.rrpid,
                cap_payload: CapPayload {
                    cap_date: Date::new(turn.env.now),
                    cap_req_amt: amount.to_wire().map_err(unable)?,
                    auth_req_item: None,
                    auth_res_payload: None,
                    sale_detail: None,
                    c_pay_extensions: None,
                },
            });
        }
        let data = CapReqData {
            cap_rr_tags: brand.request_tags(rrpid, turn.env.now),
            m_thumbs: Some(held::thumbs(&self.trust, brand.name.as_str())),
            cap_item_seq: items.into(),
            c_rq_extensions: None,
        };
        let header = header(turn.env.now, Some(message_ids(&purchase.trans_ids.0)), rrpid);
        let binding = Binding::of_header(&header).map_err(unable)?;
        let gateway = recipient(purchase)?;
        let chain = brand.chain_for_gateway();
        let sender = brand.sender(&chain);
        let tokens = tokens.into();
        let sealed = treatment::enc_b(&sender, &gateway, &binding, &data, tokens, turn.env.rng)?;
        let body = wrap(header, &CapReq::EncB(sealed)).map_err(unable)?;
        for (place, amount) in parts {
            purchase.authorizations[*place].captures.push(Capture {
                rrpid: Octets(rrpid.as_bytes().to_vec()),
                asked: *amount,
                state: CaptureState::Asked,
                decided_at: None,
                cap_code: None,
                reason: None,
                captured: None,
            });
        }
        let xid = Octets(purchase.trans_ids.0.xid.as_bytes().to_vec());
        let purpose = Purpose::Capture { purchase: xid };
        self.place_call(turn, rrpid, GatewayCall::new(purpose, body));
        Ok(rrpid)
    }
}

/// Which authorizations are captured, each with how much: the oldest first.
fn parts(
    purchase: &Purchase,
    amount: Option<Amount>,
) -> Result<Vec<(usize, Amount)>, CommandError> {
    let authorizations = purchase.authorizations.iter().enumerate();
    let approved =
        || authorizations.clone().filter(|(_, a)| a.state == AuthorizationState::Approved);
    if approved().any(|(_, authorization)| authorization.capture_open()) {
        return Err(CommandError::CaptureOpen);
    }
    if approved().any(|(_, authorization)| authorization.void_open()) {
        return Err(CommandError::VoidOpen);
    }
    if purchase.is_voided() && approved().all(|(_, a)| a.capturable_minor() == 0) {
        return Err(CommandError::Voided);
    }
    let left: u64 = approved().map(|(_, authorization)| authorization.capturable_minor()).sum();
    let unit = approved().find_map(|(_, authorization)| authorization.approved);
    let unit = unit.ok_or(CommandError::NotAuthorized)?;
    if left == 0 {
        return Err(CommandError::NotAuthorized);
    }
    let mut wanted = match amount {
        None => left,
        Some(amount) if amount.currency == unit.currency && (1..=left).contains(&amount.minor) => {
            amount.minor
        }
        Some(_) => return Err(CommandError::AboveAuthorized),
    };
    let captures =
        approved().map(|(_, authorization)| authorization.captures_done()).sum::<usize>();
    if captures + 1 >= CAPTURES_PER_PURCHASE_MAX && wanted < left {
        return Err(CommandError::CapturesLimit);
    }
    let mut parts = Vec::new();
    for (place, authorization) in approved() {
        let part = authorization.capturable_minor().min(wanted);
        if part > 0 {
            parts.push((place, Amount { minor: part, ..unit }));
            wanted -= part;
        }
    }
    Ok(parts)
}
