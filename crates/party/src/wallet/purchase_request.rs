//! PReq: the order for the merchant, the payment instruction for the gateway, one signature.
//!
//! Its octets are stored before they are sent, and repeated unchanged. They hold the card only
//! sealed for the gateway.

use counterfoil_message::account::trans_stain;
use counterfoil_message::dual::{self, Context};
use counterfoil_message::exchange::error_message::ErrorCode;
use counterfoil_message::exchange::purchase::{OiData, PReq};
use counterfoil_message::instruction::{PiHead, PiInputs};
use counterfoil_message::primitive::{CardNumber, ExNonce, MerchantId, Nonce, PanData, Rrpid};
use counterfoil_secret::Fault;

use super::ledger::{Agreed, Exchange, Purchase, Sending, State};
use super::purchase_init::{Hod, Settled};
use super::setup::Card;
use super::{Turn, Wallet, ledger};
use crate::conversation::header::{header, message_ids, software, wrap};
use crate::conversation::order_digest::order_digest;
use crate::conversation::refusal::unable;
use crate::conversation::{Failed, Refusal, Stored};
use crate::event::Event;
use crate::records::Octets;

impl Wallet {
    /// Makes PReq and puts it into the purchase, ready to send.
    pub(super) fn prepare_purchase(
        &mut self,
        turn: &mut Turn<'_, '_>,
        lid_c: &[u8],
        purchase: &mut Purchase,
        init: &Sending,
        settled: Settled,
    ) -> Result<(), Failed> {
        let card = self.card(&purchase.card).ok_or_else(card_gone)?;
        let rrpid = Rrpid::random(turn.env.rng);
        let od_salt = Nonce::random(turn.env.rng);
        let shown = &purchase.shown;
        let hod = order_digest(&shown.description, shown.amount, od_salt).ok_or_else(|| {
            let message = "the order is longer than a message can stand for";
            Refusal::new(ErrorCode::MessageTooBig, "order-too-long", message)
        })?;
        let oi_data = OiData {
            trans_ids: settled.data.trans_ids.clone(),
            rrpid,
            chall_c: init.challenge.0,
            hod,
            od_salt,
            chall_m: Some(settled.data.chall_m),
            brand_id: None,
            bin: card.bin(),
            od_ext_oids: None,
            oi_extensions: None,
        };
        let body = sign(turn, purchase, &card, &settled, oi_data, hod)?;
        let trans_ids = settled.data.trans_ids;
        let certificate = settled.merchant.certificate();
        ledger::index(turn.env.records, &trans_ids.xid, lid_c);
        let name = certificate.common_name().unwrap_or_default().to_owned();
        let event = Event::info("purchase.agreed").xid(trans_ids.xid.as_bytes());
        turn.event(event.with("merchant", name.as_str()).with("suite", settled.suite.name));
        purchase.agreed = Some(Agreed {
            trans_ids: Stored(trans_ids),
            merchant_thumb: Octets(certificate.thumb().as_bytes().to_vec()),
            merchant_name: name,
            merchant_id: settled.merchant_id,
            gateway_exchange: Octets(settled.gateway.certificate().der().to_vec()),
            hod: Stored(hod),
            chall_c: init.challenge.clone(),
            p_req_rrpid: Stored(rrpid),
            p_req: Octets(body),
        });
        purchase.state = State::Sent;
        purchase.sending = purchase.purchase_again();
        Ok(())
    }
}

impl Purchase {
    /// PReq, to be sent for the first time or anew, always the same octets.
    pub(super) fn purchase_again(&self) -> Option<Sending> {
        self.agreed.as_ref().map(|agreed| Sending {
            exchange: Exchange::Purchase,
            rrpid: agreed.p_req_rrpid.clone(),
            challenge: agreed.chall_c.clone(),
            body: agreed.p_req.clone(),
            sends: 0,
        })
    }
}

/// The octets of PReq: the dual signature over both halves, the card sealed for the gateway.
fn sign(
    turn: &mut Turn<'_, '_>,
    purchase: &Purchase,
    card: &Card,
    settled: &Settled,
    oi_data: OiData,
    hod: Hod,
) -> Result<Vec<u8>, Failed> {
    let trans_ids = oi_data.trans_ids.clone();
    let rrpid = oi_data.rrpid;
    let pi_head = PiHead {
        trans_ids: trans_ids.clone(),
        inputs: PiInputs { hod, purch_amt: purchase.shown.amount.to_wire().map_err(unable)? },
        merchant_id: MerchantId::new(&settled.merchant_id).map_err(unable)?,
        install_recur_data: None,
        trans_stain: trans_stain(&card.card_secret, &trans_ids.xid),
        sw_ident: software(),
        acq_back_key_data: None,
        pi_extensions: None,
    };
    let pan_data = PanData {
        pan: CardNumber(card.pan.clone()),
        card_expiry: card.expiry.clone(),
        pan_secret: card.pan_secret.clone(),
        ex_nonce: ExNonce::random(turn.env.rng),
    };
    let merchant = settled.merchant.certificate();
    let gateway = settled.gateway.certificate();
    let context = Context::new(settled.suite, merchant, gateway).map_err(unable)?;
    let halves = dual::Purchase { oi_data, pi_head, pan_data };
    let signed = halves.sign(&context, &card.sender(), &settled.gateway, turn.env.rng)?;
    let header = header(turn.env.now, Some(message_ids(&trans_ids)), rrpid);
    Ok(wrap(header, &PReq::DualSigned(signed)).map_err(unable)?)
}

/// A purchase with a card that is no longer in the wallet.
pub(super) fn card_gone() -> Refusal {
    let refusal = Refusal::unable("card-unknown", "the card of the purchase is not in the wallet");
    Refusal { fault: Fault::OurMisuse, ..refusal }
}
