//! CapRes: what the gateway captured, item by item.

use counterfoil_message::exchange::capture::{CapCode, CapRes, CapResData, CapResItem};
use counterfoil_message::exchange::error_message::ErrorCode;
use counterfoil_message::exchange::purchase::CapReceipt;
use counterfoil_message::primitive::Rrpid;
use counterfoil_message::treatment::{self, Binding, Check};
use counterfoil_message::wrapper::MessageWrapper;
use counterfoil_pki::Roles;
use counterfoil_pki::trust::Need;

use super::authorization_request::brand_gone;
use super::authorization_response::check_gateway;
use super::ledger::{Capture, CaptureState, PURCHASES, Purchase};
use super::setup::Brand;
use super::{Merchant, Turn};
use crate::amount::Amount;
use crate::conversation::header::{InnerIds, check_ids};
use crate::conversation::refusal::{check_extensions, unable};
use crate::conversation::{Failed, Refusal};
use crate::event::Event;
use crate::records::{Octets, RecordsError};

impl Merchant {
    pub(super) fn capture_answered(
        &mut self,
        turn: &mut Turn<'_, '_>,
        rrpid: &Rrpid,
        xid: &[u8],
        wrapper: &MessageWrapper,
    ) -> Result<(), Failed> {
        let mut purchase = PURCHASES.get(turn.env.records, xid)?.ok_or_else(unknown)?;
        let brand = self.brand(&purchase.brand).ok_or_else(brand_gone)?;
        let data = self.open_capture_answer(turn, &brand, &purchase, wrapper)?;
        let places = open_items(&purchase, rrpid);
        check_answer(&data, rrpid, &brand, wrapper)?;
        if places.is_empty() || data.cap_res_item_seq.len() != places.len() {
            return Err(unknown().into());
        }
        let mut decided = Vec::with_capacity(places.len());
        for (place, item) in places.iter().zip(data.cap_res_item_seq.iter()) {
            decided.push(self.judge_item(turn, &brand, &purchase, *place, item)?);
        }
        for ((authorization, capture), captured) in places.into_iter().zip(decided) {
            let record = &mut purchase.authorizations[authorization].captures[capture];
            record.decided_at = Some(turn.env.now);
            record.cap_code = Some(captured.code.number());
            record.captured = captured.amount;
            let success = captured.amount.is_some();
            record.state = if success { CaptureState::Captured } else { CaptureState::Refused };
            record.reason = (!success).then(|| captured.code.name().to_owned());
            let name = if success { "capture.performed" } else { "capture.refused" };
            let event = Event::info(name).xid(xid).rrpid(rrpid.as_bytes());
            turn.event(event.with("code", captured.code.name()));
        }
        PURCHASES.put(turn.env.records, xid, &purchase);
        Ok(())
    }

    fn open_capture_answer(
        &mut self,
        turn: &mut Turn<'_, '_>,
        brand: &Brand,
        purchase: &Purchase,
        wrapper: &MessageWrapper,
    ) -> Result<CapResData, Failed> {
        let CapRes(sealed) = wrapper.message.decode()?;
        let binding = Binding::of_header(&wrapper.header).map_err(unable)?;
        let need = Need::sign(Roles::PGWY).of_brand(brand.name.as_str());
        let mut check = Check { trust: &mut self.trust, now: turn.env.now, need };
        let answer = treatment::open_enc(&sealed, &brand.opener(), &binding, &mut check)?;
        check_gateway(answer.signer().certificate(), purchase)?;
        let thumb = answer.content().pe_thumb.as_ref().map(|t| *t.thumbprint.as_bytes());
        if let Some(thumb) = thumb {
            self.renew_gateway(turn, brand, thumb, answer.bag())?;
        }
        Ok(answer.into_content())
    }

    /// One item: the one that was asked for, and never more than that.
    fn judge_item(
        &mut self,
        turn: &mut Turn<'_, '_>,
        brand: &Brand,
        purchase: &Purchase,
        (authorization, capture): (usize, usize),
        item: &CapResItem,
    ) -> Result<Decided, Failed> {
        let record = &purchase.authorizations[authorization];
        let same = item.trans_ids.xid == purchase.trans_ids.0.xid
            && item.auth_rrpid == record.tags.0.auth_rr_tags.rrpid;
        if !same {
            return Err(unknown().into());
        }
        let payload = &item.cap_res_payload;
        check_extensions([payload.c_rs_pay_extensions.as_ref()])?;
        if payload.cap_code != CapCode::Success {
            return Ok(Decided { code: payload.cap_code, amount: None });
        }
        let asked = record.captures[capture].asked;
        let amount = Amount::from_wire(&payload.cap_amt)
            .ok()
            .filter(|amount| amount.currency == asked.currency && amount.minor <= asked.minor)
            .ok_or_else(|| {
                let message = "the gateway captured another amount than asked for";
                Refusal::new(ErrorCode::UnspecifiedFailure, "amount-mismatch", message)
            })?;
        if let Some(signed) = &payload.receipt {
            let need = Need::sign(Roles::PGWY).of_brand(brand.name.as_str());
            let mut check = Check { trust: &mut self.trust, now: turn.env.now, need };
            let receipt = treatment::verify(signed, &mut check)?.into_content();
            check_receipt(&receipt, item, brand)?;
        }
        Ok(Decided { code: payload.cap_code, amount: Some(amount) })
    }

    /// The gateway refused to process the CapReq, so nothing is captured.
    pub(super) fn capture_refused(
        &mut self,
        turn: &mut Turn<'_, '_>,
        rrpid: &Rrpid,
        xid: &[u8],
        code: ErrorCode,
    ) -> Result<(), RecordsError> {
        let event = Event::warning("capture.refused").with("code", code.name());
        let reason = format!("error {}", code.name());
        capture_ends(turn, rrpid, xid, CaptureState::Refused, &reason, event)
    }

    /// The gateway stayed silent for as long as the merchant asks.
    pub(super) fn capture_undecided(
        &mut self,
        turn: &mut Turn<'_, '_>,
        rrpid: &Rrpid,
        xid: &[u8],
    ) -> Result<(), RecordsError> {
        let event = Event::error("capture.undecided");
        capture_ends(turn, rrpid, xid, CaptureState::Undecided, "gateway-silent", event)
    }
}

/// What became of one item.
struct Decided {
    code: CapCode,
    amount: Option<Amount>,
}

fn capture_ends(
    turn: &mut Turn<'_, '_>,
    rrpid: &Rrpid,
    xid: &[u8],
    state: CaptureState,
    reason: &str,
    event: Event,
) -> Result<(), RecordsError> {
    let Some(mut purchase) = PURCHASES.get(turn.env.records, xid)? else { return Ok(()) };
    for (authorization, capture) in open_items(&purchase, rrpid) {
        let record = &mut purchase.authorizations[authorization].captures[capture];
        record.state = state;
        record.reason = Some(reason.to_owned());
        record.decided_at = Some(turn.env.now);
    }
    PURCHASES.put(turn.env.records, xid, &purchase);
    turn.event(event.xid(xid).rrpid(rrpid.as_bytes()));
    Ok(())
}

/// The captures that a CapReq asked for, in the order of its items.
fn open_items(purchase: &Purchase, rrpid: &Rrpid) -> Vec<(usize, usize)> {
    let key = Octets(rrpid.as_bytes().to_vec());
    let open = |capture: &Capture| {
        capture.rrpid == key
            && matches!(capture.state, CaptureState::Asked | CaptureState::Undecided)
    };
    let authorizations = purchase.authorizations.iter().enumerate();
    authorizations
        .flat_map(|(place, authorization)| {
            let captures = authorization.captures.iter().enumerate();
            captures.filter(|(_, capture)| open(capture)).map(move |(at, _)| (place, at))
        })
        .collect()
}

fn unknown() -> Refusal {
    let message = "no capture is open under this RRPID";
    Refusal::new(ErrorCode::UnknownRrpid, "capture-unknown", message)
}

fn check_answer(
    data: &CapResData,
    rrpid: &Rrpid,
    brand: &Brand,
    wrapper: &MessageWrapper,
) -> Result<(), Refusal> {
    let tags = &data.cap_rr_tags;
    check_ids(
        &wrapper.header,
        InnerIds {
            rrpid: &tags.rrpid,
            lid_c: data.cap_res_item_seq.first().map(|item| &item.trans_ids.lid_c),
            lid_m: data.cap_res_item_seq.first().and_then(|item| item.trans_ids.lid_m.as_ref()),
            xid: data.cap_res_item_seq.first().map(|item| &item.trans_ids.xid),
        },
    )?;
    if tags.rrpid != *rrpid || tags.mer_term_ids.merchant_id != brand.merchant_id {
        return Err(unknown());
    }
    check_extensions([data.c_rs_extensions.as_ref()])
}

/// The receipt says what the item says.
fn check_receipt(receipt: &CapReceipt, item: &CapResItem, brand: &Brand) -> Result<(), Refusal> {
    let same = receipt.xid == item.trans_ids.xid
        && receipt.auth_rrpid == item.auth_rrpid
        && receipt.merchant_id == brand.merchant_id
        && receipt.cap_code == item.cap_res_payload.cap_code;
    if same {
        return Ok(());
    }
    let message = "receipt and answer of the gateway differ";
    Err(Refusal::new(ErrorCode::SignatureFailure, "receipt-mismatch", message))
}
