//! InqReq -> InqRes: how is my purchase doing? Any number of times, for its cardholder only.

use counterfoil_message::exchange::error_message::ErrorCode;
use counterfoil_message::exchange::inquiry::InqReq;
use counterfoil_message::treatment::{self, Check};
use counterfoil_pki::Roles;
use counterfoil_pki::trust::Need;

use super::authorization_request::brand_gone;
use super::ledger::PURCHASES;
use super::purchase_response::Echo;
use super::receive::Request;
use super::{Merchant, Turn};
use crate::conversation::header::{InnerIds, check_ids};
use crate::conversation::refusal::check_extensions;
use crate::conversation::{Failed, Refusal};

impl Merchant {
    pub(super) fn inquiry(
        &mut self,
        turn: &mut Turn<'_, '_>,
        request: &Request<'_>,
        asked: InqReq,
    ) -> Result<(), Failed> {
        let InqReq::Signed(signed) = asked else {
            let message = "an inquiry is signed by the cardholder";
            let refusal = Refusal::new(ErrorCode::SignatureRequired, "inquiry-unsigned", message);
            return Err(refusal.into());
        };
        let need = Need::sign(Roles::CARD);
        let mut check = Check { trust: &mut self.trust, now: turn.env.now, need };
        let verified = treatment::verify(&signed, &mut check)?;
        let data = verified.content();
        check_ids(&request.wrapper.header, InnerIds::of(&data.rrpid, &data.trans_ids))?;
        let xid = data.trans_ids.xid;
        let purchase = PURCHASES.get(turn.env.records, xid.as_bytes())?.ok_or_else(|| {
            let message = "no purchase has this XID";
            Refusal::new(ErrorCode::UnknownXid, "purchase-unknown", message)
        })?;
        if data.trans_ids.lid_c != purchase.trans_ids.0.lid_c {
            let message = "LID-C is not the one of the purchase";
            return Err(Refusal::new(ErrorCode::UnknownLid, "label-unknown", message).into());
        }
        let signer = verified.signer().certificate().thumb();
        let payer = purchase.request.as_ref().map(|request| request.cardholder_thumb.0.as_slice());
        if payer.is_some_and(|payer| payer != signer.as_bytes()) {
            let message = "another cardholder asks than the one who paid";
            let refusal = Refusal::new(ErrorCode::InvalidCertificate, "other-cardholder", message);
            return Err(refusal.with_thumb(*signer.as_bytes()).into());
        }
        check_extensions([data.inq_rq_extensions.as_ref()])?;
        self.brand(&purchase.brand).ok_or_else(brand_gone)?;
        let echo = Echo { rrpid: &data.rrpid, challenge: &data.chall_c2 };
        let body = self.inquiry_response(turn, &purchase, echo)?;
        Ok(self.answer(turn, &data.rrpid, Some(&xid), "InqRes", &body)?)
    }
}
