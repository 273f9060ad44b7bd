//! AuthRevRes: what the gateway gave back, with its receipt for the cardholder.

use counterfoil_message::container::Signed;
use counterfoil_message::exchange::authorization_reversal::{
    AuthRevCode, AuthRevRes, AuthRevResBaggage, AuthRevResData,
};
use counterfoil_message::exchange::error_message::ErrorCode;
use counterfoil_message::exchange::purchase::AuthRevReceipt;
use counterfoil_message::primitive::{Ratio, Rrpid};
use counterfoil_message::treatment::{self, Authentic, Binding, Check};
use counterfoil_message::wrapper::MessageWrapper;
use counterfoil_pki::Roles;
use counterfoil_pki::trust::Need;

use super::authorization_request::brand_gone;
use super::authorization_response::{check_gateway, price};
use super::ledger::{Authorization, AuthorizationState, PURCHASES, Purchase, VoidState};
use super::setup::Brand;
use super::{Merchant, Turn};
use crate::amount::Amount;
use crate::conversation::header::{InnerIds, check_ids};
use crate::conversation::refusal::{check_extensions, unable};
use crate::conversation::{Failed, Refusal, Stored};
use crate::event::Event;
use crate::records::RecordsError;

/// AuthRevRes after every check.
enum Answer {
    /// Reversed: the new token and the receipt.
    Done(AuthRevResBaggage),
    /// Not reversed.
    Refused(AuthRevCode),
}

impl Merchant {
    pub(super) fn void_answered(
        &mut self,
        turn: &mut Turn<'_, '_>,
        rrpid: &Rrpid,
        xid: &[u8],
        wrapper: &MessageWrapper,
    ) -> Result<(), Failed> {
        let mut purchase = PURCHASES.get(turn.env.records, xid)?.ok_or_else(unknown)?;
        let brand = self.brand(&purchase.brand).ok_or_else(brand_gone)?;
        let place = open_void(&purchase, rrpid).ok_or_else(unknown)?;
        let price = price(turn, &purchase)?;
        let answer = self.open_void_answer(turn, &brand, &purchase, place, price, wrapper)?;
        let now = turn.env.now;
        let authorization = &mut purchase.authorizations[place];
        let void = authorization.void.as_mut().ok_or_else(unknown)?;
        void.decided_at = Some(now);
        let event = match answer {
            Answer::Done(baggage) => {
                void.state = VoidState::Done;
                void.code = Some(AuthRevCode::Approved.number());
                void.receipt = baggage.receipt.map(Stored);
                if void.remaining.minor == 0 {
                    authorization.state = AuthorizationState::Voided;
                }
                authorization.cap_token = baggage.cap_token_new.map(Stored);
                Event::info("void.performed")
            }
            Answer::Refused(code) => {
                void.state = VoidState::Refused;
                void.code = Some(code.number());
                void.reason = Some(code.name().to_owned());
                Event::warning("void.refused").with("code", code.name())
            }
        };
        turn.event(event.xid(xid).rrpid(rrpid.as_bytes()));
        PURCHASES.put(turn.env.records, xid, &purchase);
        Ok(())
    }

    /// Opens and verifies AuthRevRes and everything in it.
    fn open_void_answer(
        &mut self,
        turn: &mut Turn<'_, '_>,
        brand: &Brand,
        purchase: &Purchase,
        place: usize,
        price: Amount,
        wrapper: &MessageWrapper,
    ) -> Result<Answer, Failed> {
        let binding = Binding::of_header(&wrapper.header).map_err(unable)?;
        let need = Need::sign(Roles::PGWY).of_brand(brand.name.as_str());
        let mut check = Check { trust: &mut self.trust, now: turn.env.now, need };
        let (answer, baggage) = match wrapper.message.decode::<AuthRevRes>()? {
            AuthRevRes::EncB(sealed) => {
                let opener = brand.opener();
                let answer = treatment::open_enc_b(&sealed, &opener, &binding, &mut check)?;
                (answer, Some(sealed.baggage))
            }
            AuthRevRes::Enc(sealed) => {
                (treatment::open_enc(&sealed, &brand.opener(), &binding, &mut check)?, None)
            }
        };
        check_gateway(answer.signer().certificate(), purchase)?;
        let data = answer.content();
        let authorization = &purchase.authorizations[place];
        check_answer(data, authorization, brand, wrapper)?;
        if let Some(thumb) = &data.pe_thumb {
            self.renew_gateway(turn, brand, *thumb.thumbprint.as_bytes(), answer.bag())?;
        }
        if data.auth_rev_code != AuthRevCode::Approved {
            return Ok(Answer::Refused(data.auth_rev_code));
        }
        check_amounts(data, authorization)?;
        let baggage = baggage.ok_or_else(no_receipt)?;
        let signed = baggage.receipt.as_ref().ok_or_else(no_receipt)?;
        let asked = Reversed { brand, purchase, authorization, price };
        self.check_rev_receipt(turn, &asked, &answer, signed)?;
        Ok(Answer::Done(baggage))
    }

    /// The receipt is the gateway's, and says what was asked for.
    fn check_rev_receipt(
        &mut self,
        turn: &mut Turn<'_, '_>,
        asked: &Reversed<'_>,
        answer: &Authentic<AuthRevResData>,
        signed: &Signed<AuthRevReceipt>,
    ) -> Result<(), Failed> {
        let need = Need::sign(Roles::PGWY).of_brand(asked.brand.name.as_str());
        let mut check = Check { trust: &mut self.trust, now: turn.env.now, need };
        let receipt = treatment::verify(signed, &mut check)?;
        let signer = receipt.signer().certificate().thumb();
        if signer != answer.signer().certificate().thumb() {
            let message = "the receipt is signed by another gateway than the answer";
            let code = ErrorCode::SignatureFailure;
            return Err(Refusal::new(code, "receipt-signer", message).into());
        }
        match asked.difference(receipt.content()) {
            None => Ok(()),
            Some(field) => {
                let message = format!("receipt and reversal differ in {field}");
                Err(Refusal::new(ErrorCode::SignatureFailure, "receipt-mismatch", message).into())
            }
        }
    }

    /// The gateway refused to process the AuthRevReq, so nothing is reversed.
    pub(super) fn void_refused(
        &mut self,
        turn: &mut Turn<'_, '_>,
        rrpid: &Rrpid,
        xid: &[u8],
        code: ErrorCode,
    ) -> Result<(), RecordsError> {
        let event = Event::warning("void.refused").with("code", code.name());
        let reason = format!("error {}", code.name());
        void_ends(turn, rrpid, xid, VoidState::Refused, &reason, event)
    }

    /// The gateway stayed silent for as long as the merchant asks.
    pub(super) fn void_undecided(
        &mut self,
        turn: &mut Turn<'_, '_>,
        rrpid: &Rrpid,
        xid: &[u8],
    ) -> Result<(), RecordsError> {
        let event = Event::error("void.undecided");
        void_ends(turn, rrpid, xid, VoidState::Undecided, "gateway-silent", event)
    }
}

/// What a receipt of a reversal must be about.
struct Reversed<'a> {
    brand: &'a Brand,
    purchase: &'a Purchase,
    authorization: &'a Authorization,
    price: Amount,
}

impl Reversed<'_> {
    /// The first field in which the receipt says something else.
    fn difference(&self, receipt: &AuthRevReceipt) -> Option<&'static str> {
        let tags = &self.authorization.tags.0;
        let hod = self.purchase.request.as_ref().map(|request| request.oi_data.0.hod);
        let stays = self.authorization.void.as_ref().map(|void| void.remaining);
        let stays = stays.filter(|amount| amount.minor > 0);
        let ratio =
            stays.and_then(|stays| Ratio::of(&stays.to_wire().ok()?, &self.price.to_wire().ok()?));
        let checks = [
            (receipt.xid == tags.trans_ids.xid, "XID"),
            (receipt.auth_rrpid == tags.auth_rr_tags.rrpid, "AuthRRPID"),
            (receipt.merchant_id == self.brand.merchant_id, "the merchant id"),
            (Some(receipt.hod) == hod, "the order"),
            (receipt.auth_ratio == ratio, "the amount"),
        ];
        checks.into_iter().find(|(same, _)| !same).map(|(_, field)| field)
    }
}

fn void_ends(
    turn: &mut Turn<'_, '_>,
    rrpid: &Rrpid,
    xid: &[u8],
    state: VoidState,
    reason: &str,
    event: Event,
) -> Result<(), RecordsError> {
    let Some(mut purchase) = PURCHASES.get(turn.env.records, xid)? else { return Ok(()) };
    let Some(place) = open_void(&purchase, rrpid) else { return Ok(()) };
    if let Some(void) = &mut purchase.authorizations[place].void {
        void.state = state;
        void.reason = Some(reason.to_owned());
        void.decided_at = Some(turn.env.now);
    }
    PURCHASES.put(turn.env.records, xid, &purchase);
    turn.event(event.xid(xid).rrpid(rrpid.as_bytes()));
    Ok(())
}

/// The authorization whose reversal this RRPID asked for, while it has no answer.
fn open_void(purchase: &Purchase, rrpid: &Rrpid) -> Option<usize> {
    purchase.authorizations.iter().position(|authorization| {
        authorization.void_open()
            && authorization.void.as_ref().is_some_and(|void| void.rrpid.0 == rrpid.as_bytes())
    })
}

fn unknown() -> Refusal {
    let message = "no reversal is open under this RRPID";
    Refusal::new(ErrorCode::UnknownRrpid, "reversal-unknown", message)
}

fn no_receipt() -> Refusal {
    let message = "the gateway reversed and gave no receipt for the cardholder";
    Refusal::new(ErrorCode::SignatureRequired, "receipt-missing", message)
}

/// The answer is to this reversal of this merchant, about this purchase.
fn check_answer(
    data: &AuthRevResData,
    authorization: &Authorization,
    brand: &Brand,
    wrapper: &MessageWrapper,
) -> Result<(), Refusal> {
    let tags = &data.auth_rev_tags.auth_rev_rr_tags;
    let new = &data.auth_res_data_new;
    check_ids(&wrapper.header, InnerIds::of(&tags.rrpid, &new.trans_ids))?;
    let asked = authorization.void.as_ref().map(|void| void.rrpid.0.as_slice());
    let same = asked == Some(tags.rrpid.as_bytes())
        && tags.mer_term_ids.merchant_id == brand.merchant_id
        && new.trans_ids.xid == authorization.tags.0.trans_ids.xid;
    if !same {
        return Err(unknown());
    }
    let payload = new.auth_res_payload_new.as_ref();
    check_extensions([
        data.a_rv_rs_extensions.as_ref(),
        payload.and_then(|payload| payload.a_rs_extensions.as_ref()),
    ])
}

/// What stays authorized is what was to stay.
fn check_amounts(data: &AuthRevResData, authorization: &Authorization) -> Result<(), Refusal> {
    let wanted = authorization.void.as_ref().map(|void| void.remaining);
    let payload = data.auth_res_data_new.auth_res_payload_new.as_ref();
    let stays = Amount::from_wire(&data.auth_new_amt).ok();
    let named = payload.map(|payload| Amount::from_wire(&payload.auth_header.auth_amt).ok());
    if stays == wanted && named.is_none_or(|named| named == wanted) {
        return Ok(());
    }
    let message = "the gateway left another amount authorized than asked for";
    Err(Refusal::new(ErrorCode::UnspecifiedFailure, "amount-mismatch", message))
}
