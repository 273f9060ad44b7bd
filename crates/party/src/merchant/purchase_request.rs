//! PReq: the cardholder's order and payment instruction. Verified, judged, kept, and put to the
//! gateway (SET 1.0 Book 2, PReq processing).

use counterfoil_crypto::suite::Suite;
use counterfoil_message::dual::{self, Context};
use counterfoil_message::exchange::error_message::ErrorCode;
use counterfoil_message::exchange::purchase::{CompletionCode, OiData, PReq, PReqDualSigned};
use counterfoil_message::instruction::Pi;
use counterfoil_message::treatment::{Authentic, Check};
use counterfoil_pki::trust::Need;
use counterfoil_pki::{Certificate, Roles};

use super::authorization_request::{Wanted, brand_gone};
use super::gateway_call::later;
use super::ledger::{PURCHASES, PaymentRequest, Purchase};
use super::order::{ORDERS, Order};
use super::order_check::{Known, Rejection, judge};
use super::receive::Request;
use super::setup::Brand;
use super::{Merchant, Turn, order, shop};
use crate::conversation::header::{InnerIds, check_ids};
use crate::conversation::refusal::unable;
use crate::conversation::{Failed, Refusal, Stored};
use crate::event::Event;
use crate::records::{Octets, RecordsError};

impl Merchant {
    pub(super) fn purchase_request(
        &mut self,
        turn: &mut Turn<'_, '_>,
        request: &Request<'_>,
        asked: PReq,
    ) -> Result<(), Failed> {
        let oi = match &asked {
            PReq::DualSigned(signed) => &signed.oi_dual_signed.oi_data,
            PReq::Unsigned(unsigned) => &unsigned.oi_unsigned.oi_data,
        };
        check_ids(&request.wrapper.header, InnerIds::of(&oi.rrpid, &oi.trans_ids))?;
        let (purchase, order) = purchase_named(turn, oi)?;
        let brand = self.brand(&purchase.brand).ok_or_else(brand_gone)?;
        let PReq::DualSigned(signed) = &asked else {
            let code = CompletionCode::SignatureRequired;
            return self.reject(turn, &purchase, oi, code, "signature-required");
        };
        let verified = self.verify(turn, &brand, &purchase, signed)?;
        let oi = verified.content();
        let paying = match &order.purchase {
            Some(xid) => shop::purchase_of(turn.env.records, &order)?.map(|p| (xid, p.state())),
            None => None,
        };
        let paying = paying.map(|(xid, state)| (xid.0.as_slice(), state));
        let known = Known { purchase: &purchase, order: &order, paying };
        match judge(oi, &known) {
            Ok(_) => self.accept(turn, purchase, order, &verified, signed),
            Err(Rejection::Error(refusal)) => Err(refusal.into()),
            Err(Rejection::Answer { code, id }) => self.reject(turn, &purchase, oi, code, id),
        }
    }

    /// Step 2: the dual signature, under a cardholder's certificate of the brand.
    fn verify(
        &mut self,
        turn: &mut Turn<'_, '_>,
        brand: &Brand,
        purchase: &Purchase,
        signed: &PReqDualSigned,
    ) -> Result<Authentic<OiData>, Failed> {
        let gateway = Certificate::from_der(&purchase.gateway_exchange.0).map_err(unable)?;
        let suite = Suite::by_name(&purchase.suite).map_err(unable)?;
        let merchant = &brand.identity.sign_certificate;
        let context = Context::new(suite, merchant, &gateway).map_err(unable)?;
        let need = Need::sign(Roles::CARD).of_brand(brand.name.as_str());
        let mut check = Check { trust: &mut self.trust, now: turn.env.now, need };
        Ok(dual::verify_order(signed, &context, &mut check)?)
    }

    /// Step 9: keeps the request and asks the gateway. The wallet is answered when the gateway
    /// has decided, or when it is too slow.
    fn accept(
        &mut self,
        turn: &mut Turn<'_, '_>,
        mut purchase: Purchase,
        mut order: Order,
        verified: &Authentic<OiData>,
        signed: &PReqDualSigned,
    ) -> Result<(), Failed> {
        let oi = verified.content();
        let pi = Pi::DualSigned(signed.pi_dual_signed.clone());
        let xid = *oi.trans_ids.xid.as_bytes();
        purchase.request = Some(PaymentRequest {
            rrpid: Octets(oi.rrpid.as_bytes().to_vec()),
            oi_data: Stored(oi.clone()),
            pi: Stored(pi.clone()),
            cardholder_thumb: Octets(verified.signer().certificate().thumb().as_bytes().to_vec()),
            received_at: turn.env.now,
            answered: false,
        });
        let wanted = Wanted {
            amount: order.first_shipment(),
            subsequent: order.shipments_total() > 1,
            pi,
            hod: Some(oi.hod),
        };
        self.ask_authorization(turn, &mut purchase, wanted)?;
        order.purchase = Some(Octets(xid.to_vec()));
        ORDERS.put(turn.env.records, &purchase.order.key(), &order);
        PURCHASES.put(turn.env.records, &xid, &purchase);
        let end = later(turn.env.now, self.settings.pres_wait_ms_max);
        PURCHASES.set_alarm(turn.env.records, &xid, Some(end));
        let event = Event::info("purchase.received").with("order", purchase.order.to_string());
        turn.event(event.xid(&xid).rrpid(oi.rrpid.as_bytes()));
        Ok(())
    }

    fn reject(
        &mut self,
        turn: &mut Turn<'_, '_>,
        purchase: &Purchase,
        oi: &OiData,
        code: CompletionCode,
        id: &'static str,
    ) -> Result<(), Failed> {
        let xid = oi.trans_ids.xid;
        let event = Event::warning("purchase.rejected").with("error", id);
        turn.event(event.xid(xid.as_bytes()).with("code", code.name()));
        let body = self.rejection(turn, purchase, oi, code)?;
        Ok(self.answer(turn, &oi.rrpid, Some(&xid), "PRes", &body)?)
    }

    /// The alarm of a purchase: no PReq came, or the gateway takes longer than the wallet waits.
    pub(super) fn purchase_due(
        &mut self,
        turn: &mut Turn<'_, '_>,
        xid: &[u8],
    ) -> Result<(), RecordsError> {
        PURCHASES.set_alarm(turn.env.records, xid, None);
        let Some(mut purchase) = PURCHASES.get(turn.env.records, xid)? else { return Ok(()) };
        if purchase.request.is_none() {
            PURCHASES.remove(turn.env.records, xid);
            turn.event(Event::info("purchase.expired").xid(xid));
            return Ok(());
        }
        self.answer_purchase(turn, &mut purchase)?;
        PURCHASES.put(turn.env.records, xid, &purchase);
        Ok(())
    }
}

/// Step 4: the record that the XID names, and its order.
fn purchase_named(turn: &Turn<'_, '_>, oi: &OiData) -> Result<(Purchase, Order), Failed> {
    let unknown = || {
        let message = "no purchase has this XID";
        Refusal::new(ErrorCode::UnknownXid, "purchase-unknown", message)
    };
    let records = &*turn.env.records;
    let purchase = PURCHASES.get(records, oi.trans_ids.xid.as_bytes())?.ok_or_else(unknown)?;
    let order = order::order(records, purchase.order)?.ok_or_else(unknown)?;
    Ok((purchase, order))
}
