//! Finding the signed structures of one purchase in a journal.

use counterfoil_crypto::cms::ContentInfo;
use counterfoil_crypto::oid::PROTOCOL_DUAL_SIGNATURE;
use counterfoil_pki::Certificate;

use super::ExportRequest;
use crate::codec;
use crate::container::{Detached, Signed};
use crate::evidence::format::{Exporter, SignedAnswer};
use crate::evidence::signature;
use crate::exchange::inquiry::{InqReq, InqReqData, InqRes};
use crate::exchange::purchase::{
    AuthReceipt, OiData, PReq, PReqDualSigned, PRes, PResData, PResPayload,
};
use crate::exchange::purchase_init::{PInitRes, PInitResData};
use crate::instruction::PiTbs;
use crate::pdu::Pdu;
use crate::primitive::{BrandId, Digest, Xid};
use crate::treatment::digest_of;
use crate::wrapper::MessageWrapper;

/// A line of a journal.
#[derive(Debug, Clone, Copy)]
pub struct Journaled<'a> {
    /// Sent by the party that keeps the journal, not received.
    pub sent: bool,
    /// The octets of the whole message.
    pub body: &'a [u8],
}

/// An offer with a purchase that answers it and whose signature holds.
pub(super) struct Candidate {
    pub(super) offer: Signed<PInitResData>,
    pub(super) pi_tbs: PiTbs,
    pub(super) pi_signature: Detached<PiTbs>,
    pub(super) oi_data: OiData,
}

/// The signed structures of one purchase, unverified, each once.
#[derive(Default)]
pub(super) struct Journal {
    offers: Vec<(Signed<PInitResData>, PInitResData)>,
    purchases: Vec<PReqDualSigned>,
    answers: Vec<(Signed<PResData>, PResData)>,
    inquiries: Vec<(Signed<InqReqData>, InqReqData)>,
}

impl Journal {
    /// Reads the journal; what is no message or of another purchase is passed over.
    pub(super) fn read(request: &ExportRequest<'_>) -> Self {
        let mut journal = Self::default();
        for line in request.journal {
            let Ok(wrapper) = MessageWrapper::decode(line.body) else { continue };
            // The wallet asks and the merchant answers.
            let by_wallet = line.sent == (request.party == Exporter::Wallet);
            journal.take(&wrapper, by_wallet, request.xid);
        }
        journal
    }

    fn take(&mut self, wrapper: &MessageWrapper, by_wallet: bool, xid: Xid) {
        let message = &wrapper.message;
        match (message.tag, by_wallet) {
            (PInitRes::TAG, false) => {
                let Ok(PInitRes(signed)) = message.decode() else { return };
                let Ok(data) = signature::peek(&signed) else { return };
                if data.trans_ids.xid == xid && !self.offers.iter().any(|(o, _)| *o == signed) {
                    self.offers.push((signed, data));
                }
            }
            (PReq::TAG, true) => {
                let Ok(PReq::DualSigned(purchase)) = message.decode() else { return };
                let of_purchase = purchase.oi_dual_signed.oi_data.trans_ids.xid == xid;
                if of_purchase && !self.purchases.contains(&purchase) {
                    self.purchases.push(purchase);
                }
            }
            (PRes::TAG, false) => {
                if let Ok(PRes(signed)) = message.decode() {
                    self.take_answer(signed, xid);
                }
            }
            (InqRes::TAG, false) => {
                if let Ok(InqRes(signed)) = message.decode() {
                    self.take_answer(signed, xid);
                }
            }
            (InqReq::TAG, true) => {
                let Ok(InqReq::Signed(signed)) = message.decode() else { return };
                let Ok(data) = signature::peek(&signed) else { return };
                if data.trans_ids.xid == xid {
                    self.inquiries.push((signed, data));
                }
            }
            _ => {}
        }
    }

    fn take_answer(&mut self, signed: Signed<PResData>, xid: Xid) {
        let Ok(data) = signature::peek(&signed) else { return };
        if data.trans_ids.xid == xid {
            self.answers.push((signed, data));
        }
    }

    /// Every offer with every purchase whose dual signature holds under it, those that the
    /// merchant has answered first.
    pub(super) fn candidates(&self, request: &ExportRequest<'_>) -> Vec<Candidate> {
        let mut found = Vec::new();
        for (offer, data) in &self.offers {
            for purchase in &self.purchases {
                found.extend(candidate(offer, data, purchase, request));
            }
        }
        let answered = |oi_data: &OiData| self.answers.iter().any(|(_, a)| answers(a, oi_data));
        found.sort_by_key(|candidate: &Candidate| !answered(&candidate.oi_data));
        found
    }

    /// The answers to this purchase and to inquiries after it, the first of each content.
    pub(super) fn answers(&self, oi_data: &OiData) -> Vec<SignedAnswer> {
        let mut told: Vec<&[PResPayload]> = Vec::new();
        let mut found = Vec::new();
        for (answer, data) in &self.answers {
            let inquiry = self
                .inquiries
                .iter()
                .find(|(_, asked)| asked.rrpid == data.rrpid && asked.chall_c2 == data.chall_c);
            let known = told.contains(&&data.p_res_payload_seq[..]);
            if known || (inquiry.is_none() && !answers(data, oi_data)) {
                continue;
            }
            told.push(&data.p_res_payload_seq);
            let inquiry = inquiry.map(|(signed, _)| signed.clone());
            found.push(SignedAnswer { answer: answer.clone(), inquiry });
        }
        found
    }

    /// Those of `receipts` that no answer holds.
    pub(super) fn receipts_beside(
        &self,
        receipts: &[Signed<AuthReceipt>],
    ) -> Vec<Signed<AuthReceipt>> {
        let payloads = self.answers.iter().flat_map(|(_, data)| data.p_res_payload_seq.iter());
        let inside: Vec<&Signed<AuthReceipt>> =
            payloads.filter_map(|payload| payload.results.as_ref()?.receipt.as_ref()).collect();
        receipts.iter().filter(|receipt| !inside.contains(receipt)).cloned().collect()
    }
}

fn answers(data: &PResData, oi_data: &OiData) -> bool {
    data.rrpid == oi_data.rrpid && data.chall_c == oi_data.chall_c
}

/// The purchase as an answer to the offer, if its signature holds in the offer's context.
fn candidate(
    offer: &Signed<PInitResData>,
    data: &PInitResData,
    purchase: &PReqDualSigned,
    request: &ExportRequest<'_>,
) -> Option<Candidate> {
    let certificates = certificates(offer.content_info(), request);
    let merchant = signature::holds::<PInitResData>(offer.content_info(), None, &certificates);
    let merchant = merchant.ok()?;
    let gateway_thumb = data.pe_thumb.thumbprint;
    let gateway = certificates.iter().find(|c| c.thumb().as_bytes() == gateway_thumb.as_bytes())?;
    let dual = &purchase.oi_dual_signed;
    let pi_tbs = PiTbs {
        protocol: PROTOCOL_DUAL_SIGNATURE,
        suite: data.suite,
        brand_id: BrandId::new(gateway.brand()?).ok()?,
        xid: data.trans_ids.xid,
        merchant_cert_hash: Digest::new(*merchant.thumb().as_bytes()),
        gateway_cert_hash: gateway_thumb,
        h_pi_data: dual.h_pi_data,
        h_oi_data: digest_of(&dual.oi_data).ok()?,
    };
    let pi_signature = purchase.pi_dual_signed.pi_signature.clone();
    let info = pi_signature.content_info();
    let content = codec::encode(&pi_tbs).ok()?;
    let bag = self::certificates(info, request);
    signature::holds::<PiTbs>(info, Some(&content), &bag).ok()?;
    let oi_data = dual.oi_data.clone();
    Some(Candidate { offer: offer.clone(), pi_tbs, pi_signature, oi_data })
}

/// The certificates that came along with a signature, and those that the party has.
fn certificates(info: &ContentInfo, request: &ExportRequest<'_>) -> Vec<Certificate> {
    let (bag, _) = signature::bag(info);
    let came = bag.iter().filter_map(|der| Certificate::from_der(der).ok());
    let own = std::iter::once(request.sender.certificate).chain(request.certificates).cloned();
    came.chain(own).collect()
}
