//! AuthRevRes: what stays authorized, with the new token and the cardholder's receipt.

use counterfoil_message::container::Signed;
use counterfoil_message::exchange::authorization::{
    ApprovalCode, AuthCode, AuthHeader, AuthResPayload, AuthValCodes, ResponseData,
};
use counterfoil_message::exchange::authorization_reversal::{
    AuthResDataNew, AuthRevCode, AuthRevReqData, AuthRevRes, AuthRevResBaggage, AuthRevResData,
};
use counterfoil_message::exchange::purchase::AuthRevReceipt;
use counterfoil_message::primitive::{CurrencyAmount, Date, MerchantId, Ratio};
use counterfoil_message::treatment::{self, Binding};
use counterfoil_message::wrapper::MessageHeader;

use super::ledger::{Authorization, MerchantKeys, VoidJob};
use super::response::{unable, wire};
use super::{Failed, Gateway, Outcome};
use crate::conversation::header::{header, message_ids, wrap};
use crate::conversation::held::Bag;
use crate::conversation::{Refusal, Turn};

impl Gateway {
    /// AuthRevRes to a reversal that the bank has done.
    pub(super) fn void_response(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        job: &VoidJob,
        record: &Authorization,
    ) -> Result<Vec<u8>, Failed> {
        let request = &job.request.0;
        let amount = wire(record.authorized())?;
        let capturable = record.capturable_minor() > 0;
        let baggage = AuthRevResBaggage {
            cap_token_new: if capturable { Some(self.cap_token(turn, record)?) } else { None },
            auth_token_new: None,
            receipt: Some(self.rev_receipt(turn, record)?),
        };
        let payload = (record.authorized().minor > 0).then(|| payload_new(record, amount));
        let (header, bag) = self.frame(turn, request);
        let data = data_of(request, AuthRevCode::Approved, amount, payload, &bag)?;
        let binding = Binding::of_header(&header).map_err(unable)?;
        let recipient = self.recipient(turn, &job.merchant)?;
        let sender = self.sender_with(&bag);
        let sealed = treatment::enc_b(&sender, &recipient, &binding, &data, baggage, turn.env.rng)
            .map_err(unable)?;
        Ok(wrap(header, &AuthRevRes::EncB(sealed)).map_err(unable)?)
    }

    /// AuthRevRes to a reversal that was not done; it says what is still authorized.
    pub(super) fn refusing_void_response(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        request: &AuthRevReqData,
        merchant: &MerchantKeys,
        record: Option<&Authorization>,
        code: AuthRevCode,
    ) -> Result<Vec<u8>, Failed> {
        let zero = counterfoil_message::primitive::Amount::ZERO;
        let amount = match record {
            Some(record) => wire(record.authorized())?,
            None => request.auth_new_amt.with_amount(zero),
        };
        let (header, bag) = self.frame(turn, request);
        let data = data_of(request, code, amount, None, &bag)?;
        let binding = Binding::of_header(&header).map_err(unable)?;
        let recipient = self.recipient(turn, merchant)?;
        let sender = self.sender_with(&bag);
        let sealed =
            treatment::enc(&sender, &recipient, &binding, &data, turn.env.rng).map_err(unable)?;
        Ok(wrap(header, &AuthRevRes::Enc(sealed)).map_err(unable)?)
    }

    /// The header of the answer, and the certificates and CRLs that go with it.
    fn frame(
        &self,
        turn: &Turn<'_, '_, Outcome>,
        request: &AuthRevReqData,
    ) -> (MessageHeader, Bag) {
        let ids = request
            .auth_req_data
            .as_ref()
            .map(|data| message_ids(&data.auth_req_item.auth_tags.trans_ids));
        let header = header(turn.env.now, ids, request.auth_rev_tags.auth_rev_rr_tags.rrpid);
        let thumbs = request.m_thumbs.as_ref();
        let lacks = self.lacks_revocation(thumbs);
        (header, if lacks { self.bag(thumbs) } else { self.chain_alone() })
    }

    fn rev_receipt(
        &self,
        turn: &mut Turn<'_, '_, Outcome>,
        record: &Authorization,
    ) -> Result<Signed<AuthRevReceipt>, Failed> {
        let tags = &record.tags.0;
        let stays = record.authorized().minor > 0;
        let ratio = Ratio::of(&wire(record.authorized())?, &wire(record.purchase)?);
        let receipt = AuthRevReceipt {
            xid: tags.trans_ids.xid,
            auth_rrpid: tags.auth_rr_tags.rrpid,
            merchant_id: MerchantId::new(&record.merchant.id).map_err(unable)?,
            hod: record.hod.0,
            rev_date: Date::new(turn.env.now),
            auth_ratio: ratio.filter(|_| stays),
        };
        Ok(treatment::sign(&self.sender(), &receipt, turn.env.rng).map_err(unable)?)
    }
}

fn data_of(
    request: &AuthRevReqData,
    code: AuthRevCode,
    amount: CurrencyAmount,
    payload: Option<AuthResPayload>,
    bag: &Bag,
) -> Result<AuthRevResData, Refusal> {
    let original = request.auth_req_data.as_ref();
    let trans_ids = original.map(|data| data.auth_req_item.auth_tags.trans_ids.clone());
    let trans_ids = trans_ids.ok_or_else(|| {
        Refusal::unable("reversal-unnamed", "a reversal without authReqData was recorded")
    })?;
    Ok(AuthRevResData {
        auth_rev_code: code,
        auth_rev_tags: request.auth_rev_tags.clone(),
        brand_crl_identifier: bag.bci.clone(),
        pe_thumb: None,
        auth_new_amt: amount,
        auth_res_data_new: AuthResDataNew { trans_ids, auth_res_payload_new: payload },
        a_rv_rs_extensions: None,
    })
}

/// The result that stands instead of the first: the same approval, for less.
fn payload_new(record: &Authorization, amount: CurrencyAmount) -> AuthResPayload {
    let approval = record.answer.as_ref().and_then(|answer| answer.approval.as_deref());
    let approval = approval.and_then(|code| ApprovalCode::new(code).ok());
    AuthResPayload {
        auth_header: AuthHeader {
            auth_amt: amount,
            auth_code: AuthCode::Approved,
            response_data: ResponseData {
                auth_val_codes: approval.map(|code| AuthValCodes {
                    approval_code: Some(code),
                    auth_char_ind: None,
                    validation_code: None,
                    market_spec_data_id: None,
                }),
                resp_reason: None,
                card_type: None,
                avs_result: None,
                log_ref_id: None,
            },
            batch_status: None,
            curr_conv: None,
        },
        cap_res_payload: None,
        a_rs_extensions: None,
    }
}
