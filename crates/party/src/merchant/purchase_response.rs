//! PRes and InqRes: what became of a purchase, with the gateway's receipts.

use jiff::Timestamp;

use counterfoil_message::exchange::authorization::AuthCode;
use counterfoil_message::exchange::capture::CapCode;
use counterfoil_message::exchange::inquiry::InqRes;
use counterfoil_message::exchange::purchase::{
    AuthStatus, CapStatus, CompletionCode, OiData, PRes, PResData, PResPayload, Results,
};
use counterfoil_message::primitive::{Challenge, Date, Ratio, Rrpid};
use counterfoil_message::treatment::{self, Sender};
use counterfoil_pki::bci::Bci;

use super::authorization_request::{brand_gone, unable_event};
use super::ledger::{Authorization, AuthorizationState, PURCHASES, Purchase, VoidState};
use super::{Merchant, Turn, order};
use crate::amount::Amount;
use crate::conversation::header::{header, message_ids, wrap};
use crate::conversation::held::Bag;
use crate::conversation::refusal::unable;
use crate::conversation::{Failed, Refusal};
use crate::records::RecordsError;

/// Which message carries the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carrier {
    /// PRes.
    Purchase,
    /// InqRes.
    Inquiry,
}

/// To which request the answer is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Echo<'a> {
    pub(super) rrpid: &'a Rrpid,
    pub(super) challenge: &'a Challenge,
}

impl Merchant {
    /// Gives PRes to the wallet, once. The caller stores the purchase.
    pub(super) fn answer_purchase(
        &mut self,
        turn: &mut Turn<'_, '_>,
        purchase: &mut Purchase,
    ) -> Result<(), RecordsError> {
        let Some(request) = purchase.request.as_mut().filter(|request| !request.answered) else {
            return Ok(());
        };
        request.answered = true;
        let oi = request.oi_data.0.clone();
        let xid = oi.trans_ids.xid;
        PURCHASES.set_alarm(turn.env.records, xid.as_bytes(), None);
        let echo = Echo { rrpid: &oi.rrpid, challenge: &oi.chall_c };
        let made = payloads(turn, purchase)
            .and_then(|payloads| self.response(turn, purchase, echo, Carrier::Purchase, payloads));
        match made {
            Ok(body) => self.answer(turn, &oi.rrpid, Some(&xid), "PRes", &body),
            Err(Failed::Records(error)) => Err(error),
            Err(Failed::Refused(refusal)) => {
                turn.event(unable_event(&refusal).xid(xid.as_bytes()));
                Ok(())
            }
        }
    }

    /// PRes that says no.
    pub(super) fn rejection(
        &self,
        turn: &mut Turn<'_, '_>,
        purchase: &Purchase,
        oi: &OiData,
        completion_code: CompletionCode,
    ) -> Result<Vec<u8>, Failed> {
        let payload = PResPayload { completion_code, results: None, p_rs_extensions: None };
        let echo = Echo { rrpid: &oi.rrpid, challenge: &oi.chall_c };
        self.response(turn, purchase, echo, Carrier::Purchase, vec![payload])
    }

    /// InqRes to a cardholder who may know.
    pub(super) fn inquiry_response(
        &self,
        turn: &mut Turn<'_, '_>,
        purchase: &Purchase,
        echo: Echo<'_>,
    ) -> Result<Vec<u8>, Failed> {
        let payloads = payloads(turn, purchase)?;
        self.response(turn, purchase, echo, Carrier::Inquiry, payloads)
    }

    fn response(
        &self,
        turn: &mut Turn<'_, '_>,
        purchase: &Purchase,
        echo: Echo<'_>,
        carrier: Carrier,
        payloads: Vec<PResPayload>,
    ) -> Result<Vec<u8>, Failed> {
        let brand = self.brand(&purchase.brand).ok_or_else(brand_gone)?;
        let name = brand.name.as_str();
        let mut bag = Bag::new(&self.trust, name, &brand.identity.chain, None);
        // PInitRes gave the brand's state of then; an InqReq may come long after.
        let newer = self.trust.bci(name).map(Bci::not_before) > Some(purchase.opened_at);
        if carrier == Carrier::Purchase && !newer {
            bag.crls.clear();
            bag.bci = None;
        }
        let data = PResData {
            trans_ids: purchase.trans_ids.0.clone(),
            rrpid: *echo.rrpid,
            chall_c: *echo.challenge,
            brand_crl_identifier: bag.bci,
            p_res_payload_seq: payloads.into(),
        };
        let sender = Sender { crls: &bag.crls, ..brand.sender(&bag.certificates) };
        let signed = treatment::sign(&sender, &data, turn.env.rng)?;
        let header = header(turn.env.now, Some(message_ids(&data.trans_ids)), *echo.rrpid);
        let wrapped = match carrier {
            Carrier::Purchase => wrap(header, &PRes(signed)),
            Carrier::Inquiry => wrap(header, &InqRes(signed)),
        };
        Ok(wrapped.map_err(unable)?)
    }
}

/// One entry for each authorization; one that says how far it is when there is none.
fn payloads(turn: &Turn<'_, '_>, purchase: &Purchase) -> Result<Vec<PResPayload>, Failed> {
    let plain =
        |completion_code| PResPayload { completion_code, results: None, p_rs_extensions: None };
    if purchase.request.is_none() {
        return Ok(vec![plain(CompletionCode::OrderNotReceived)]);
    }
    if purchase.authorizations.is_empty() {
        return Ok(vec![plain(CompletionCode::OrderReceived)]);
    }
    let order = order::order(turn.env.records, purchase.order)?;
    let price = order.ok_or_else(brand_gone)?.amount;
    let entry = |authorization: &Authorization| match authorization.state {
        AuthorizationState::Asked | AuthorizationState::Undecided => {
            Ok(plain(CompletionCode::OrderReceived))
        }
        AuthorizationState::Declined if authorization.auth_code.is_none() => {
            Ok(plain(CompletionCode::OrderRejected))
        }
        AuthorizationState::Approved
        | AuthorizationState::Declined
        | AuthorizationState::Voided => decided(authorization, price, turn.env.now),
    };
    Ok(purchase.authorizations.iter().map(entry).collect::<Result<_, Refusal>>()?)
}

fn decided(
    authorization: &Authorization,
    price: Amount,
    now: Timestamp,
) -> Result<PResPayload, Refusal> {
    let code = authorization.auth_code.and_then(AuthCode::from_number);
    let auth_code = code.unwrap_or(AuthCode::UnspecifiedFailure);
    let ratio = |minor| ratio(Amount { minor, ..price }, price);
    let approved = authorization.approved.map_or(0, |amount| amount.minor);
    let captured = authorization.captured_minor();
    let last = authorization.captures.iter().rfind(|c| c.captured.is_some());
    let cap_status = match last {
        Some(capture) => Some(CapStatus {
            cap_date: Date::new(capture.decided_at.unwrap_or(now)),
            cap_code: CapCode::Success,
            cap_ratio: ratio(captured)?,
        }),
        None => None,
    };
    let completion_code = match cap_status {
        // SET 1.0 has no code of its own for what was authorized and given back.
        _ if authorization.state == AuthorizationState::Voided => CompletionCode::OrderRejected,
        Some(_) => CompletionCode::CapturePerformed,
        None => CompletionCode::AuthorizationPerformed,
    };
    let void = authorization.void.as_ref().filter(|void| void.state == VoidState::Done);
    let results = Results {
        acq_card_msg: authorization.acq_card_msg.as_ref().map(|message| message.0.clone()),
        auth_status: Some(AuthStatus {
            auth_date: Date::new(authorization.decided_at.unwrap_or(now)),
            auth_code,
            auth_ratio: ratio(approved)?,
            curr_conv: None,
        }),
        cap_status,
        credit_status_seq: None,
        receipt: authorization.receipt.as_ref().map(|receipt| receipt.0.clone()),
        rev_receipt: void.and_then(|void| Some(void.receipt.as_ref()?.0.clone())),
    };
    Ok(PResPayload { completion_code, results: Some(results), p_rs_extensions: None })
}

/// Part of the price; orders without a price are not made.
fn ratio(part: Amount, price: Amount) -> Result<Ratio, Refusal> {
    let part = part.to_wire().map_err(unable)?;
    let price = price.to_wire().map_err(unable)?;
    Ratio::of(&part, &price)
        .ok_or_else(|| Refusal::unable("ratio-meaningless", "the order has no price"))
}
