//! PInitReq -> PInitRes: opens a purchase, and settles gateway and suite.

use counterfoil_crypto::suite::Suite;
use counterfoil_message::exchange::error_message::ErrorCode;
use counterfoil_message::exchange::purchase_init::{PInitReq, PInitRes, PInitResData};
use counterfoil_message::primitive::{CertThumb, Challenge, Date, TransIds, Xid};
use counterfoil_message::treatment::{self, Sender};
use counterfoil_pki::Certificate;

use super::gateway_call::later;
use super::gateway_certificate::Chosen;
use super::ledger::{PURCHASES, Purchase, PurchaseState};
use super::order::{ORDERS, Order, OrderId, PURCHASES_PER_ORDER_MAX};
use super::receive::Request;
use super::setup::Brand;
use super::{Merchant, Turn, shop};
use crate::conversation::header::{InnerIds, check_ids, header, message_ids, wrap};
use crate::conversation::held::Bag;
use crate::conversation::refusal::{check_extensions, unable};
use crate::conversation::{Failed, Refusal, Stored};
use crate::event::Event;
use crate::records::Octets;

impl Merchant {
    pub(super) fn purchase_init(
        &mut self,
        turn: &mut Turn<'_, '_>,
        request: &Request<'_>,
        asked: PInitReq,
    ) -> Result<(), Failed> {
        let inner = InnerIds {
            rrpid: &asked.rrpid,
            lid_c: Some(&asked.lid_c),
            lid_m: asked.lid_m.as_ref(),
            xid: None,
        };
        check_ids(&request.wrapper.header, inner)?;
        let (id, order) = order_asked_for(turn, &asked)?;
        let brand = self.brand(asked.brand_id.as_str()).ok_or_else(|| {
            let message = format!("brand '{}' is not accepted", asked.brand_id);
            Refusal::new(ErrorCode::UnspecifiedFailure, "brand-not-accepted", message)
        })?;
        let chosen = match self.choose_gateway(turn, &brand, &asked.suites) {
            Err(Failed::Refused(refusal)) if refusal.may_pass => {
                self.seek_gateway(turn, &brand)?;
                return Err(Failed::Refused(refusal));
            }
            chosen => chosen?,
        };
        check_extensions([asked.pi_rq_extensions.as_ref()])?;
        let purchase = open(turn, &asked, id, &chosen);
        let body = self.purchase_init_response(turn, &brand, &asked, &purchase, &chosen)?;
        self.keep_opened(turn, order, &purchase);
        let xid = purchase.trans_ids.0.xid;
        let event = Event::info("purchase.opened").with("order", id.to_string());
        turn.event(event.xid(xid.as_bytes()).with("suite", purchase.suite));
        Ok(self.answer(turn, &asked.rrpid, Some(&xid), "PInitRes", &body)?)
    }

    fn purchase_init_response(
        &self,
        turn: &mut Turn<'_, '_>,
        brand: &Brand,
        asked: &PInitReq,
        purchase: &Purchase,
        chosen: &Chosen,
    ) -> Result<Vec<u8>, Failed> {
        let certificates = brand.identity.chain.iter().chain(&chosen.chain);
        let bag = Bag::new(&self.trust, brand.name.as_str(), certificates, asked.thumbs.as_ref());
        let data = PInitResData {
            trans_ids: purchase.trans_ids.0.clone(),
            rrpid: asked.rrpid,
            chall_c: asked.chall_c,
            chall_m: purchase.chall_m.0,
            brand_crl_identifier: bag.bci,
            pe_thumb: CertThumb::new(*chosen.certificate.thumb().as_bytes()),
            thumbs: asked.thumbs.clone(),
            pi_rs_extensions: None,
            suites: asked.suites.clone(),
            suite: chosen.suite.oid,
        };
        let chain = with_gateway(bag.certificates, &chosen.certificate);
        let sender = Sender { crls: &bag.crls, ..brand.sender(&chain) };
        let signed = treatment::sign(&sender, &data, turn.env.rng)?;
        let header = header(turn.env.now, Some(message_ids(&data.trans_ids)), asked.rrpid);
        Ok(wrap(header, &PInitRes(signed)).map_err(unable)?)
    }

    /// Remembers an opened purchase; it ends by itself when no PReq comes.
    fn keep_opened(&self, turn: &mut Turn<'_, '_>, mut order: Order, purchase: &Purchase) {
        let key = *purchase.trans_ids.0.xid.as_bytes();
        let end = later(turn.env.now, self.settings.purchase_open_ms_max);
        order.purchases_opened += 1;
        ORDERS.put(turn.env.records, &purchase.order.key(), &order);
        PURCHASES.put(turn.env.records, &key, purchase);
        PURCHASES.set_alarm(turn.env.records, &key, Some(end));
    }
}

/// The order that is to be paid, when it still can be.
fn order_asked_for(turn: &mut Turn<'_, '_>, asked: &PInitReq) -> Result<(OrderId, Order), Failed> {
    let records = &*turn.env.records;
    let found = match &asked.lid_m {
        Some(label) => shop::order_of_label(records, label)?,
        None => None,
    };
    let (id, order) = found.ok_or_else(|| {
        Refusal::new(ErrorCode::UnknownLid, "order-unknown", "no order has this LID-M")
    })?;
    let paying = shop::purchase_of(records, &order)?.map(|purchase| purchase.state());
    if let Some(state) = paying {
        refuse_second_payment(state)?;
    }
    if order.purchases_opened >= PURCHASES_PER_ORDER_MAX {
        let message = format!("more than {PURCHASES_PER_ORDER_MAX} purchases of one order");
        let code = ErrorCode::UnspecifiedFailure;
        return Err(Refusal::new(code, "purchases-per-order-limit", message).into());
    }
    Ok((id, order))
}

/// An order is paid once. While it is being paid, another payment may be welcome later: the first
/// may yet be declined.
fn refuse_second_payment(state: PurchaseState) -> Result<(), Refusal> {
    match state {
        PurchaseState::Declined => Ok(()),
        PurchaseState::Authorized | PurchaseState::PartlyCaptured | PurchaseState::Captured => {
            let message = "the order is already paid";
            Err(Refusal::new(ErrorCode::OrderPaid, "order-paid-before", message))
        }
        PurchaseState::Voided => {
            let message = "the order was voided, and takes no payment any more";
            Err(Refusal::new(ErrorCode::UnspecifiedFailure, "order-voided", message))
        }
        PurchaseState::Opened | PurchaseState::Received | PurchaseState::Undecided => {
            let message = "the order is being paid";
            Err(Refusal::new(ErrorCode::UnspecifiedFailure, "order-being-paid", message))
        }
    }
}

fn open(turn: &mut Turn<'_, '_>, asked: &PInitReq, order: OrderId, chosen: &Chosen) -> Purchase {
    let suite: &'static Suite = chosen.suite;
    let trans_ids = TransIds {
        lid_c: asked.lid_c.clone(),
        lid_m: asked.lid_m.clone(),
        xid: Xid::random(turn.env.rng),
        p_req_date: Date::new(turn.env.now),
        pay_sys_id: None,
        language: asked.language.clone(),
    };
    Purchase {
        order,
        trans_ids: Stored(trans_ids),
        brand: asked.brand_id.to_string(),
        bin: asked.bin.to_string(),
        suite: suite.name.to_owned(),
        chall_c: Stored(asked.chall_c),
        chall_m: Stored(Challenge::random(turn.env.rng)),
        gateway_exchange: Octets(chosen.certificate.der().to_vec()),
        opened_at: turn.env.now,
        request: None,
        authorizations: Vec::new(),
    }
}

/// The gateway's certificate goes along in any case: it is what the wallet seals for.
fn with_gateway(mut bag: Vec<Certificate>, gateway: &Certificate) -> Vec<Certificate> {
    if !bag.contains(gateway) {
        bag.push(gateway.clone());
    }
    bag
}
