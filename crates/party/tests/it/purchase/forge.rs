//! Every key of the market in one hand: messages taken apart, changed, and signed anew.

use counterfoil_crypto::cms::ContentInfo;
use counterfoil_crypto::cms::signed::SignedData;
use counterfoil_message::codec;
use counterfoil_message::container::{Content, Signed};
use counterfoil_message::dual::{Context, Purchase};
use counterfoil_message::exchange::authorization::{AuthRes, AuthResBaggage, AuthResData};
use counterfoil_message::exchange::capture::{CapRes, CapResData};
use counterfoil_message::exchange::purchase::{OiData, PReq};
use counterfoil_message::instruction::{PiHead, PiInputs};
use counterfoil_message::pdu::Pdu;
use counterfoil_message::primitive::{CardNumber, ExNonce, MerchantId, PanData, TransStain};
use counterfoil_message::treatment::{self, Binding, Check, Opener, Recipient, Sender};
use counterfoil_message::wrapper::{MessageHeader, MessageWrapper};
use counterfoil_party::amount::Amount;
use counterfoil_party::conversation::header::software;
use counterfoil_party::founding::{EndEntity, Founded};
use counterfoil_party::identity::Identity;
use counterfoil_party::merchant::{Merchant, MerchantSettings};
use counterfoil_party::wallet::{Card, Wallet, WalletSettings};
use counterfoil_pki::trust::{Need, Trust};
use counterfoil_pki::{Certificate, Crl, Roles};
use jiff::Timestamp;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use super::market::{BRAND, MERCHANT, brand_setup};

/// The keys of merchant, gateway and cardholder.
pub(super) struct Forge {
    pub(super) rng: ChaCha20Rng,
    pub(super) now: Timestamp,
    pub(super) shop: EndEntity,
    pub(super) gateway: EndEntity,
    pub(super) card: Card,
    pub(super) trust: Trust,
}

impl Forge {
    pub(super) fn new(founded: &Founded, shop: EndEntity, card: Card, now: Timestamp) -> Self {
        Self {
            rng: ChaCha20Rng::seed_from_u64(5),
            now,
            shop,
            gateway: founded.gateway.clone(),
            card,
            trust: founded.trust(now).unwrap(),
        }
    }

    pub(super) fn new_wallet(
        &self,
        settings: &WalletSettings,
        founded: &Founded,
        now: Timestamp,
    ) -> Wallet {
        let trust = founded.trust(now).unwrap();
        Wallet::new(settings.clone(), vec![self.card.clone()], trust).unwrap()
    }

    pub(super) fn new_merchant(
        &self,
        settings: &MerchantSettings,
        configured: &[Certificate],
        founded: &Founded,
        now: Timestamp,
    ) -> Merchant {
        let trust = founded.trust(now).unwrap();
        let brand = brand_setup(&self.shop, configured);
        Merchant::new(settings.clone(), vec![brand], trust).unwrap()
    }

    /// The merchant's identity.
    pub(super) fn merchant(&self) -> Identity {
        self.shop.identity().unwrap()
    }

    /// The gateway's identity.
    pub(super) fn gateway(&self) -> Identity {
        self.gateway.identity().unwrap()
    }

    /// Signs `content` as `identity`, with the certificates and CRLs that `like` carries.
    pub(super) fn sign_like<T: Content>(
        &mut self,
        identity: &Identity,
        content: &T,
        like: &ContentInfo,
    ) -> Signed<T> {
        let data = SignedData::parse(like).unwrap();
        let chain: Vec<Certificate> =
            data.certificates.iter().map(|der| Certificate::from_der(der).unwrap()).collect();
        let crls: Vec<Crl> = data.crls.iter().map(|der| Crl::from_der(der).unwrap()).collect();
        self.sign(identity, content, &chain, &crls)
    }

    pub(super) fn sign<T: Content>(
        &mut self,
        identity: &Identity,
        content: &T,
        chain: &[Certificate],
        crls: &[Crl],
    ) -> Signed<T> {
        let sender = Sender {
            key: identity.sign_key.as_ref(),
            certificate: &identity.sign_certificate,
            chain,
            crls,
        };
        treatment::sign(&sender, content, &mut self.rng).unwrap()
    }

    /// A signed message with its content changed and signed anew by `identity`.
    pub(super) fn resign<T: Content, M: Pdu>(
        &mut self,
        identity: &Identity,
        body: &[u8],
        unwrap: fn(M) -> Signed<T>,
        wrap: fn(Signed<T>) -> M,
        change: impl FnOnce(&mut T),
    ) -> Vec<u8> {
        let wrapper = MessageWrapper::decode(body).unwrap();
        let signed = unwrap(wrapper.message.decode().unwrap());
        let mut content = content_of(&signed);
        change(&mut content);
        let signed = self.sign_like(identity, &content, signed.content_info());
        MessageWrapper::new(wrapper.header, &wrap(signed)).unwrap().encode().unwrap()
    }

    /// An AuthRes with its data and baggage changed, sealed and signed anew by `identity`.
    pub(super) fn reseal(
        &mut self,
        identity: &Identity,
        body: &[u8],
        change: impl FnOnce(&mut Self, &mut AuthResData, &mut AuthResBaggage),
    ) -> Vec<u8> {
        let wrapper = MessageWrapper::decode(body).unwrap();
        let AuthRes::EncB(sealed) = wrapper.message.decode::<AuthRes>().unwrap() else {
            panic!("the answer carries a card number")
        };
        let exchange = self.merchant().exchange.unwrap();
        let opener = Opener { key: exchange.key.as_ref(), certificate: &exchange.certificate };
        let binding = Binding::of_header(&wrapper.header).unwrap();
        let need = Need::sign(Roles::PGWY).of_brand(BRAND);
        let mut check = Check { trust: &mut self.trust, now: self.now, need };
        let opened = treatment::open_enc_b(&sealed, &opener, &binding, &mut check).unwrap();
        let (mut data, mut baggage) = (opened.into_content(), sealed.baggage);
        change(self, &mut data, &mut baggage);
        let recipient = Recipient::new(&exchange.certificate).unwrap();
        let chain = identity.chain.clone();
        let sender = Sender {
            key: identity.sign_key.as_ref(),
            certificate: &identity.sign_certificate,
            chain: &chain,
            crls: &[],
        };
        let rng = &mut self.rng;
        let sealed = treatment::enc_b(&sender, &recipient, &binding, &data, baggage, rng).unwrap();
        wrapped(wrapper.header, &AuthRes::EncB(sealed))
    }

    /// A CapRes with its data changed, sealed and signed anew by the gateway.
    pub(super) fn reseal_capture(
        &mut self,
        body: &[u8],
        change: impl FnOnce(&mut CapResData),
    ) -> Vec<u8> {
        let wrapper = MessageWrapper::decode(body).unwrap();
        let CapRes(sealed) = wrapper.message.decode().unwrap();
        let exchange = self.merchant().exchange.unwrap();
        let opener = Opener { key: exchange.key.as_ref(), certificate: &exchange.certificate };
        let binding = Binding::of_header(&wrapper.header).unwrap();
        let need = Need::sign(Roles::PGWY).of_brand(BRAND);
        let mut check = Check { trust: &mut self.trust, now: self.now, need };
        let opened = treatment::open_enc(&sealed, &opener, &binding, &mut check).unwrap();
        let mut data = opened.into_content();
        change(&mut data);
        let identity = self.gateway();
        let sender = Sender {
            key: identity.sign_key.as_ref(),
            certificate: &identity.sign_certificate,
            chain: &identity.chain,
            crls: &[],
        };
        let recipient = Recipient::new(&exchange.certificate).unwrap();
        let sealed = treatment::enc(&sender, &recipient, &binding, &data, &mut self.rng).unwrap();
        wrapped(wrapper.header, &CapRes(sealed))
    }

    /// A PReq with its order half and header changed, signed anew by `holder`. The instruction
    /// half follows the changed order half.
    pub(super) fn sign_order(
        &mut self,
        holder: &Identity,
        body: &[u8],
        gateway: &Certificate,
        price: Amount,
        change: impl FnOnce(&mut OiData, &mut MessageHeader),
    ) -> Vec<u8> {
        let mut wrapper = MessageWrapper::decode(body).unwrap();
        let PReq::DualSigned(signed) = wrapper.message.decode::<PReq>().unwrap() else {
            panic!("the wallet signs")
        };
        let mut oi_data = signed.oi_dual_signed.oi_data;
        change(&mut oi_data, &mut wrapper.header);
        let pi_head = PiHead {
            trans_ids: oi_data.trans_ids.clone(),
            inputs: PiInputs { hod: oi_data.hod, purch_amt: price.to_wire().unwrap() },
            merchant_id: MerchantId::new(MERCHANT).unwrap(),
            install_recur_data: None,
            trans_stain: TransStain::new([0; 32]),
            sw_ident: software(),
            acq_back_key_data: None,
            pi_extensions: None,
        };
        let pan_data = PanData {
            pan: CardNumber(self.card.pan.clone()),
            card_expiry: self.card.expiry.clone(),
            pan_secret: self.card.pan_secret.clone(),
            ex_nonce: ExNonce::random(&mut self.rng),
        };
        let recipient = Recipient::new(gateway).unwrap();
        let merchant = &self.shop.signature.certificate;
        let context = Context::new(recipient.suite(), merchant, gateway).unwrap();
        let sender = Sender {
            key: holder.sign_key.as_ref(),
            certificate: &holder.sign_certificate,
            chain: &holder.chain,
            crls: &[],
        };
        let halves = Purchase { oi_data, pi_head, pan_data };
        let signed = halves.sign(&context, &sender, &recipient, &mut self.rng).unwrap();
        wrapped(wrapper.header, &PReq::DualSigned(signed))
    }
}

/// The content of a signed value, unverified.
pub(super) fn content_of<T: Content>(signed: &Signed<T>) -> T {
    let data = SignedData::parse(signed.content_info()).unwrap();
    codec::decode(data.content.unwrap()).unwrap()
}

pub(super) fn wrapped<M: Pdu>(header: MessageHeader, message: &M) -> Vec<u8> {
    MessageWrapper::new(header, message).unwrap().encode().unwrap()
}
