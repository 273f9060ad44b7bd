//! A deployment in memory, with a merchant and a cardholder whose messages a test can shape.

use counterfoil_crypto::digest::DetachedDigest;
use counterfoil_crypto::oid::content_type;
use counterfoil_crypto::provider::DETERMINISTIC;
use counterfoil_crypto::suite::P256;
use counterfoil_crypto::token::TokenKey;
use counterfoil_message::account::trans_stain;
use counterfoil_message::dual::{Context, Purchase};
use counterfoil_message::exchange::authorization::{
    AuthReq, AuthReqData, AuthReqItem, AuthReqPayload, AuthRes, AuthResBaggage, AuthResData,
    AuthTags, CheckDigests, MerchData,
};
use counterfoil_message::exchange::purchase::{HodInput, OiData, OrderDescription};
use counterfoil_message::instruction::{Pi, PiHead, PiInputs};
use counterfoil_message::pdu::Pdu;
use counterfoil_message::primitive::text::{Count, SwIdent};
use counterfoil_message::primitive::{
    Bin, CardExpiry, CardNumber, CardSecret, Challenge, CurrencyAmount, Date, ExNonce, Language,
    LocalId, MerTermIds, MerchantId, Nonce, PanData, PanSecret, RrTags, Rrpid, Thumbs, TransIds,
    Xid,
};
use counterfoil_message::treatment::{
    self, Authentic, Binding, Check, Opener, Recipient, Sender, digest_of,
};
use counterfoil_message::wrapper::{MessageHeader, MessageIds, MessageWrapper, Version};
use counterfoil_party::amount::Amount;
use counterfoil_party::bank::{Bank, BankCommand, BankConfig, BankKeys, OpenAccount, Terms};
use counterfoil_party::bank_link::{
    BankLink, BankLinkConfig, BankRequest, Expiry, NetworkCode, Operation, Stamp,
};
use counterfoil_party::founding::{EndEntity, Founded, Plan};
use counterfoil_party::gateway::{Gateway, GatewaySettings};
use counterfoil_party::machine::{CallFailure, Channel, Input, Output, Party, ReplyTo};
use counterfoil_party::memory::MemoryRecords;
use counterfoil_pki::extension::{MerNames, MerchantData};
use counterfoil_pki::issue::{BciTemplate, CrlTemplate, Issuer};
use counterfoil_pki::trust::{Need, Trust};
use counterfoil_pki::{Crl, Roles};
use counterfoil_secret::{Pan, Secret};
use jiff::{SignedDuration, Timestamp};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

pub(super) const CARD: &str = "4929123412341232";
const BRAND: &str = "Visa";
const MERCHANT: &str = "SHOP-1";

/// How the bank link behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Up,
    AnswersLost,
    /// The bank acts, and its answer has not come yet.
    Slow,
    /// The bank acts on what is sent first and its answer is lost; reversals do not reach it.
    LostThenDown,
    /// The bank forgets the sign-on before everything that needs it.
    SignedOff,
    /// The bank forgets the sign-on, and takes no new one.
    NoSignOn,
    Down,
}

/// Everything around one gateway.
pub(super) struct Shop {
    pub(super) rng: ChaCha20Rng,
    pub(super) now: Timestamp,
    pub(super) line: Line,
    pub(super) gateway_records: MemoryRecords,
    pub(super) bank_records: MemoryRecords,
    pub(super) events: Vec<String>,
    gateway: Gateway,
    bank: Bank,
    founded: Founded,
    pub(super) merchant: EndEntity,
    pub(super) cardholder: EndEntity,
    trust: Trust,
    card_secret: CardSecret,
    pan_data: PanData,
    next_reply: u64,
    /// Message types that the bank was sent.
    pub(super) asked: Vec<String>,
    sign_offs: u32,
}

/// A purchase that a cardholder has signed, with what the merchant knows of it.
#[derive(Clone)]
pub(super) struct Signed {
    pub(super) pi: Pi,
    pub(super) check: CheckDigests,
    pub(super) ids: TransIds,
}

fn settings() -> GatewaySettings {
    serde_json::from_value(serde_json::json!({
        "brand": BRAND,
        "bank": {"dialect": "ascii1987", "acquirer": "455612", "mac": "aes-cmac"},
    }))
    .unwrap()
}

fn bank_config() -> BankConfig {
    serde_json::from_value(serde_json::json!({
        "links": [{"acquirer": "455612"}],
        "merchants": [{"id": MERCHANT}],
        "currencies": ["USD"],
    }))
    .unwrap()
}

fn merchant_data() -> MerchantData {
    MerchantData {
        mer_id: MERCHANT.into(),
        mer_acquirer_bin: "455612".into(),
        mer_names: vec![MerNames {
            name: "Bookshop".into(),
            city: "Springfield".into(),
            country_name: "US".into(),
            ..MerNames::default()
        }],
        mer_country: 840,
        mer_auth_flag: false,
    }
}

impl Shop {
    pub(super) fn open() -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        let now: Timestamp = "2026-06-01T12:00:00Z".parse().unwrap();
        let plan = Plan {
            suite: &P256,
            provider: DETERMINISTIC,
            brand: BRAND.into(),
            country: "US".into(),
            institution: "First Bank".into(),
            gateway: "455612:1".into(),
            card_cert_required: true,
            now,
        };
        let founded = plan.found(&mut rng).unwrap();
        let merchant = plan.merchant(&founded.mca, &merchant_data(), &mut rng).unwrap();
        let card_secret = CardSecret::random(&mut rng);
        let pan_data = PanData {
            pan: CardNumber(Pan::parse(CARD).unwrap()),
            card_expiry: CardExpiry::new("203012").unwrap(),
            pan_secret: PanSecret::random(&mut rng),
            ex_nonce: ExNonce::random(&mut rng),
        };
        let cardholder = plan.cardholder(&founded.cca, &pan_data, &mut rng).unwrap();
        let key = Secret::new(vec![3; 32]);
        let link: BankLinkConfig = settings().bank;
        let identity = founded.gateway.identity().unwrap();
        let exchange = identity.exchange.clone().unwrap();
        let gateway = Gateway::new(
            settings(),
            identity,
            exchange,
            founded.trust(now).unwrap(),
            BankLink::new(&link, &key).unwrap(),
            TokenKey::generate(&mut rng),
        );
        let keys = BankKeys {
            storage: Secret::new(vec![4; 32]),
            links: [("455612".to_owned(), key)].into(),
        };
        let mut shop = Self {
            trust: founded.trust(now).unwrap(),
            bank: Bank::new(&bank_config(), keys).unwrap(),
            rng,
            now,
            line: Line::Up,
            gateway_records: MemoryRecords::new(),
            bank_records: MemoryRecords::new(),
            events: Vec::new(),
            gateway,
            founded,
            merchant,
            cardholder,
            card_secret,
            pan_data,
            next_reply: 1,
            asked: Vec::new(),
            sign_offs: 0,
        };
        shop.open_account();
        shop.step(Input::Deadline);
        shop
    }

    fn open_account(&mut self) {
        let open = OpenAccount {
            pan: Pan::parse(CARD).unwrap(),
            expiry: Expiry::parse("203012").unwrap(),
            deposit: Amount::parse("1000.00 USD").unwrap(),
            terms: Terms::default(),
        };
        let command = BankCommand::OpenAccount(open);
        let input = Input::Command { reply_to: ReplyTo(0), command };
        self.bank_records.run(&mut self.bank, input, self.now, &mut self.rng).unwrap();
    }

    /// Lets time pass and wakes the gateway.
    pub(super) fn pass(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
        self.step(Input::Deadline);
    }

    /// Wakes the bank, whose alarms may be due.
    pub(super) fn wake_bank(&mut self) {
        self.bank_records.run(&mut self.bank, Input::Deadline, self.now, &mut self.rng).unwrap();
    }

    /// Forgets the gateway's memory, as a crash does; its records stay.
    pub(super) fn crash_gateway(&mut self) {
        let key = Secret::new(vec![3; 32]);
        let identity = self.founded.gateway.identity().unwrap();
        let exchange = identity.exchange.clone().unwrap();
        let mut token_rng = ChaCha20Rng::seed_from_u64(99);
        self.gateway = Gateway::new(
            settings(),
            identity,
            exchange,
            self.founded.trust(self.now).unwrap(),
            BankLink::new(&settings().bank, &key).unwrap(),
            TokenKey::generate(&mut token_rng),
        );
    }

    /// Sends octets to the gateway and returns its answer, if it gives one.
    pub(super) fn ask(&mut self, body: &[u8]) -> Option<Vec<u8>> {
        self.next_reply += 1;
        let reply_to = ReplyTo(self.next_reply);
        let outputs = self.step(Input::Request {
            reply_to,
            channel: Channel::Payment,
            peer: "127.0.0.1".into(),
            body: body.to_vec(),
        });
        outputs.into_iter().find_map(|output| match output {
            Output::Reply { reply_to: to, body } if to == reply_to => Some(body),
            _ => None,
        })
    }

    /// Gives the gateway an input and plays the bank until nothing more is asked.
    fn step(
        &mut self,
        input: Input<<Gateway as Party>::Command>,
    ) -> Vec<Output<<Gateway as Party>::Outcome>> {
        let mut done = Vec::new();
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            let outputs = self
                .gateway_records
                .run(&mut self.gateway, input, self.now, &mut self.rng)
                .unwrap();
            for output in outputs {
                match output {
                    Output::Call { call, body, .. } => {
                        let result = self.play_bank(body);
                        if self.line != Line::Slow {
                            inputs.insert(0, Input::Answer { call, result });
                        }
                    }
                    Output::Event(event) => self.events.push(event.name.to_owned()),
                    other => done.push(other),
                }
            }
        }
        done
    }

    fn play_bank(&mut self, body: Vec<u8>) -> Result<Vec<u8>, CallFailure> {
        if self.line == Line::Down {
            return Err(CallFailure::NotSent);
        }
        let mti = String::from_utf8_lossy(&body[..4]).into_owned();
        self.asked.push(mti.clone());
        match (self.line, mti.as_str()) {
            (Line::NoSignOn, "0800") => return Err(CallFailure::NoAnswer),
            (Line::LostThenDown, "0420" | "0421") => return Err(CallFailure::NotSent),
            (Line::SignedOff | Line::NoSignOn, "0100" | "0101" | "0200" | "0201") => {
                self.sign_off()
            }
            _ => {}
        }
        let answer = self.tell_bank(body);
        match self.line {
            Line::Up | Line::SignedOff | Line::NoSignOn => answer.ok_or(CallFailure::NoAnswer),
            _ => Err(CallFailure::NoAnswer),
        }
    }

    fn tell_bank(&mut self, body: Vec<u8>) -> Option<Vec<u8>> {
        let input = Input::Request {
            reply_to: ReplyTo(0),
            channel: Channel::Bank,
            peer: "gateway".into(),
            body,
        };
        let outputs =
            self.bank_records.run(&mut self.bank, input, self.now, &mut self.rng).unwrap();
        outputs.into_iter().find_map(|output| match output {
            Output::Reply { body, .. } => Some(body),
            _ => None,
        })
    }

    /// The bank forgets that the gateway has signed on.
    pub(super) fn sign_off(&mut self) {
        let link = BankLink::new(&settings().bank, &Secret::new(vec![3; 32])).unwrap();
        self.sign_offs += 1;
        let stamp = Stamp::next(900_000 + self.sign_offs, self.now);
        let request = BankRequest { stamp, operation: Operation::Network(NetworkCode::SignOff) };
        let body = link.message(&request, None, false).unwrap();
        let answer = self.tell_bank(body).unwrap();
        assert!(link.answer(&request, &answer).unwrap().is_approved());
    }

    /// What the merchant holds of the brand's revocation state.
    pub(super) fn held(&self) -> Thumbs {
        counterfoil_party::conversation::held::thumbs(&self.trust, BRAND)
    }

    /// The gateway hears of CRLs and a BCI that are newer than the merchant's.
    pub(super) fn renew_revocation(&mut self) {
        let until = self.now + SignedDuration::from_hours(24);
        let (this_update, next_update) = (self.now, until);
        let pca = self.founded.pca.issuing.clone();
        let key = pca.key.signing_key().unwrap();
        let issuer = Issuer { certificate: &pca.certificate, key: &*key };
        let template = CrlTemplate { number: 2, this_update, next_update, revoked: &[] };
        let crl = issuer.crl(&template, &mut self.rng).unwrap();
        let others = self.founded.crls.iter().filter(|other| other.issuer() != crl.issuer());
        let crls: Vec<Crl> = others.cloned().chain([crl.clone()]).collect();
        let brand = self.founded.brand.issuing.clone();
        let key = brand.key.signing_key().unwrap();
        let issuer = Issuer { certificate: &brand.certificate, key: &*key };
        let (not_before, not_after) = (self.now, until);
        let template = BciTemplate { sequence: 2, not_before, not_after, crls: &crls };
        let bci = issuer.bci(&template, &mut self.rng).unwrap();
        let old = (self.founded.crls.clone(), self.founded.bci.clone());
        (self.founded.crls, self.founded.bci) = (crls, bci);
        self.crash_gateway();
        self.step(Input::Deadline);
        (self.founded.crls, self.founded.bci) = old;
    }

    /// Sequence number of the brand's list that the merchant holds.
    pub(super) fn known_list(&self) -> u64 {
        self.trust.bci(BRAND).unwrap().sequence()
    }

    /// A cardholder signs a purchase of `cents` US cents.
    pub(super) fn sign(&mut self, cents: u64) -> Signed {
        let ids = TransIds {
            lid_c: LocalId::new(b"wallet-1").unwrap(),
            lid_m: Some(LocalId::new(b"order-1").unwrap()),
            xid: Xid::random(&mut self.rng),
            p_req_date: Date::new(self.now),
            pay_sys_id: None,
            language: Language::new("en").unwrap(),
        };
        let amount = dollars(cents);
        let od_salt = Nonce::random(&mut self.rng);
        let hod_input = HodInput {
            od: OrderDescription::new(b"one book").unwrap(),
            purch_amt: amount,
            od_salt,
            install_recur_data: None,
            od_extensions: None,
        };
        let hod = digest_of(&hod_input).unwrap();
        let oi_data = OiData {
            trans_ids: ids.clone(),
            rrpid: Rrpid::random(&mut self.rng),
            chall_c: Challenge::random(&mut self.rng),
            hod,
            od_salt,
            chall_m: Some(Challenge::random(&mut self.rng)),
            brand_id: None,
            bin: Bin::new(&CARD[..6]).unwrap(),
            od_ext_oids: None,
            oi_extensions: None,
        };
        let check = CheckDigests { h_oi_data: digest_of(&oi_data).unwrap(), hod2: hod };
        let pi_head = PiHead {
            trans_ids: ids.clone(),
            inputs: PiInputs { hod, purch_amt: amount },
            merchant_id: MerchantId::new(MERCHANT).unwrap(),
            install_recur_data: None,
            trans_stain: trans_stain(&self.card_secret, &ids.xid),
            sw_ident: SwIdent::new("test").unwrap(),
            acq_back_key_data: None,
            pi_extensions: None,
        };
        let gateway = &self.founded.gateway.exchange.as_ref().unwrap().certificate;
        let context = Context::new(&P256, &self.merchant.signature.certificate, gateway).unwrap();
        let purchase = Purchase { oi_data, pi_head, pan_data: self.pan_data.clone() };
        let key = self.cardholder.signature.key.signing_key().unwrap();
        let sender = Sender {
            key: &*key,
            certificate: &self.cardholder.signature.certificate,
            chain: &self.cardholder.chain,
            crls: &[],
        };
        let recipient = Recipient::new(gateway).unwrap();
        let signed = purchase.sign(&context, &sender, &recipient, &mut self.rng).unwrap();
        Signed { pi: Pi::DualSigned(signed.pi_dual_signed), check, ids }
    }

    /// What an honest merchant asks about a signed purchase.
    pub(super) fn request(&mut self, signed: &Signed, cents: u64) -> AuthReqData {
        AuthReqData {
            auth_req_item: AuthReqItem {
                auth_tags: AuthTags {
                    auth_rr_tags: self.tags(),
                    trans_ids: signed.ids.clone(),
                    auth_ret_num: None,
                },
                check_digests: Some(signed.check.clone()),
                auth_req_payload: AuthReqPayload {
                    subsequent_auth_ind: false,
                    auth_req_amt: dollars(cents),
                    avs_data: None,
                    special_processing: None,
                    card_suspect: None,
                    request_card_type_ind: false,
                    install_recur_data: None,
                    market_spec_auth_data: None,
                    merch_data: MerchData { merch_cat_code: None, merch_group: None },
                    a_rq_extensions: None,
                },
            },
            m_thumbs: None,
            capture_now: false,
            sale_detail: None,
        }
    }

    /// Request tags with a fresh RRPID.
    pub(super) fn tags(&mut self) -> RrTags {
        RrTags {
            rrpid: Rrpid::random(&mut self.rng),
            mer_term_ids: MerTermIds {
                merchant_id: MerchantId::new(MERCHANT).unwrap(),
                terminal_id: None,
                agent_num: None,
                chain_num: None,
                store_num: None,
            },
            current_date: Date::new(self.now),
        }
    }

    /// The AuthReq of these contents.
    pub(super) fn auth_req(&mut self, data: &AuthReqData, pi: Pi) -> Vec<u8> {
        let tags = &data.auth_req_item.auth_tags;
        let header = self.header(tags.auth_rr_tags.rrpid, Some(tags.trans_ids.xid));
        let recipient = self.gateway_recipient();
        let binding = Binding::of_header(&header).unwrap();
        let key = self.merchant.signature.key.signing_key().unwrap();
        let chain = self.merchant_chain();
        let sender = Sender {
            key: &*key,
            certificate: &self.merchant.signature.certificate,
            chain: &chain,
            crls: &[],
        };
        let sealed =
            treatment::enc_b(&sender, &recipient, &binding, data, pi, &mut self.rng).unwrap();
        wrap(header, &AuthReq(sealed))
    }

    pub(super) fn merchant_chain(&self) -> Vec<counterfoil_pki::Certificate> {
        let mut chain = self.merchant.chain.clone();
        chain.push(self.merchant.exchange.as_ref().unwrap().certificate.clone());
        chain
    }

    pub(super) fn gateway_recipient(&self) -> Recipient {
        Recipient::new(&self.founded.gateway.exchange.as_ref().unwrap().certificate).unwrap()
    }

    pub(super) fn header(&self, rrpid: Rrpid, xid: Option<Xid>) -> MessageHeader {
        MessageHeader {
            version: Version,
            revision: Count::ZERO,
            date: Date::new(self.now),
            message_ids: xid.map(|xid| MessageIds { lid_c: None, lid_m: None, xid: Some(xid) }),
            rrpid: Some(rrpid),
            sw_ident: SwIdent::new("test").unwrap(),
        }
    }

    /// Opens an AuthRes as the merchant does.
    pub(super) fn open_auth_res(&mut self, body: &[u8]) -> (AuthResData, AuthResBaggage) {
        let wrapper = MessageWrapper::decode(body).unwrap();
        let AuthRes::EncB(sealed) = wrapper.message.decode::<AuthRes>().unwrap() else {
            panic!("the answer carries a card number")
        };
        let exchange = self.merchant.exchange.clone().unwrap();
        let key = exchange.key.exchange_key().unwrap();
        let opener = Opener { key: &*key, certificate: &exchange.certificate };
        let binding = Binding::of_header(&wrapper.header).unwrap();
        let need = Need::sign(Roles::PGWY).of_brand(BRAND);
        let mut check = Check { trust: &mut self.trust, now: self.now, need };
        let opened: Authentic<AuthResData> =
            treatment::open_enc_b(&sealed, &opener, &binding, &mut check).unwrap();
        (opened.into_content(), sealed.baggage)
    }

    /// What the merchant can verify with.
    pub(super) fn check(&mut self) -> Check<'_> {
        let need = Need::sign(Roles::PGWY).of_brand(BRAND);
        Check { trust: &mut self.trust, now: self.now, need }
    }
}

pub(super) fn dollars(cents: u64) -> CurrencyAmount {
    CurrencyAmount::minor(840, cents, 2).unwrap()
}

pub(super) fn wrap<T: Pdu>(header: MessageHeader, message: &T) -> Vec<u8> {
    MessageWrapper::new(header, message).unwrap().encode().unwrap()
}

/// A digest that nothing has.
pub(super) fn other_digest() -> DetachedDigest {
    DetachedDigest::of(content_type(7), b"another order")
}
