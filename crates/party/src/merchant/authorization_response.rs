//! AuthRes: what the gateway decided, checked against what was asked, with the receipt for the
//! cardholder (SET 1.0 Book 2, AuthRes processing).

use counterfoil_message::exchange::authorization::{
    AuthCode, AuthRes, AuthResBaggage, AuthResData, AuthTags,
};
use counterfoil_message::exchange::capture::{CapCode, CapResPayload};
use counterfoil_message::exchange::error_message::ErrorCode;
use counterfoil_message::exchange::purchase::AuthReceipt;
use counterfoil_message::primitive::{Ratio, Rrpid};
use counterfoil_message::treatment::{self, Authentic, Binding, Check};
use counterfoil_message::wrapper::MessageWrapper;
use counterfoil_pki::trust::Need;
use counterfoil_pki::{Certificate, Roles, Thumb};

use super::authorization_request::brand_gone;
use super::ledger::{
    Authorization, AuthorizationState, Capture, CaptureState, PURCHASES, Purchase,
};
use super::setup::Brand;
use super::{CaptureMode, Merchant, Turn, order};
use crate::amount::Amount;
use crate::conversation::header::{InnerIds, check_ids};
use crate::conversation::refusal::{check_extensions, unable};
use crate::conversation::{Failed, Refusal, Stored};
use crate::event::Event;
use crate::records::RecordsError;

/// AuthRes after every check.
struct Answer {
    data: AuthResData,
    baggage: AuthResBaggage,
    approved: Option<Amount>,
}

impl Merchant {
    pub(super) fn authorization_answered(
        &mut self,
        turn: &mut Turn<'_, '_>,
        rrpid: &Rrpid,
        xid: &[u8],
        wrapper: &MessageWrapper,
    ) -> Result<(), Failed> {
        let mut purchase = PURCHASES.get(turn.env.records, xid)?.ok_or_else(unknown)?;
        let brand = self.brand(&purchase.brand).ok_or_else(brand_gone)?;
        let asked = purchase.authorization_mut(rrpid.as_bytes()).ok_or_else(unknown)?.clone();
        let price = price(turn, &purchase)?;
        let answer = self.open_answer(turn, &brand, &purchase, &asked, price, wrapper)?;
        let code = answer.data.auth_res_payload.auth_header.auth_code;
        let now = turn.env.now;
        purchase.trans_ids.0.pay_sys_id = answer.data.auth_tags.trans_ids.pay_sys_id.clone();
        let record = purchase.authorization_mut(rrpid.as_bytes()).ok_or_else(unknown)?;
        record.decided_at = Some(now);
        record.auth_code = Some(code.number());
        match answer.approved {
            Some(approved) => {
                if let Some(payload) = &answer.data.auth_res_payload.cap_res_payload {
                    record.captures.push(captured_now(record, payload, approved, now));
                }
                record.state = AuthorizationState::Approved;
                record.approved = Some(approved);
                record.cap_token = answer.baggage.cap_token.map(Stored);
                record.auth_token = answer.baggage.auth_token.map(Stored);
                record.acq_card_msg = answer.baggage.acq_card_msg.map(Stored);
                record.receipt = answer.baggage.receipt.map(Stored);
            }
            None => {
                record.state = AuthorizationState::Declined;
                record.reason = Some(code.name().to_owned());
                record.receipt = answer.baggage.receipt.map(Stored);
            }
        }
        let name = match answer.approved {
            Some(_) => "purchase.authorized",
            None => "purchase.declined",
        };
        turn.event(Event::info(name).xid(xid).rrpid(rrpid.as_bytes()).with("code", code.name()));
        self.authorization_decided(turn, &mut purchase)?;
        Ok(())
    }

    /// Opens and verifies AuthRes and everything in it.
    fn open_answer(
        &mut self,
        turn: &mut Turn<'_, '_>,
        brand: &Brand,
        purchase: &Purchase,
        asked: &Authorization,
        price: Amount,
        wrapper: &MessageWrapper,
    ) -> Result<Answer, Failed> {
        let AuthRes::EncB(sealed) = wrapper.message.decode::<AuthRes>()? else {
            let message = "the gateway sent a card number, which this merchant does not take";
            let code = ErrorCode::MessageNotSupported;
            return Err(Refusal::new(code, "card-number-unwanted", message).into());
        };
        let binding = Binding::of_header(&wrapper.header).map_err(unable)?;
        let need = Need::sign(Roles::PGWY).of_brand(brand.name.as_str());
        let mut check = Check { trust: &mut self.trust, now: turn.env.now, need };
        let answer = treatment::open_enc_b(&sealed, &brand.opener(), &binding, &mut check)?;
        check_gateway(answer.signer().certificate(), purchase)?;
        let data = answer.content();
        check_tags(&data.auth_tags, &asked.tags.0, wrapper)?;
        check_extensions([data.auth_res_payload.a_rs_extensions.as_ref()])?;
        let approved = approved_amount(data, asked)?;
        if approved.is_some() {
            self.check_receipt(turn, brand, purchase, price, &answer, &sealed.baggage)?;
        }
        if let Some(thumb) = &data.pe_thumb {
            self.renew_gateway(turn, brand, *thumb.thumbprint.as_bytes(), answer.bag())?;
        }
        Ok(Answer { approved, baggage: sealed.baggage, data: answer.into_content() })
    }

    /// The receipt is the gateway's, and says what the answer says.
    fn check_receipt(
        &mut self,
        turn: &mut Turn<'_, '_>,
        brand: &Brand,
        purchase: &Purchase,
        price: Amount,
        answer: &Authentic<AuthResData>,
        baggage: &AuthResBaggage,
    ) -> Result<(), Failed> {
        let signed = baggage.receipt.as_ref().ok_or_else(|| {
            let message = "the gateway approved and gave no receipt for the cardholder";
            Refusal::new(ErrorCode::SignatureRequired, "receipt-missing", message)
        })?;
        let need = Need::sign(Roles::PGWY).of_brand(brand.name.as_str());
        let mut check = Check { trust: &mut self.trust, now: turn.env.now, need };
        let receipt = treatment::verify(signed, &mut check)?;
        let signer = receipt.signer().certificate().thumb();
        if signer != answer.signer().certificate().thumb() {
            let message = "the receipt is signed by another gateway than the answer";
            let code = ErrorCode::SignatureFailure;
            return Err(Refusal::new(code, "receipt-signer", message).into());
        }
        let merchant = brand.identity.sign_certificate.thumb();
        match receipt_difference(receipt.content(), answer.content(), purchase, price, merchant) {
            None => Ok(()),
            Some(field) => {
                let message = format!("receipt and answer of the gateway differ in {field}");
                Err(Refusal::new(ErrorCode::SignatureFailure, "receipt-mismatch", message).into())
            }
        }
    }

    /// The gateway refused to process the AuthReq, so nothing is authorized.
    pub(super) fn authorization_refused(
        &mut self,
        turn: &mut Turn<'_, '_>,
        rrpid: &Rrpid,
        xid: &[u8],
        code: ErrorCode,
    ) -> Result<(), RecordsError> {
        let reason = format!("error {}", code.name());
        let event = Event::warning("purchase.declined").with("code", code.name());
        self.authorization_ends(turn, rrpid, xid, AuthorizationState::Declined, reason, event)
    }

    /// The gateway stayed silent for as long as the merchant asks.
    pub(super) fn authorization_undecided(
        &mut self,
        turn: &mut Turn<'_, '_>,
        rrpid: &Rrpid,
        xid: &[u8],
    ) -> Result<(), RecordsError> {
        let reason = "gateway-silent".to_owned();
        let event = Event::error("purchase.undecided");
        self.authorization_ends(turn, rrpid, xid, AuthorizationState::Undecided, reason, event)
    }

    fn authorization_ends(
        &mut self,
        turn: &mut Turn<'_, '_>,
        rrpid: &Rrpid,
        xid: &[u8],
        state: AuthorizationState,
        reason: String,
        event: Event,
    ) -> Result<(), RecordsError> {
        let Some(mut purchase) = PURCHASES.get(turn.env.records, xid)? else { return Ok(()) };
        let Some(record) = purchase.authorization_mut(rrpid.as_bytes()) else { return Ok(()) };
        record.state = state;
        record.reason = Some(reason);
        record.decided_at = Some(turn.env.now);
        turn.event(event.xid(xid).rrpid(rrpid.as_bytes()));
        self.authorization_decided(turn, &mut purchase)
    }

    /// Stores the purchase, answers the wallet that waits, and captures if the settings say so.
    fn authorization_decided(
        &mut self,
        turn: &mut Turn<'_, '_>,
        purchase: &mut Purchase,
    ) -> Result<(), RecordsError> {
        self.answer_purchase(turn, purchase)?;
        let xid = *purchase.trans_ids.0.xid.as_bytes();
        PURCHASES.put(turn.env.records, &xid, purchase);
        if self.settings.capture != CaptureMode::After || purchase.capturable_minor() == 0 {
            return Ok(());
        }
        if let Err(error) = self.capture(turn, purchase.order, None)? {
            let event = Event::error("capture.not_possible").xid(&xid);
            turn.event(event.with("reason", error.to_string()));
        }
        Ok(())
    }
}

/// The gateway that answers is the one that was asked: both its certificates have one subject.
pub(super) fn check_gateway(signer: &Certificate, purchase: &Purchase) -> Result<(), Refusal> {
    let asked = Certificate::from_der(&purchase.gateway_exchange.0).map_err(unable)?;
    if signer.subject() == asked.subject() {
        return Ok(());
    }
    let message = "another gateway answers than the one that was asked";
    let refusal = Refusal::new(ErrorCode::InvalidCertificate, "other-gateway", message);
    Err(refusal.with_thumb(*signer.thumb().as_bytes()))
}

fn unknown() -> Refusal {
    let message = "no authorization is open under this RRPID";
    Refusal::new(ErrorCode::UnknownRrpid, "authorization-unknown", message)
}

/// The price of the order that a purchase pays.
pub(super) fn price(turn: &Turn<'_, '_>, purchase: &Purchase) -> Result<Amount, Failed> {
    let order = order::order(turn.env.records, purchase.order)?;
    Ok(order.ok_or_else(unknown)?.amount)
}

/// The tags are those of the request, but for what the gateway may fill in.
fn check_tags(
    answer: &AuthTags,
    asked: &AuthTags,
    wrapper: &MessageWrapper,
) -> Result<(), Refusal> {
    let inner = InnerIds::of(&answer.auth_rr_tags.rrpid, &answer.trans_ids);
    check_ids(&wrapper.header, inner)?;
    let mut same = answer.clone();
    same.auth_ret_num = asked.auth_ret_num;
    same.trans_ids.pay_sys_id = asked.trans_ids.pay_sys_id.clone();
    if same == *asked {
        return Ok(());
    }
    let message = "the tags of the answer are not those of the request";
    Err(Refusal::new(ErrorCode::UnknownRrpid, "tags-mismatch", message))
}

/// What was approved: never more than asked for, and captured in the same step if that was asked.
fn approved_amount(data: &AuthResData, asked: &Authorization) -> Result<Option<Amount>, Refusal> {
    let header = &data.auth_res_payload.auth_header;
    if header.auth_code != AuthCode::Approved {
        return Ok(None);
    }
    let wrong = |id, message: &str| Refusal::new(ErrorCode::UnspecifiedFailure, id, message);
    let unasked = || wrong("amount-mismatch", "the gateway approved another amount than asked for");
    let amount = Amount::from_wire(&header.auth_amt).map_err(|_| unasked())?;
    if amount.currency != asked.asked.currency || amount.minor > asked.asked.minor {
        return Err(unasked());
    }
    if let Some(payload) = &data.auth_res_payload.cap_res_payload {
        check_extensions([payload.c_rs_pay_extensions.as_ref()])?;
        let captured = Amount::from_wire(&payload.cap_amt).map_err(|_| unasked())?;
        if !asked.capture_now
            || captured.currency != amount.currency
            || captured.minor > amount.minor
        {
            return Err(wrong("capture-unasked", "the gateway captured what was not asked for"));
        }
    }
    Ok(Some(amount))
}

/// The first field in which the receipt says something else than the answer or the purchase.
fn receipt_difference(
    receipt: &AuthReceipt,
    answer: &AuthResData,
    purchase: &Purchase,
    price: Amount,
    merchant: Thumb,
) -> Option<&'static str> {
    let tags = &answer.auth_tags;
    let header = &answer.auth_res_payload.auth_header;
    let hod = purchase.request.as_ref().map(|request| request.oi_data.0.hod);
    let ratio = price.to_wire().ok().and_then(|price| Ratio::of(&header.auth_amt, &price));
    let captured = answer.auth_res_payload.cap_res_payload.as_ref();
    let captured = captured.is_some_and(|payload| payload.cap_code == CapCode::Success);
    let checks = [
        (receipt.xid == tags.trans_ids.xid, "XID"),
        (receipt.auth_rrpid == tags.auth_rr_tags.rrpid, "AuthRRPID"),
        (receipt.p_req_date == tags.trans_ids.p_req_date, "the date"),
        (receipt.merchant_id == tags.auth_rr_tags.mer_term_ids.merchant_id, "the merchant id"),
        (receipt.merchant_cert_hash.as_bytes() == merchant.as_bytes(), "the merchant"),
        (Some(receipt.hod) == hod, "the order"),
        (receipt.auth_code == header.auth_code, "the result"),
        (receipt.auth_ratio == ratio, "the amount"),
        (receipt.captured == captured, "the capture"),
    ];
    checks.into_iter().find(|(same, _)| !same).map(|(_, field)| field)
}

/// The capture that came with an authorization (captureNow).
fn captured_now(
    record: &Authorization,
    payload: &CapResPayload,
    approved: Amount,
    now: jiff::Timestamp,
) -> Capture {
    let success = payload.cap_code == CapCode::Success;
    let captured = Amount::from_wire(&payload.cap_amt).ok().filter(|_| success);
    Capture {
        rrpid: record.rrpid.clone(),
        asked: approved,
        state: if success { CaptureState::Captured } else { CaptureState::Refused },
        decided_at: Some(now),
        cap_code: Some(payload.cap_code.number()),
        reason: (!success).then(|| payload.cap_code.name().to_owned()),
        captured,
    }
}
