//! The messages of one payment, each of which a test may make differently.

use counterfoil_crypto::suite::P256;
use counterfoil_secret::Pan;

use super::world::{World, days, now, rng};
use crate::account::trans_stain;
use crate::container::{Content, Signed};
use crate::dual::{Context, Purchase};
use crate::evidence::{
    Evidence, EvidenceFile, ExportRequest, Exported, Exporter, Journaled, Order, Verification,
    export, verify,
};
use crate::exchange::authorization::AuthCode;
use crate::exchange::capture::CapCode;
use crate::exchange::inquiry::{InqReq, InqReqData, InqRes};
use crate::exchange::purchase::{
    AuthReceipt, AuthRevReceipt, AuthStatus, CapReceipt, CompletionCode, HodInput, OiData,
    OrderDescription, PReq, PReqDualSigned, PRes, PResData, PResPayload, Results,
};
use crate::exchange::purchase_init::{PInitRes, PInitResData};
use crate::instruction::{PiData, PiHead, PiInputs};
use crate::pdu::Pdu;
use crate::primitive::text::Count;
use crate::primitive::{
    Bin, CardExpiry, CardNumber, CardSecret, CertThumb, Challenge, CurrencyAmount, Date, Digest,
    ExNonce, Language, LocalId, MerchantId, Nonce, PanData, PanSecret, Ratio, Rrpid, SwIdent,
    TransIds, Xid,
};
use crate::treatment::{self, Sender, digest_of};
use crate::wrapper::{MessageHeader, MessageWrapper, Version};

pub(super) const ORDER: &str = "2 x paper, 1 x ink";

/// A payment in the world: what is the same in all of its messages.
pub(super) struct Payment<'w> {
    pub(super) world: &'w World,
    /// First octet of every id and salt.
    pub(super) number: u8,
}

pub(super) fn price() -> CurrencyAmount {
    CurrencyAmount::minor(978, 4_990, 2).unwrap()
}

impl<'w> Payment<'w> {
    pub(super) fn new(world: &'w World) -> Self {
        Self { world, number: 0x10 }
    }

    pub(super) fn xid(&self) -> Xid {
        Xid::new([self.number; 20])
    }

    fn sign<T: Content>(&self, sender: &Sender<'_>, content: &T) -> Signed<T> {
        treatment::sign(sender, content, &mut rng(7)).unwrap()
    }

    pub(super) fn trans_ids(&self) -> TransIds {
        TransIds {
            lid_c: LocalId::new(b"wallet").unwrap(),
            lid_m: Some(LocalId::new(b"order").unwrap()),
            xid: self.xid(),
            p_req_date: Date::new(now()),
            pay_sys_id: None,
            language: Language::new("de").unwrap(),
        }
    }

    pub(super) fn hod_input(&self) -> HodInput {
        HodInput {
            od: OrderDescription::new(ORDER.as_bytes()).unwrap(),
            purch_amt: price(),
            od_salt: Nonce::new([self.number + 1; 32]),
            install_recur_data: None,
            od_extensions: None,
        }
    }

    pub(super) fn oi_data(&self) -> OiData {
        OiData {
            trans_ids: self.trans_ids(),
            rrpid: Rrpid::new([self.number + 2; 20]),
            chall_c: Challenge::new([self.number + 3; 32]),
            hod: digest_of(&self.hod_input()).unwrap(),
            od_salt: self.hod_input().od_salt,
            chall_m: Some(Challenge::new([self.number + 4; 32])),
            brand_id: None,
            bin: Bin::new("492912").unwrap(),
            od_ext_oids: None,
            oi_extensions: None,
        }
    }

    pub(super) fn pi_head(&self) -> PiHead {
        PiHead {
            trans_ids: self.trans_ids(),
            inputs: PiInputs { hod: digest_of(&self.hod_input()).unwrap(), purch_amt: price() },
            merchant_id: MerchantId::new("SHOP-1").unwrap(),
            install_recur_data: None,
            trans_stain: trans_stain(&CardSecret::new([0x66; 32]), &self.xid()),
            sw_ident: SwIdent::new("counterfoil tests").unwrap(),
            acq_back_key_data: None,
            pi_extensions: None,
        }
    }

    pub(super) fn pan_data(&self) -> PanData {
        PanData {
            pan: CardNumber(Pan::parse("4929123412341232").unwrap()),
            card_expiry: CardExpiry::new("203012").unwrap(),
            pan_secret: PanSecret::new([0x51; 32]),
            ex_nonce: ExNonce::new([self.number + 5; 32]),
        }
    }

    pub(super) fn pi_data(&self, pi_head: PiHead) -> PiData {
        PiData { pi_head, h_pan_data: digest_of(&self.pan_data()).unwrap() }
    }

    /// PInitRes.
    pub(super) fn offer(&self, change: impl Fn(&mut PInitResData)) -> Signed<PInitResData> {
        let gateway = self.world.gateway_exchange.certificate.thumb();
        let mut data = PInitResData {
            trans_ids: self.trans_ids(),
            rrpid: Rrpid::new([self.number + 6; 20]),
            chall_c: self.oi_data().chall_c,
            chall_m: self.oi_data().chall_m.unwrap(),
            brand_crl_identifier: None,
            pe_thumb: CertThumb::new(*gateway.as_bytes()),
            thumbs: None,
            pi_rs_extensions: None,
            suites: vec![P256.oid].into(),
            suite: P256.oid,
        };
        change(&mut data);
        let merchant = self.world.merchant.sender();
        let mut chain = merchant.chain.to_vec();
        chain.push(self.world.gateway_exchange.certificate.clone());
        chain.push(self.world.pca.certificate.clone());
        self.sign(&Sender { chain: &chain, crls: &self.world.crls, ..merchant }, &data)
    }

    /// PReq.
    pub(super) fn request(&self, change: impl Fn(&mut OiData, &mut PiHead)) -> PReqDualSigned {
        let (mut oi_data, mut pi_head) = (self.oi_data(), self.pi_head());
        change(&mut oi_data, &mut pi_head);
        let world = self.world;
        let (merchant, gateway) = (&world.merchant.certificate, &world.gateway_exchange);
        let context = Context::new(&P256, merchant, &gateway.certificate).unwrap();
        let purchase = Purchase { oi_data, pi_head, pan_data: self.pan_data() };
        let cardholder = world.cardholder.sender();
        purchase.sign(&context, &cardholder, &gateway.recipient(), &mut rng(8)).unwrap()
    }

    /// The gateway's receipt of the authorization.
    pub(super) fn receipt(&self, change: impl Fn(&mut AuthReceipt)) -> Signed<AuthReceipt> {
        let mut receipt = AuthReceipt {
            xid: self.xid(),
            auth_rrpid: Rrpid::new([self.number + 7; 20]),
            p_req_date: Date::new(now()),
            merchant_id: MerchantId::new("SHOP-1").unwrap(),
            merchant_cert_hash: Digest::new(*self.world.merchant.certificate.thumb().as_bytes()),
            hod: digest_of(&self.hod_input()).unwrap(),
            auth_date: Date::new(now()),
            auth_code: AuthCode::Approved,
            auth_ratio: Some(Ratio::ONE),
            captured: false,
        };
        change(&mut receipt);
        self.sign(&self.world.gateway.sender(), &receipt)
    }

    /// The gateway's receipt of the capture.
    pub(super) fn capture(&self, change: impl Fn(&mut CapReceipt)) -> Signed<CapReceipt> {
        let mut receipt = CapReceipt {
            xid: self.xid(),
            auth_rrpid: Rrpid::new([self.number + 7; 20]),
            merchant_id: MerchantId::new("SHOP-1").unwrap(),
            hod: Some(digest_of(&self.hod_input()).unwrap()),
            cap_date: Date::new(now()),
            cap_code: CapCode::Success,
            cap_ratio: Some(Ratio::ONE),
        };
        change(&mut receipt);
        self.sign(&self.world.gateway.sender(), &receipt)
    }

    /// The gateway's receipt that the whole authorization was reversed.
    pub(super) fn reversal(&self, change: impl Fn(&mut AuthRevReceipt)) -> Signed<AuthRevReceipt> {
        let mut receipt = AuthRevReceipt {
            xid: self.xid(),
            auth_rrpid: Rrpid::new([self.number + 7; 20]),
            merchant_id: MerchantId::new("SHOP-1").unwrap(),
            hod: digest_of(&self.hod_input()).unwrap(),
            rev_date: Date::new(now()),
            auth_ratio: None,
        };
        change(&mut receipt);
        self.sign(&self.world.gateway.sender(), &receipt)
    }

    fn answer_data(&self, receipt: Option<Signed<AuthReceipt>>) -> PResData {
        let status = AuthStatus {
            auth_date: Date::new(now()),
            auth_code: AuthCode::Approved,
            auth_ratio: Ratio::ONE,
            curr_conv: None,
        };
        let results = receipt.map(|receipt| Results {
            acq_card_msg: None,
            auth_status: Some(status),
            cap_status: None,
            credit_status_seq: None,
            receipt: Some(receipt),
            rev_receipt: None,
        });
        let completion_code = match results {
            Some(_) => CompletionCode::AuthorizationPerformed,
            None => CompletionCode::OrderReceived,
        };
        let payload = PResPayload { completion_code, results, p_rs_extensions: None };
        PResData {
            trans_ids: self.trans_ids(),
            rrpid: self.oi_data().rrpid,
            chall_c: self.oi_data().chall_c,
            brand_crl_identifier: None,
            p_res_payload_seq: vec![payload].into(),
        }
    }

    /// PRes with the receipt of [`Payment::receipt`].
    pub(super) fn answer(&self, change: impl Fn(&mut PResData)) -> Signed<PResData> {
        let mut data = self.answer_data(Some(self.receipt(|_| ())));
        change(&mut data);
        self.sign(&self.world.merchant.sender(), &data)
    }

    /// PRes before the authorization was decided.
    pub(super) fn early_answer(&self) -> Signed<PResData> {
        self.sign(&self.world.merchant.sender(), &self.answer_data(None))
    }

    /// InqReq.
    pub(super) fn inquiry(&self, change: impl Fn(&mut InqReqData)) -> Signed<InqReqData> {
        let mut data = InqReqData {
            trans_ids: self.trans_ids(),
            rrpid: Rrpid::new([self.number + 8; 20]),
            chall_c2: Challenge::new([self.number + 9; 32]),
            inq_rq_extensions: None,
        };
        change(&mut data);
        self.sign(&self.world.cardholder.sender(), &data)
    }

    /// InqRes to [`Payment::inquiry`].
    pub(super) fn inquiry_answer(&self, change: impl Fn(&mut PResData)) -> Signed<PResData> {
        self.answer(|data| {
            data.rrpid = Rrpid::new([self.number + 8; 20]);
            data.chall_c = Challenge::new([self.number + 9; 32]);
            change(data);
        })
    }

    /// The messages as the merchant's journal has them.
    pub(super) fn journal(&self) -> Vec<(bool, Vec<u8>)> {
        vec![
            (true, message(&PInitRes(self.offer(|_| ())))),
            (false, message(&PReq::DualSigned(self.request(|_, _| ())))),
            (true, message(&PRes(self.answer(|_| ())))),
        ]
    }

    /// The journal of a purchase whose answer comes by inquiry.
    pub(super) fn journal_with_inquiry(&self) -> Vec<(bool, Vec<u8>)> {
        let mut journal = self.journal();
        journal[2].1 = message(&PRes(self.early_answer()));
        journal.push((false, message(&InqReq::Signed(self.inquiry(|_| ())))));
        journal.push((true, message(&InqRes(self.inquiry_answer(|_| ())))));
        journal
    }

    /// Exports from a journal as the merchant, with order and capture.
    pub(super) fn export(&self, journal: &[(bool, Vec<u8>)]) -> Exported {
        let captures = [self.capture(|_| ())];
        let lines = lines(journal);
        let order = Order { description: ORDER, amount: price(), install_recur_data: None };
        let roots = self.world.roots();
        let request = ExportRequest {
            order: Some(order),
            cap_receipts: &captures,
            roots: &roots,
            ..self.request_of(&lines, Exporter::Merchant)
        };
        export(&request, &mut rng(9)).unwrap()
    }

    /// The least that an export is asked for.
    pub(super) fn request_of<'a>(
        &'a self,
        journal: &'a [Journaled<'a>],
        party: Exporter,
    ) -> ExportRequest<'a> {
        let sender = match party {
            Exporter::Wallet => self.world.cardholder.sender(),
            Exporter::Merchant => self.world.merchant.sender(),
            Exporter::Gateway => self.world.gateway.sender(),
        };
        ExportRequest {
            xid: self.xid(),
            now: now(),
            party,
            sender,
            journal,
            order: None,
            instruction: None,
            opener: None,
            auth_receipts: &[],
            cap_receipts: &[],
            certificates: &[],
            crls: &self.world.crls,
            bcis: &self.world.bcis,
            roots: &[],
        }
    }

    /// The evidence of the whole payment.
    pub(super) fn evidence(&self) -> Evidence {
        self.export(&self.journal()).file.evidence
    }
}

/// The header of every message here.
pub(super) fn header() -> MessageHeader {
    MessageHeader {
        version: Version,
        revision: Count::ZERO,
        date: Date::new(now()),
        message_ids: None,
        rrpid: None,
        sw_ident: SwIdent::new("counterfoil tests").unwrap(),
    }
}

/// The octets of a message.
pub(super) fn message<T: Pdu>(message: &T) -> Vec<u8> {
    MessageWrapper::new(header(), message).unwrap().encode().unwrap()
}

pub(super) fn lines(journal: &[(bool, Vec<u8>)]) -> Vec<Journaled<'_>> {
    journal.iter().map(|(sent, body)| Journaled { sent: *sent, body }).collect()
}

/// DER of `evidence`, sealed by the merchant, honest or not.
pub(super) fn sealed(world: &World, evidence: Evidence) -> Vec<u8> {
    let file = EvidenceFile::seal(evidence, &world.merchant.sender(), &mut rng(9)).unwrap();
    file.encode().unwrap()
}

/// Verifies a day after the payment.
pub(super) fn judge(world: &World, file: &[u8]) -> Verification {
    verify(file, &world.roots(), days(1)).unwrap()
}

/// The verdict in one line.
pub(super) fn verdict(verification: &Verification) -> String {
    let text = verification.text(crate::evidence::statement::plain_money);
    text.lines().next().unwrap().to_owned()
}
