//! Finding the signed structures of one purchase in a journal.

use counterfoil_crypto::cms::{ContentInfo, enveloped};
use counterfoil_crypto::oid::{PROTOCOL_DUAL_SIGNATURE, content_type};
use counterfoil_pki::Certificate;

use super::ExportRequest;
use crate::codec;
use crate::container::{Detached, Sealable, Signed};
use crate::evidence::format::{Exporter, SignedAnswer};
use crate::evidence::signature;
use crate::exchange::authorization::AuthRes;
use crate::exchange::authorization_reversal::AuthRevRes;
use crate::exchange::capture::{CapRes, CapResData};
use crate::exchange::inquiry::{InqReq, InqReqData, InqRes};
use crate::exchange::purchase::{
    AuthReceipt, AuthRevReceipt, CapReceipt, OiData, PReq, PReqDualSigned, PRes, PResData,
    PResPayload,
};
use crate::exchange::purchase_init::{PInitRes, PInitResData};
use crate::instruction::PiTbs;
use crate::pdu::Pdu;
use crate::primitive::{BrandId, Digest, Xid};
use crate::treatment::{Binding, Opener, digest_of};
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
    auth_receipts: Vec<Signed<AuthReceipt>>,
    cap_receipts: Vec<Signed<CapReceipt>>,
    rev_receipts: Vec<Signed<AuthRevReceipt>>,
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
            if request.party == Exporter::Merchant && !line.sent {
                journal.take_from_gateway(&wrapper, request);
            }
        }
        journal
    }

    /// Receipts in AuthRes and AuthRevRes, beside what is sealed, and in CapRes, when it can be
    /// opened.
    fn take_from_gateway(&mut self, wrapper: &MessageWrapper, request: &ExportRequest<'_>) {
        let message = &wrapper.message;
        let of_purchase = |xid: Xid| xid == request.xid;
        if message.tag == AuthRes::TAG {
            let receipt = match message.decode() {
                Ok(AuthRes::EncB(answer)) => answer.baggage.receipt,
                Ok(AuthRes::EncBx(answer)) => answer.baggage.receipt,
                Err(_) => None,
            };
            let own = |receipt: &Signed<AuthReceipt>| {
                signature::peek(receipt).is_ok_and(|content| of_purchase(content.xid))
            };
            self.auth_receipts.extend(receipt.filter(own));
        }
        if message.tag == AuthRevRes::TAG
            && let Ok(AuthRevRes::EncB(answer)) = message.decode()
        {
            let own = |receipt: &Signed<AuthRevReceipt>| {
                signature::peek(receipt).is_ok_and(|content| of_purchase(content.xid))
            };
            self.rev_receipts.extend(answer.baggage.receipt.filter(own));
        }
        if message.tag == CapRes::TAG
            && let Some(data) = request.opener.and_then(|opener| open_capture(wrapper, &opener))
        {
            let items = data.cap_res_item_seq.into_iter();
            let own = items.filter(|item| of_purchase(item.trans_ids.xid));
            self.cap_receipts.extend(own.filter_map(|item| item.cap_res_payload.receipt));
        }
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

    /// Receipts of authorizations, found and `given`, that none of `answers` holds.
    pub(super) fn receipts_beside(
        &self,
        answers: &[SignedAnswer],
        given: &[Signed<AuthReceipt>],
    ) -> Vec<Signed<AuthReceipt>> {
        let inside: Vec<_> =
            answers.iter().flat_map(|signed| receipts_in(&signed.answer)).collect();
        let told = self.answers.iter().flat_map(|(answer, _)| receipts_in(answer));
        let all: Vec<_> = told.chain(self.auth_receipts.iter().chain(given).cloned()).collect();
        once(all.iter().filter(|receipt| !inside.contains(receipt)))
    }

    /// Receipts of reversals that none of `answers` holds.
    pub(super) fn reversals_beside(&self, answers: &[SignedAnswer]) -> Vec<Signed<AuthRevReceipt>> {
        let inside: Vec<_> =
            answers.iter().flat_map(|signed| reversals_in(&signed.answer)).collect();
        let told = self.answers.iter().flat_map(|(answer, _)| reversals_in(answer));
        let all: Vec<_> = told.chain(self.rev_receipts.iter().cloned()).collect();
        once(all.iter().filter(|receipt| !inside.contains(receipt)))
    }

    /// Receipts of captures, found and `given`.
    pub(super) fn captures(&self, given: &[Signed<CapReceipt>]) -> Vec<Signed<CapReceipt>> {
        once(self.cap_receipts.iter().chain(given))
    }
}

/// The gateway's receipts in an answer of the merchant.
pub(super) fn receipts_in(answer: &Signed<PResData>) -> Vec<Signed<AuthReceipt>> {
    let Ok(data) = signature::peek(answer) else { return Vec::new() };
    let results = data.p_res_payload_seq.into_iter().filter_map(|payload| payload.results);
    results.filter_map(|results| results.receipt).collect()
}

/// The gateway's receipts of reversals in an answer of the merchant.
pub(super) fn reversals_in(answer: &Signed<PResData>) -> Vec<Signed<AuthRevReceipt>> {
    let Ok(data) = signature::peek(answer) else { return Vec::new() };
    let results = data.p_res_payload_seq.into_iter().filter_map(|payload| payload.results);
    results.filter_map(|results| results.rev_receipt).collect()
}

/// Each element once, in the order of the first.
fn once<'a, T: Clone + PartialEq + 'a>(elements: impl Iterator<Item = &'a T>) -> Vec<T> {
    elements.fold(Vec::new(), |mut found, element| {
        if !found.contains(element) {
            found.push(element.clone());
        }
        found
    })
}

/// The content of a CapRes; nobody has verified its signature. The receipts in it have their own.
fn open_capture(wrapper: &MessageWrapper, opener: &Opener<'_>) -> Option<CapResData> {
    let CapRes(sealed) = wrapper.message.decode().ok()?;
    let binding = Binding::of_header(&wrapper.header).ok()?;
    let sealed_type = content_type(CapResData::SEALED_TYPE);
    let info = sealed.content_info();
    let opened = enveloped::open(info, opener.key, sealed_type, binding.as_bytes()).ok()?;
    let signed = ContentInfo::from_der(opened.expose().clone()).ok()?;
    signature::peek(&Signed::new(signed)).ok()
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
