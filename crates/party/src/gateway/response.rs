//! What the gateway sends back: AuthRes with its tokens and receipt, CapRes, Error.

use der::asn1::Null;

use counterfoil_message::codec;
use counterfoil_message::container::{Content, Signed, TokenBox};
use counterfoil_message::exchange::authorization::{
    ApprovalCode, AuthCode, AuthHeader, AuthRes, AuthResBaggage, AuthResData, AuthResPayload,
    AuthTags, AuthValCodes, ResponseData,
};
use counterfoil_message::exchange::capture::{
    CapCode, CapItem, CapRes, CapResData, CapResItem, CapResPayload,
};
use counterfoil_message::exchange::purchase::{AuthReceipt, CapReceipt};
use counterfoil_message::primitive::text::Count;
use counterfoil_message::primitive::{
    CurrencyAmount, Date, Digest, MerchantId, PanToken, Ratio, Rrpid, Thumbs,
};
use counterfoil_message::token::{
    AuthToken, AuthTokenData, AuthTokenTbe, CapToken, CapTokenData, TokenOpaque,
};
use counterfoil_message::treatment::{self, Binding, Recipient, Sender};
use counterfoil_pki::{Certificate, Thumb};
use counterfoil_secret::Report;

use super::authorize::OpenedAuthorization;
use super::ledger::{Authorization, CaptureItem, CaptureJob, MERCHANT_CERTIFICATES, MerchantKeys};
use super::{Failed, Gateway, Outcome};
use crate::amount::Amount;
use crate::conversation::header::{header, message_ids, wrap};
use crate::conversation::held::Bag;
use crate::conversation::{Refusal, Turn};

/// What an AuthRes says beyond the tags it repeats.
struct Verdict<'a> {
    tags: &'a AuthTags,
    code: AuthCode,
    approval: Option<&'a str>,
    amount: CurrencyAmount,
    captured: bool,
    baggage: AuthResBaggage,
    lacks_revocation: bool,
}

impl Gateway {
    /// AuthRes to an authorization that the bank decided, or did not answer.
    pub(super) fn response(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        record: &Authorization,
        code: AuthCode,
    ) -> Result<Vec<u8>, Failed> {
        let approved = code == AuthCode::Approved;
        let tags = &record.tags.0;
        let captured = approved && record.sale;
        let receipt = self.auth_receipt(turn, record, code, captured)?;
        let mut baggage = AuthResBaggage {
            cap_token: None,
            acq_card_msg: None,
            auth_token: None,
            receipt: Some(receipt),
        };
        if approved && !captured {
            baggage.cap_token = Some(self.cap_token(turn, record)?);
        }
        if approved {
            baggage.auth_token = self.auth_token(turn, record)?;
        }
        let approval = record.answer.as_ref().and_then(|answer| answer.approval.as_deref());
        let verdict = Verdict {
            tags,
            code,
            approval: approval.filter(|_| approved),
            amount: wire(record.asked)?,
            captured,
            baggage,
            lacks_revocation: record.lacks_revocation,
        };
        self.auth_res(turn, &record.merchant, verdict)
    }

    /// AuthRes to an authorization that failed a check and never reached the bank.
    pub(super) fn refusing_response(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        opened: &OpenedAuthorization,
        code: AuthCode,
    ) -> Result<Vec<u8>, Failed> {
        let item = &opened.request.auth_req_item;
        let baggage =
            AuthResBaggage { cap_token: None, acq_card_msg: None, auth_token: None, receipt: None };
        let verdict = Verdict {
            tags: &item.auth_tags,
            code,
            approval: None,
            amount: item.auth_req_payload.auth_req_amt,
            captured: false,
            baggage,
            lacks_revocation: self.lacks_revocation(opened.request.m_thumbs.as_ref()),
        };
        self.auth_res(turn, &opened.merchant, verdict)
    }

    fn auth_res(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        merchant: &MerchantKeys,
        verdict: Verdict<'_>,
    ) -> Result<Vec<u8>, Failed> {
        let val_codes = verdict.approval.and_then(|code| ApprovalCode::new(code).ok());
        let response_data = ResponseData {
            auth_val_codes: val_codes.map(|code| AuthValCodes {
                approval_code: Some(code),
                auth_char_ind: None,
                validation_code: None,
                market_spec_data_id: None,
            }),
            resp_reason: None,
            card_type: None,
            avs_result: None,
            log_ref_id: None,
        };
        let zero = verdict.amount.with_amount(counterfoil_message::primitive::Amount::ZERO);
        let approved = verdict.code == AuthCode::Approved;
        let payload = AuthResPayload {
            auth_header: AuthHeader {
                auth_amt: if approved { verdict.amount } else { zero },
                auth_code: verdict.code,
                response_data,
                batch_status: None,
                curr_conv: None,
            },
            cap_res_payload: verdict.captured.then_some(CapResPayload {
                cap_code: CapCode::Success,
                cap_amt: verdict.amount,
                batch_id: None,
                batch_sequence_num: None,
                c_rs_pay_extensions: None,
                receipt: None,
            }),
            a_rs_extensions: None,
        };
        let bag = if verdict.lacks_revocation { self.bag(None) } else { self.chain_alone() };
        let data = AuthResData {
            auth_tags: verdict.tags.clone(),
            brand_crl_identifier: bag.bci.clone(),
            pe_thumb: None,
            auth_res_payload: payload,
        };
        let ids = message_ids(&verdict.tags.trans_ids);
        let header = header(turn.env.now, Some(ids), verdict.tags.auth_rr_tags.rrpid);
        let binding = Binding::of_header(&header).map_err(unable)?;
        let recipient = self.recipient(turn, merchant)?;
        let sealed = treatment::enc_b(
            &self.sender_with(&bag),
            &recipient,
            &binding,
            &data,
            verdict.baggage,
            turn.env.rng,
        )
        .map_err(unable)?;
        Ok(wrap(header, &AuthRes::EncB(sealed)).map_err(unable)?)
    }

    /// CapRes to a job whose items are all decided.
    pub(super) fn capture_response(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        job: &CaptureJob,
    ) -> Result<Vec<u8>, Failed> {
        let request = &job.request.0;
        let mut items = Vec::with_capacity(job.items.len());
        for (item, asked) in job.items.iter().zip(request.cap_item_seq.iter()) {
            let code = item.code.and_then(CapCode::from_number);
            let code = code.unwrap_or(CapCode::UnspecifiedFailure);
            let zero = counterfoil_message::primitive::Amount::ZERO;
            let asked_amount = asked.cap_payload.cap_req_amt;
            let success = code == CapCode::Success;
            items.push(CapResItem {
                trans_ids: asked.trans_ids.clone(),
                auth_rrpid: asked.auth_rrpid,
                cap_res_payload: CapResPayload {
                    cap_code: code,
                    cap_amt: if success { asked_amount } else { asked_amount.with_amount(zero) },
                    batch_id: None,
                    batch_sequence_num: None,
                    c_rs_pay_extensions: None,
                    receipt: self.cap_receipt(turn, job, (item, asked), code)?,
                },
            });
        }
        let lacks = self.lacks_revocation(request.m_thumbs.as_ref());
        let bag = if lacks { self.bag(request.m_thumbs.as_ref()) } else { self.chain_alone() };
        let data = CapResData {
            cap_rr_tags: request.cap_rr_tags.clone(),
            brand_crl_identifier: bag.bci.clone(),
            pe_thumb: None,
            batch_status_seq: None,
            cap_res_item_seq: items.into(),
            c_rs_extensions: None,
        };
        let ids = request.cap_item_seq.iter().next().map(|item| message_ids(&item.trans_ids));
        let header = header(turn.env.now, ids, request.cap_rr_tags.rrpid);
        let binding = Binding::of_header(&header).map_err(unable)?;
        let recipient = self.recipient(turn, &job.merchant)?;
        let sender = self.sender_with(&bag);
        let sealed =
            treatment::enc(&sender, &recipient, &binding, &data, turn.env.rng).map_err(unable)?;
        Ok(wrap(header, &CapRes(sealed)).map_err(unable)?)
    }

    fn auth_receipt(
        &self,
        turn: &mut Turn<'_, '_, Outcome>,
        record: &Authorization,
        code: AuthCode,
        captured: bool,
    ) -> Result<Signed<AuthReceipt>, Failed> {
        let tags = &record.tags.0;
        let approved = code == AuthCode::Approved;
        let ratio = Ratio::of(&wire(record.asked)?, &wire(record.purchase)?);
        let receipt = AuthReceipt {
            xid: tags.trans_ids.xid,
            auth_rrpid: tags.auth_rr_tags.rrpid,
            p_req_date: tags.trans_ids.p_req_date,
            merchant_id: MerchantId::new(&record.merchant.id).map_err(unable)?,
            merchant_cert_hash: Digest::new(thumb(&record.merchant.sign_thumb.0)),
            hod: record.hod.0,
            auth_date: Date::new(turn.env.now),
            auth_code: code,
            auth_ratio: ratio.filter(|_| approved),
            captured,
        };
        Ok(treatment::sign(&self.sender(), &receipt, turn.env.rng).map_err(unable)?)
    }

    fn cap_receipt(
        &self,
        turn: &mut Turn<'_, '_, Outcome>,
        job: &CaptureJob,
        (item, asked): (&CaptureItem, &CapItem),
        code: CapCode,
    ) -> Result<Option<Signed<CapReceipt>>, Failed> {
        let Some(terms) = &item.receipt else { return Ok(None) };
        let success = code == CapCode::Success;
        let amounts = wire(item.amount).ok().zip(wire(terms.purchase).ok());
        let ratio = amounts.and_then(|(part, whole)| Ratio::of(&part, &whole));
        let receipt = CapReceipt {
            xid: asked.trans_ids.xid,
            auth_rrpid: asked.auth_rrpid,
            merchant_id: MerchantId::new(&job.merchant.id).map_err(unable)?,
            hod: Some(terms.hod.0),
            cap_date: Date::new(turn.env.now),
            cap_code: code,
            cap_ratio: ratio.filter(|_| success),
        };
        Ok(Some(treatment::sign(&self.sender(), &receipt, turn.env.rng).map_err(unable)?))
    }

    pub(super) fn cap_token(
        &self,
        turn: &mut Turn<'_, '_, Outcome>,
        record: &Authorization,
    ) -> Result<CapToken, Failed> {
        let token = CapTokenData {
            auth_rrpid: record.tags.0.auth_rr_tags.rrpid,
            auth_amt: wire(record.authorized())?,
            token_opaque: TokenOpaque::new(&[]).map_err(unable)?,
        };
        Ok(CapToken::Plain(self.seal_token(turn, &token)?))
    }

    /// The authorization and amount that a CapToken of this gateway speaks of.
    pub(super) fn open_cap_token(
        &self,
        token: Option<&CapToken>,
    ) -> Result<(Rrpid, Amount), CapCode> {
        let sealed = match token {
            Some(CapToken::Plain(sealed)) => sealed,
            Some(CapToken::Absent(Null)) | None => return Err(CapCode::CapTokenMissing),
            Some(CapToken::WithPan(_)) => return Err(CapCode::InvalidCapToken),
        };
        let data: CapTokenData = self.open_token(sealed).map_err(|_| CapCode::InvalidCapToken)?;
        let amount = Amount::from_wire(&data.auth_amt).map_err(|_| CapCode::InvalidCapToken)?;
        Ok((data.auth_rrpid, amount))
    }

    fn auth_token(
        &self,
        turn: &mut Turn<'_, '_, Outcome>,
        record: &Authorization,
    ) -> Result<Option<AuthToken>, Failed> {
        let Some(account) = &record.account else { return Ok(None) };
        let pan_token: PanToken = self.open_token(&account.0)?;
        let total = Amount { minor: record.earlier_minor + record.asked.minor, ..record.asked };
        let hod = codec::encode(&record.hod.0).map_err(unable)?;
        let token = AuthTokenTbe {
            auth_token_data: AuthTokenData {
                trans_ids: record.tags.0.trans_ids.clone(),
                purch_amt: wire(record.purchase)?,
                merchant_id: MerchantId::new(&record.merchant.id).map_err(unable)?,
                acq_back_key_data: None,
                install_recur_data: record.terms.as_ref().map(|terms| terms.0.clone()),
                recurring_count: Some(Count::new(record.count + 1).map_err(unable)?),
                prev_auth_date_time: Date::new(turn.env.now),
                total_auth_amount: Some(wire(total)?),
                auth_token_opaque: Some(TokenOpaque::new(&hod).map_err(unable)?),
            },
            pan_token,
        };
        Ok(Some(AuthToken(self.seal_token(turn, &token)?)))
    }

    /// The card of a purchase that will be authorized again, sealed for the gateway's records.
    pub(super) fn seal_account(
        &self,
        turn: &mut Turn<'_, '_, Outcome>,
        pan_token: &PanToken,
    ) -> Result<TokenBox, Failed> {
        self.seal_token(turn, pan_token)
    }

    fn seal_token<T: Content>(
        &self,
        turn: &mut Turn<'_, '_, Outcome>,
        token: &T,
    ) -> Result<TokenBox, Failed> {
        Ok(TokenBox::seal(&self.token_key, token, turn.env.rng).map_err(unable)?)
    }

    /// Opens a token of this gateway.
    pub(super) fn open_token<T: Content>(&self, token: &TokenBox) -> Result<T, Refusal> {
        Ok(token.open([&self.token_key])?)
    }

    /// The merchant as recipient of an answer. Its certificate is nearly always held in memory;
    /// after a restart it is read from the records.
    pub(super) fn recipient(
        &self,
        turn: &Turn<'_, '_, Outcome>,
        merchant: &MerchantKeys,
    ) -> Result<Recipient, Failed> {
        let key = &merchant.exchange_thumb.0;
        let held = self.trust.certificate(Thumb(thumb(key))).cloned();
        let certificate = match held {
            Some(held) => held,
            None => {
                let der = MERCHANT_CERTIFICATES.get(turn.env.records, key)?;
                Certificate::from_der(&der.unwrap_or_default().0).map_err(unable)?
            }
        };
        Ok(Recipient::new(&certificate).map_err(unable)?)
    }

    /// Whether a merchant with these thumbs lacks the BrandCRLIdentifier or a CRL that it names.
    pub(super) fn lacks_revocation(&self, held: Option<&Thumbs>) -> bool {
        let bag = Bag::new(&self.trust, &self.settings.brand, [], held);
        bag.bci.is_some() || !bag.crls.is_empty()
    }

    /// What a merchant with these thumbs is sent along with an answer.
    pub(super) fn bag(&self, held: Option<&Thumbs>) -> Bag {
        let own = &self.identity.chain;
        let mut bag = Bag::new(&self.trust, &self.settings.brand, own, held);
        // Those of this gateway's own path go with every answer.
        let missing = own.iter().filter(|ca| !bag.certificates.contains(ca));
        let missing: Vec<Certificate> = missing.cloned().collect();
        bag.certificates.extend(missing);
        bag
    }

    pub(super) fn chain_alone(&self) -> Bag {
        Bag { certificates: self.identity.chain.clone(), ..Bag::default() }
    }

    pub(super) fn sender_with<'a>(&'a self, bag: &'a Bag) -> Sender<'a> {
        Sender { chain: &bag.certificates, crls: &bag.crls, ..self.sender() }
    }

    /// The signer of this gateway's messages.
    pub(super) fn sender(&self) -> Sender<'_> {
        Sender {
            key: self.identity.sign_key.as_ref(),
            certificate: &self.identity.sign_certificate,
            chain: &self.identity.chain,
            crls: &[],
        }
    }
}

fn thumb(octets: &[u8]) -> [u8; 32] {
    octets.try_into().unwrap_or([0; 32])
}

/// An amount as SET writes it.
pub(super) fn wire(amount: Amount) -> Result<CurrencyAmount, Refusal> {
    amount.to_wire().map_err(unable)
}

/// This side could not build what it had to.
pub(super) fn unable(error: impl Report) -> Refusal {
    Refusal::unable(error.id(), error.to_string())
}
