//! The merchant's rules on AuthRevRes and the wallet's on what follows from it, each broken alone
//! by a gateway or a merchant that says what it should not, once.

use counterfoil_crypto::oid::Oid;
use counterfoil_message::exchange::authorization_reversal::{
    AuthRevCode, AuthRevRes, AuthRevResBaggage, AuthRevResData,
};
use counterfoil_message::exchange::inquiry::InqRes;
use counterfoil_message::exchange::purchase::{AuthRevReceipt, CompletionCode, PResData, Results};
use counterfoil_message::primitive::{MerchantId, MsgExtension, OpenType, Ratio, Rrpid, Xid};
use counterfoil_message::treatment::{self, Binding, Check, Opener, Recipient, Sender};
use counterfoil_message::wrapper::MessageWrapper;
use counterfoil_party::identity::Identity;
use counterfoil_party::merchant;
use counterfoil_pki::Roles;
use counterfoil_pki::trust::Need;

use super::course::{dollars, shown, shown_order};
use super::forge::{Forge, content_of, wrapped};
use super::market::{BRAND, Fate, Market, Who};

impl Forge {
    /// An AuthRevRes with its data and baggage changed, sealed and signed anew by `identity`.
    fn reseal_void(
        &mut self,
        identity: &Identity,
        body: &[u8],
        change: &impl Fn(&mut Self, &mut AuthRevResData, &mut AuthRevResBaggage),
    ) -> Vec<u8> {
        let wrapper = MessageWrapper::decode(body).unwrap();
        let AuthRevRes::EncB(sealed) = wrapper.message.decode::<AuthRevRes>().unwrap() else {
            panic!("the gateway reverses")
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
        wrapped(wrapper.header, &AuthRevRes::EncB(sealed))
    }
}

/// What the merchant made of an AuthRevRes that is bent once; it asks again with the same octets
/// and takes the honest answer.
fn check(
    who: fn(&Forge) -> Identity,
    change: impl Fn(&mut Forge, &mut AuthRevResData, &mut AuthRevResBaggage) + 'static,
    expected: &str,
) {
    let mut market = Market::open();
    let order = market.order("49.99", &[]);
    market.pay(order);
    let mut done = false;
    market.network = Box::new(move |forge, _, name, body| {
        if name != "AuthRevRes" || done {
            return Fate::Pass;
        }
        done = true;
        let identity = who(forge);
        Fate::Replace(forge.reseal_void(&identity, body, &change))
    });
    market.shop(merchant::Command::Void { order });
    let status = market.status(merchant::Command::Status { order });
    assert_eq!(shown_order(&status), "voided: 0.00 USD authorized, 0.00 USD captured");
    let events = market.events_of(Who::Merchant);
    let refused = events.iter().find_map(|event| event.strip_prefix("message.refused "));
    assert_eq!(refused.unwrap_or("accepted"), expected);
    let sent = market.sent("AuthRevReq");
    assert_eq!(sent.len(), if expected == "accepted" { 1 } else { 2 });
    assert!(sent.iter().all(|body| *body == sent[0]), "the same octets are repeated");
}

fn bent(change: impl Fn(&mut AuthRevResData, &mut AuthRevResBaggage) + 'static, expected: &str) {
    check(Forge::gateway, move |_, data, baggage| change(data, baggage), expected);
}

#[test]
fn the_answer_is_to_this_reversal_of_this_merchant() {
    bent(|_, _| (), "accepted");
    bent(
        |data, _| data.auth_rev_tags.auth_rev_rr_tags.rrpid = Rrpid::new([0; 20]),
        "wrapper-mismatch",
    );
    bent(|data, _| data.auth_res_data_new.trans_ids.xid = Xid::new([0; 20]), "wrapper-mismatch");
    bent(
        |data, _| {
            let ids = &mut data.auth_rev_tags.auth_rev_rr_tags.mer_term_ids;
            ids.merchant_id = MerchantId::new("SHOP-2").unwrap();
        },
        "reversal-unknown",
    );
    check(Forge::merchant, |_, _, _| (), "wrong-role");
}

#[test]
fn what_stays_authorized_is_what_was_to_stay() {
    bent(|data, _| data.auth_new_amt = dollars("0.01").to_wire().unwrap(), "amount-mismatch");
}

#[test]
fn a_critical_extension_in_the_answer_is_not_passed_over() {
    bent(
        |data, _| {
            let extn_value = OpenType::new(&[5, 0]).unwrap();
            let extn_id = Oid::from_arcs(&[1, 2, 3]);
            let extension = MsgExtension { extn_id, critical: true, extn_value };
            data.a_rv_rs_extensions = Some(vec![extension].into());
        },
        "extension-unrecognized",
    );
}

/// Bends the receipt and signs it anew as `who`.
fn receipt(
    who: fn(&Forge) -> Identity,
    change: impl Fn(&mut AuthRevReceipt) + 'static,
    expected: &str,
) {
    let bend = move |forge: &mut Forge, _: &mut AuthRevResData, baggage: &mut AuthRevResBaggage| {
        let signed = baggage.receipt.take().unwrap();
        let mut content = content_of(&signed);
        change(&mut content);
        let identity = who(forge);
        let chain = identity.chain.clone();
        baggage.receipt = Some(forge.sign(&identity, &content, &chain, &[]));
    };
    check(Forge::gateway, bend, expected);
}

#[test]
fn the_receipt_for_the_cardholder_says_the_same() {
    bent(|_, baggage| baggage.receipt = None, "receipt-missing");
    receipt(Forge::gateway, |_| (), "accepted");
    receipt(Forge::merchant, |_| (), "wrong-role");
    let mismatch = "receipt-mismatch";
    receipt(Forge::gateway, |receipt| receipt.xid = Xid::new([0; 20]), mismatch);
    receipt(Forge::gateway, |receipt| receipt.auth_rrpid = Rrpid::new([0; 20]), mismatch);
    receipt(
        Forge::gateway,
        |receipt| receipt.merchant_id = MerchantId::new("SHOP-2").unwrap(),
        mismatch,
    );
    receipt(Forge::gateway, |receipt| receipt.hod.digest = [0; 32], mismatch);
    receipt(Forge::gateway, |receipt| receipt.auth_ratio = Some(Ratio::ONE), mismatch);
}

#[test]
fn a_refusal_of_the_gateway_leaves_the_order_authorized() {
    let mut market = Market::open();
    let order = market.order("49.99", &[]);
    market.pay(order);
    market.network = Box::new(|forge, _, name, body| {
        if name != "AuthRevRes" {
            return Fate::Pass;
        }
        let identity = forge.gateway();
        Fate::Replace(forge.reseal_void(&identity, body, &|_, data, _| {
            data.auth_rev_code = AuthRevCode::SystemError;
        }))
    });
    let status = market.status(merchant::Command::Void { order });
    assert_eq!(shown_order(&status), "authorized: 49.99 USD authorized, 0.00 USD captured");
    let void = status.authorizations[0].void.as_ref().unwrap();
    assert_eq!(void.reason.as_deref(), Some("systemError"));
}

/// What the wallet makes of a voided order when the merchant bends its InqRes.
fn told(change: impl Fn(&mut Forge, &mut PResData) + 'static) -> String {
    let mut market = Market::open();
    let order = market.order("49.99", &[]);
    let paid = market.pay(order);
    market.shop(merchant::Command::Void { order });
    market.network = Box::new(move |forge, _, name, body| {
        if name != "InqRes" {
            return Fate::Pass;
        }
        let identity = forge.merchant();
        let wrapper = MessageWrapper::decode(body).unwrap();
        let InqRes(signed) = wrapper.message.decode().unwrap();
        let mut content = content_of(&signed);
        change(forge, &mut content);
        let signed = forge.sign_like(&identity, &content, signed.content_info());
        Fate::Replace(wrapped(wrapper.header, &InqRes(signed)))
    });
    shown(&market.inquire(&paid.xid.unwrap()).verdict)
}

fn results(data: &mut PResData, change: impl Fn(&mut Results)) {
    let mut payloads = data.p_res_payload_seq.clone().into_vec();
    change(payloads[0].results.as_mut().unwrap());
    data.p_res_payload_seq = payloads.into();
}

#[test]
fn no_merchant_takes_paid_back_without_the_gateways_word() {
    const PAID: &str = "paid 49.99 USD, captured 0.00 USD";
    assert_eq!(told(|_, _| ()), "refused: authorization-reversed");
    assert_eq!(told(|_, data| results(data, |results| results.rev_receipt = None)), PAID);
    let by_the_merchant = told(|forge, data| {
        let identity = forge.merchant();
        let mut payloads = data.p_res_payload_seq.clone().into_vec();
        let results = payloads[0].results.as_mut().unwrap();
        let content = content_of(results.rev_receipt.as_ref().unwrap());
        let chain = identity.chain.clone();
        results.rev_receipt = Some(forge.sign(&identity, &content, &chain, &[]));
        data.p_res_payload_seq = payloads.into();
    });
    assert_eq!(by_the_merchant, PAID);
    // The gateway's word is enough, whatever the merchant says beside it.
    let performed = told(|_, data| {
        let mut payloads = data.p_res_payload_seq.clone().into_vec();
        payloads[0].completion_code = CompletionCode::AuthorizationPerformed;
        data.p_res_payload_seq = payloads.into();
    });
    assert_eq!(performed, "refused: authorization-reversed");
}
