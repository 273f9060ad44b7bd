//! SET messages: what is shown of them, and what is remarked.

mod first;
mod hostile;
mod purchase;
mod remark;

use counterfoil_crypto::oid::suite;
use counterfoil_crypto::suite::P256;
use counterfoil_dissect::key::Keys;
use counterfoil_dissect::layer::{Context, Document, Reader, Reading, set};
use counterfoil_dissect::message::{Direction, Moment};
use counterfoil_dissect::tree::Span;
use counterfoil_message::exchange::authorization::AuthReq;
use counterfoil_message::exchange::purchase::PReq;
use counterfoil_message::exchange::purchase_init::{PInitReq, PInitRes, PInitResData};
use counterfoil_message::instruction::Pi;
use counterfoil_message::pdu::Pdu;
use counterfoil_message::primitive::{
    Bin, BrandId, CertThumb, Challenge, Language, LocalId, Rrpid,
};
use counterfoil_message::treatment::{self, Binding, Sender};
use counterfoil_message::wrapper::{MessageHeader, MessageWrapper};

use rand_chacha::ChaCha20Rng;

use crate::deployment::{BRAND, Deployment, now};
use crate::payment::{self, header, trans_ids};

pub(crate) const PAYMENT: &str = "application/set-payment";

/// One dissection of SET bodies.
pub(crate) struct Session {
    reader: Box<dyn Reader>,
    context: Context,
    pub(crate) time: Moment,
}

impl Session {
    pub(crate) fn new(keys: Keys) -> Self {
        let context = Context { keys, trees: true, await_answers: false };
        let time = Moment(i64::try_from(now().as_nanosecond()).unwrap());
        Self { reader: (set::LAYER.open)(), context, time }
    }

    pub(crate) fn read_as(&mut self, media_type: Option<&str>, bytes: &[u8]) -> Reading {
        let document = Document {
            media_type,
            bytes,
            span: Span::of("body", 0, bytes.len() as u64),
            is_whole: true,
            direction: Direction::ToServer,
            time: self.time,
            subject: "connection 0",
        };
        self.reader.read(&document, &self.context)
    }

    pub(crate) fn read(&mut self, bytes: &[u8]) -> Reading {
        self.read_as(Some(PAYMENT), bytes)
    }

    /// Reads a message that is fine in this context.
    pub(crate) fn fine(&mut self, bytes: &[u8]) -> Reading {
        let reading = self.read(bytes);
        assert_eq!(remarks(&reading), "", "{}", tree(&reading));
        reading
    }
}

/// The ids of all remarks in a line.
pub(crate) fn remarks(reading: &Reading) -> String {
    let ids: Vec<_> = reading.remarks.iter().map(|placed| placed.remark.id).collect();
    ids.join(" ")
}

/// The tree as text.
pub(crate) fn tree(reading: &Reading) -> String {
    let mut lines = Vec::new();
    reading.tree.as_ref().unwrap().lines(0, &mut lines);
    lines.join("\n")
}

/// Numbers that look random and are the same for the same seed.
pub(crate) fn rng(seed: u64) -> ChaCha20Rng {
    crate::deployment::rng(seed)
}

/// A key that the gateway of the deployment opens with.
pub(crate) fn gateway_key(deployment: &Deployment) -> Keys {
    let mut keys = Keys::default();
    let pem = deployment.gateway_exchange.pair.to_pkcs8_pem();
    keys.offer("gateway.pem", pem.expose().as_bytes()).unwrap();
    keys
}

/// A message of its own exchange: headers of different exchanges have different RRPIDs.
pub(crate) fn header_of(number: u8) -> MessageHeader {
    MessageHeader { rrpid: Some(rrpid(number)), ..header() }
}

pub(crate) fn rrpid(number: u8) -> Rrpid {
    Rrpid::new([number; 20])
}

pub(crate) fn wrap(header: MessageHeader, message: &impl Pdu) -> Vec<u8> {
    MessageWrapper::new(header, message).unwrap().encode().unwrap()
}

pub(crate) fn p_init_req() -> PInitReq {
    PInitReq {
        rrpid: rrpid(1),
        language: Language::new("de").unwrap(),
        lid_c: LocalId::new(b"wallet-1").unwrap(),
        lid_m: Some(LocalId::new(b"order-1").unwrap()),
        chall_c: Challenge::new([0x44; 32]),
        brand_id: BrandId::new(BRAND).unwrap(),
        bin: Bin::new("492912").unwrap(),
        thumbs: None,
        pi_rq_extensions: None,
        suites: vec![suite(1)].into(),
    }
}

pub(crate) fn p_init_res_data(deployment: &Deployment) -> PInitResData {
    let gateway = &deployment.gateway_exchange.certificate;
    PInitResData {
        trans_ids: trans_ids(),
        rrpid: rrpid(1),
        chall_c: Challenge::new([0x44; 32]),
        chall_m: Challenge::new([0x55; 32]),
        brand_crl_identifier: Some(deployment.bci.clone()),
        pe_thumb: CertThumb::new(*gateway.thumb().as_bytes()),
        thumbs: None,
        pi_rs_extensions: None,
        suites: vec![suite(1)].into(),
        suite: suite(1),
    }
}

/// PInitRes with everything that the wallet needs.
pub(crate) fn p_init_res(deployment: &Deployment, data: &PInitResData) -> PInitRes {
    let mut chain = deployment.merchant.chain.clone();
    chain.extend(deployment.gateway.chain.iter().take(1).cloned());
    chain.push(deployment.gateway_exchange.certificate.clone());
    let sender = Sender { chain: &chain, ..deployment.merchant.sender() };
    PInitRes(treatment::sign(&sender, data, &mut rng(2)).unwrap())
}

/// The purchase of `payment`, with an RRPID of its own.
pub(crate) fn p_req(deployment: &Deployment) -> PReq {
    let mut purchase = payment::purchase();
    purchase.oi_data.rrpid = rrpid(2);
    let context = payment::context(deployment, &P256);
    let gateway = deployment.gateway_exchange.recipient();
    let sender = deployment.cardholder.sender();
    PReq::DualSigned(purchase.sign(&context, &sender, &gateway, &mut rng(3)).unwrap())
}

/// What the merchant makes of a purchase.
pub(crate) fn auth_req(deployment: &Deployment, p_req: &PReq, header: &MessageHeader) -> AuthReq {
    let PReq::DualSigned(signed) = p_req else { panic!("the purchase is signed") };
    let mut data = payment::auth_req_data();
    data.auth_req_item.auth_tags.auth_rr_tags.rrpid = header.rrpid.unwrap();
    let pi = Pi::DualSigned(signed.pi_dual_signed.clone());
    let sender = deployment.merchant.sender();
    let gateway = deployment.gateway_exchange.recipient();
    let binding = Binding::of_header(header).unwrap();
    AuthReq(treatment::enc_b(&sender, &gateway, &binding, &data, pi, &mut rng(4)).unwrap())
}
