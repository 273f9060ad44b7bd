//! PRes and InqRes: what the merchant says, what the gateway has signed, and what follows.

use counterfoil_message::container::{Content, Signed};
use counterfoil_message::exchange::error_message::ErrorCode;
use counterfoil_message::exchange::inquiry::InqRes;
use counterfoil_message::exchange::purchase::{AuthRevReceipt, PRes, PResData, PResPayload};
use counterfoil_message::primitive::Ratio;
use counterfoil_message::treatment::{self, Check};
use counterfoil_message::wrapper::MessageWrapper;
use counterfoil_pki::trust::Need;
use counterfoil_pki::{Certificate, Roles};

use super::command::{Reason, Verdict};
use super::ledger::{Agreed, Exchange, PURCHASES, Purchase, Reversal, Sending, State};
use super::receipt_check::Own;
use super::response_check::{Asked, Meaning, Receipt, doubtful, judge_echo, meaning};
use super::{Turn, Wallet};
use crate::conversation::header::{InnerIds, check_ids};
use crate::conversation::{Failed, Refusal, Stored};
use crate::records::{Octets, RecordsError};

impl Wallet {
    pub(super) fn purchase_answered(
        &mut self,
        turn: &mut Turn<'_, '_>,
        lid_c: &[u8],
        purchase: &mut Purchase,
        exchange: Exchange,
        wrapper: &MessageWrapper,
    ) -> Result<(), Failed> {
        let (Some(sending), Some(agreed)) = (purchase.sending.clone(), purchase.agreed.clone())
        else {
            return Ok(());
        };
        let data = self.verify_response(turn, purchase, &agreed, &sending, exchange, wrapper)?;
        let payloads = &data.p_res_payload_seq;
        let receipts: Vec<Receipt> = payloads
            .iter()
            .map(|payload| self.verify_receipt(turn, purchase, &agreed, payload))
            .collect();
        self.keep_reversals(turn, purchase, &agreed, payloads);
        let reversals: Vec<AuthRevReceipt> =
            purchase.reversals.iter().map(|reversal| reversal.said.0.clone()).collect();
        let own = Own {
            trans_ids: &agreed.trans_ids.0,
            merchant_id: &agreed.merchant_id,
            merchant_thumb: &agreed.merchant_thumb.0,
            hod: &agreed.hod.0,
        };
        let meaning = meaning(payloads, &receipts, &reversals, &own, purchase.shown.amount);
        if matches!(meaning, Meaning::Verdict(Verdict::Paid { .. }) | Meaning::Reversed(_)) {
            purchase.receipts = receipt_octets(payloads);
        }
        Ok(self.apply(turn, lid_c, purchase.clone(), meaning)?)
    }

    /// The signature of the merchant of this purchase, and the echo of what was asked.
    fn verify_response(
        &mut self,
        turn: &mut Turn<'_, '_>,
        purchase: &Purchase,
        agreed: &Agreed,
        sending: &Sending,
        exchange: Exchange,
        wrapper: &MessageWrapper,
    ) -> Result<PResData, Failed> {
        let signed = match exchange {
            Exchange::Inquiry => wrapper.message.decode::<InqRes>()?.0,
            Exchange::Init | Exchange::Purchase => wrapper.message.decode::<PRes>()?.0,
        };
        let need = Need::sign(Roles::MER).of_brand(&purchase.brand);
        let mut check = Check { trust: &mut self.trust, now: turn.env.now, need };
        let answer = treatment::verify(&signed, &mut check)?;
        let signer = answer.signer().certificate().thumb();
        if *signer.as_bytes() != *agreed.merchant_thumb.0 {
            let message = "the answer is signed by another merchant";
            let refusal = Refusal::new(ErrorCode::InvalidCertificate, "other-merchant", message);
            return Err(refusal.with_thumb(*signer.as_bytes()).into());
        }
        let data = answer.into_content();
        let asked = Asked {
            rrpid: &sending.rrpid.0,
            trans_ids: &agreed.trans_ids.0,
            challenge: &sending.challenge.0,
        };
        judge_echo(&data, &asked)?;
        check_ids(&wrapper.header, InnerIds::of(&data.rrpid, &data.trans_ids))?;
        Ok(data)
    }

    /// The receipt of one entry, when the gateway of this purchase signed it.
    fn verify_receipt(
        &mut self,
        turn: &mut Turn<'_, '_>,
        purchase: &Purchase,
        agreed: &Agreed,
        payload: &PResPayload,
    ) -> Receipt {
        let results = payload.results.as_ref();
        let signed = results.and_then(|r| r.receipt.as_ref()).ok_or("receipt-missing")?;
        self.by_gateway(turn, purchase, agreed, signed)
    }

    /// Keeps the reversals that the gateway of this purchase signed; of each authorization the
    /// one that leaves the least.
    fn keep_reversals(
        &mut self,
        turn: &mut Turn<'_, '_>,
        purchase: &mut Purchase,
        agreed: &Agreed,
        payloads: &[PResPayload],
    ) {
        let results = payloads.iter().filter_map(|payload| payload.results.as_ref());
        for signed in results.filter_map(|results| results.rev_receipt.as_ref()) {
            let Ok(said) = self.by_gateway(turn, purchase, agreed, signed) else { continue };
            let left = |said: &AuthRevReceipt| said.auth_ratio.map_or(0, Ratio::get);
            let same = |kept: &Reversal| kept.said.0.auth_rrpid == said.auth_rrpid;
            if purchase.reversals.iter().any(|kept| same(kept) && left(&kept.said.0) <= left(&said))
            {
                continue;
            }
            purchase.reversals.retain(|kept| !same(kept));
            let signed = Octets(signed.content_info().as_der().to_vec());
            purchase.reversals.push(Reversal { said: Stored(said), signed });
        }
    }

    /// The content, when a gateway of the brand signed it: the one that the card was sealed for,
    /// whose two certificates have one subject.
    fn by_gateway<T: Content>(
        &mut self,
        turn: &mut Turn<'_, '_>,
        purchase: &Purchase,
        agreed: &Agreed,
        signed: &Signed<T>,
    ) -> Result<T, &'static str> {
        let need = Need::sign(Roles::PGWY).of_brand(&purchase.brand);
        let mut check = Check { trust: &mut self.trust, now: turn.env.now, need };
        let receipt = treatment::verify(signed, &mut check).map_err(|_| "receipt-signer")?;
        let gateway = Certificate::from_der(&agreed.gateway_exchange.0);
        let gateway = gateway.map_err(|_| "receipt-signer")?;
        if receipt.signer().certificate().subject() != gateway.subject() {
            return Err("receipt-signer");
        }
        Ok(receipt.into_content())
    }

    /// What follows from an answer. A gateway's receipt is never taken back by the merchant, only
    /// by the gateway.
    fn apply(
        &mut self,
        turn: &mut Turn<'_, '_>,
        lid_c: &[u8],
        mut purchase: Purchase,
        meaning: Meaning,
    ) -> Result<(), RecordsError> {
        let paid = purchase.state == State::Paid;
        match meaning {
            Meaning::Verdict(verdict @ Verdict::Paid { .. }) => {
                self.conclude(turn, lid_c, purchase, State::Paid, verdict)
            }
            Meaning::Reversed(reason) => {
                let verdict = Verdict::Refused(reason);
                self.conclude(turn, lid_c, purchase, State::Refused, verdict)
            }
            _ if paid => {
                let verdict = purchase.verdict.clone();
                self.conclude(turn, lid_c, purchase, State::Paid, verdict)
            }
            Meaning::Verdict(verdict @ Verdict::Refused(_)) => {
                self.conclude(turn, lid_c, purchase, State::Refused, verdict)
            }
            Meaning::Verdict(verdict) => {
                self.conclude(turn, lid_c, purchase, State::InDoubt, verdict)
            }
            Meaning::Received => {
                purchase.state = State::Received;
                self.wait_or_end(turn, lid_c, purchase)
            }
            Meaning::NotReceived if purchase.state == State::Received => {
                let reason = doubtful("order-lost");
                self.conclude(turn, lid_c, purchase, State::InDoubt, Verdict::InDoubt(reason))
            }
            Meaning::NotReceived if purchase.resends < self.settings.resends_max => {
                purchase.resends += 1;
                purchase.sending = purchase.purchase_again();
                self.send(turn, lid_c, &mut purchase);
                Ok(())
            }
            Meaning::NotReceived => {
                let verdict = Verdict::InDoubt(not_received());
                self.conclude(turn, lid_c, purchase, State::InDoubt, verdict)
            }
        }
    }

    /// The merchant has the order: asks again after a wait, or ends asking.
    fn wait_or_end(
        &mut self,
        turn: &mut Turn<'_, '_>,
        lid_c: &[u8],
        mut purchase: Purchase,
    ) -> Result<(), RecordsError> {
        if purchase.inquiries >= self.settings.inquiries_max {
            return self.give_up(turn, lid_c, purchase, None);
        }
        purchase.sending = None;
        PURCHASES.put(turn.env.records, lid_c, &purchase);
        let at = self.retry_at(turn.env.now, purchase.inquiries + 1);
        PURCHASES.set_alarm(turn.env.records, lid_c, Some(at));
        Ok(())
    }
}

fn receipt_octets(payloads: &[PResPayload]) -> Vec<Octets> {
    let receipts = payloads.iter().filter_map(|entry| entry.results.as_ref()?.receipt.as_ref());
    receipts.map(|receipt| Octets(receipt.content_info().as_der().to_vec())).collect()
}

fn not_received() -> Reason {
    Reason {
        id: "order-not-received".into(),
        message: "the merchant says that it has not got the order".into(),
        hint: "ask again with `inquire`; the payment may still be on its way".into(),
    }
}
