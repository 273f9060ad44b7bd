//! The merchant's rules on AuthRes, CapRes and PCertRes, each broken alone by a gateway that says
//! what it should not, once. The merchant drops such an answer, repeats its request unchanged,
//! and takes the honest answer that follows.

use counterfoil_crypto::oid::Oid;
use counterfoil_message::exchange::authorization::{AuthCode, AuthResBaggage, AuthResData};
use counterfoil_message::exchange::capture::{CapCode, CapResData};
use counterfoil_message::exchange::error_message::{ErrorCode, ErrorMessage};
use counterfoil_message::exchange::gateway_certificate::{PCertCode, PCertRes, PCertResTbs};
use counterfoil_message::exchange::purchase::AuthReceipt;
use counterfoil_message::primitive::{
    CertThumb, Date, Digest, MerchantId, MsgExtension, OpenType, PaySysId, Ratio, Rrpid, Xid,
};
use counterfoil_message::wrapper::MessageWrapper;
use counterfoil_party::amount::Amount;
use counterfoil_party::conversation::Refusal;
use counterfoil_party::conversation::error_message::{Refused, error_message};
use counterfoil_party::identity::Identity;
use counterfoil_party::merchant;
use jiff::Timestamp;

use super::course::{dollars, shown, shown_order};
use super::forge::{Forge, content_of, wrapped};
use super::market::{DECISION, Fate, Market, Network, Who, plan};

fn extension() -> MsgExtension {
    let extn_value = OpenType::new(&[5, 0]).unwrap();
    MsgExtension { extn_id: Oid::from_arcs(&[1, 2, 3]), critical: true, extn_value }
}

/// Bends the first message of a name from the gateway.
fn once(
    name: &'static str,
    mut bend: impl FnMut(&mut Forge, &[u8]) -> Vec<u8> + 'static,
) -> Network {
    let mut done = false;
    Box::new(move |forge, leg, sent, body| {
        if leg != DECISION || sent != name || done {
            return Fate::Pass;
        }
        done = true;
        Fate::Replace(bend(forge, body))
    })
}

/// What the merchant made of an AuthRes that is bent once.
fn check(bend: impl FnMut(&mut Forge, &[u8]) -> Vec<u8> + 'static, expected: &str) {
    let mut market = Market::open();
    let order = market.order("49.99", &[]);
    market.network = once("AuthRes", bend);
    let verdict = shown(&market.pay(order).verdict);
    assert_eq!(verdict, "paid 49.99 USD, captured 0.00 USD");
    let events = market.events_of(Who::Merchant);
    let refused = events.iter().find_map(|event| event.strip_prefix("message.refused "));
    assert_eq!(refused.unwrap_or("accepted"), expected);
    let sent = market.sent("AuthReq");
    assert_eq!(sent.len(), if expected == "accepted" { 1 } else { 2 });
    assert!(sent.iter().all(|body| *body == sent[0]), "the same octets are repeated");
}

fn sealed(
    change: impl Fn(&mut Forge, &mut AuthResData, &mut AuthResBaggage) + 'static,
) -> impl FnMut(&mut Forge, &[u8]) -> Vec<u8> {
    move |forge, body| {
        let gateway = forge.gateway();
        forge.reseal(&gateway, body, &change)
    }
}

#[test]
fn auth_res_repeats_the_tags() {
    check(sealed(|_, _, _| ()), "accepted");
    check(
        sealed(|_, data, _| data.auth_tags.trans_ids.xid = Xid::new([0; 20])),
        "wrapper-mismatch",
    );
    check(
        sealed(|_, data, _| data.auth_tags.auth_rr_tags.rrpid = Rrpid::new([0; 20])),
        "wrapper-mismatch",
    );
    let other = MerchantId::new("SHOP-2").unwrap();
    check(
        sealed(move |_, data, _| {
            data.auth_tags.auth_rr_tags.mer_term_ids.merchant_id = other.clone();
        }),
        "tags-mismatch",
    );
    check(
        sealed(|_, data, _| {
            data.auth_tags.auth_rr_tags.current_date = Date::new(Timestamp::UNIX_EPOCH);
        }),
        "tags-mismatch",
    );
    check(
        sealed(|_, data, _| {
            data.auth_tags.trans_ids.pay_sys_id = Some(PaySysId::new("network-1").unwrap());
        }),
        "accepted",
    );
}

#[test]
fn auth_res_is_for_no_more_than_was_asked() {
    let amount = |text: &str| dollars(text).to_wire().unwrap();
    let set = move |text: &'static str| {
        sealed(move |_, data, _| data.auth_res_payload.auth_header.auth_amt = amount(text))
    };
    check(set("50.00"), "amount-mismatch");
    check(set("49.98"), "receipt-mismatch");
    check(
        sealed(|_, data, _| {
            let euros = Amount::parse("49.99 EUR").unwrap().to_wire().unwrap();
            data.auth_res_payload.auth_header.auth_amt = euros;
        }),
        "amount-mismatch",
    );
}

#[test]
fn an_unknown_critical_extension_in_a_response_is_logged_and_dropped() {
    check(
        sealed(|_, data, _| {
            data.auth_res_payload.a_rs_extensions = Some(vec![extension()].into());
        }),
        "extension-unrecognized",
    );
}

#[test]
fn only_the_gateway_that_was_asked_answers() {
    check(
        |forge, body| {
            let merchant = forge.merchant();
            forge.reseal(&merchant, body, |_, _, _| ())
        },
        "wrong-role",
    );
    let mut market = Market::open();
    let mut other = plan(market.now);
    other.gateway = "455612:2".into();
    let pca = market.founded.pca.issuing.clone();
    let identity = second_gateway(&mut market, &other, &pca);
    check(move |forge, body| forge.reseal(&identity, body, |_, _, _| ()), "other-gateway");
    let changed = |_: &mut Forge, body: &[u8]| {
        let mut changed = body.to_vec();
        let at = changed.len() / 2;
        changed[at] ^= 1;
        changed
    };
    check(changed, "unopened");
}

/// A second gateway that the same CA has certified.
fn second_gateway(
    market: &mut Market,
    plan: &counterfoil_party::founding::Plan,
    pca: &counterfoil_party::founding::Holder,
) -> Identity {
    use counterfoil_crypto::key::{KeyPair, KeyUse};
    use counterfoil_pki::issue::{self, Issuer, Template, profile};
    let mut identity = market.forge.gateway();
    let key = KeyPair::generate(&plan.provider, plan.suite, KeyUse::Sign, &mut market.rng).unwrap();
    let signing = pca.key.signing_key().unwrap();
    use counterfoil_pki::name::{AttributeKind, DistinguishedName};
    let subject = DistinguishedName::of(&[
        (AttributeKind::Country, "US"),
        (AttributeKind::Organization, plan.brand.as_str()),
        (AttributeKind::OrganizationalUnit, plan.institution.as_str()),
        (AttributeKind::CommonName, plan.gateway.as_str()),
    ]);
    let template = Template {
        subject: subject.unwrap(),
        profile: profile::gateway_signature(),
        not_before: market.now,
        not_after: market.now + jiff::SignedDuration::from_hours(24),
        signing_until: None,
    };
    let issuer = Issuer { certificate: &pca.certificate, key: &*signing };
    let certificate = issue::issue(&template, &issuer, key.spki_der(), &mut market.rng).unwrap();
    identity.sign_key = key.signing_key().unwrap();
    identity.sign_certificate = certificate;
    identity
}

/// Bends the receipt and signs it anew as `who`.
fn receipt(
    who: fn(&Forge) -> Identity,
    change: impl Fn(&mut AuthReceipt) + 'static,
) -> impl FnMut(&mut Forge, &[u8]) -> Vec<u8> {
    sealed(move |forge, _, baggage| {
        let signed = baggage.receipt.take().unwrap();
        let mut content = content_of(&signed);
        change(&mut content);
        let identity = who(forge);
        let chain = identity.chain.clone();
        baggage.receipt = Some(forge.sign(&identity, &content, &chain, &[]));
    })
}

#[test]
fn the_receipt_is_the_gateways_and_says_the_same() {
    let gateway = Forge::gateway;
    check(receipt(gateway, |_| ()), "accepted");
    check(sealed(|_, _, baggage| baggage.receipt = None), "receipt-missing");
    check(receipt(Forge::merchant, |_| ()), "wrong-role");
    let mismatch = "receipt-mismatch";
    check(receipt(gateway, |r| r.xid = Xid::new([0; 20])), mismatch);
    check(receipt(gateway, |r| r.auth_rrpid = Rrpid::new([0; 20])), mismatch);
    check(receipt(gateway, |r| r.p_req_date = Date::new(Timestamp::UNIX_EPOCH)), mismatch);
    check(receipt(gateway, |r| r.merchant_id = MerchantId::new("SHOP-2").unwrap()), mismatch);
    check(receipt(gateway, |r| r.merchant_cert_hash = Digest::new([0; 32])), mismatch);
    check(receipt(gateway, |r| r.hod.digest[0] ^= 1), mismatch);
    check(receipt(gateway, |r| r.auth_code = AuthCode::Declined), mismatch);
    let half = Ratio::new(500_000_000).unwrap();
    check(receipt(gateway, move |r| r.auth_ratio = Some(half)), mismatch);
    check(receipt(gateway, |r| r.captured = true), mismatch);
}

/// A gateway that answers every AuthReq with an Error.
fn check_error(who: fn(&Forge) -> Identity, code: ErrorCode, expected: &str) {
    let mut market = Market::open();
    market.merchant_settings.gateway_tries_max = 3;
    market.wallet_settings.inquiries_max = 1;
    market.restart(Who::Merchant);
    market.restart(Who::Wallet);
    let order = market.order("49.99", &[]);
    market.network = Box::new(move |forge, leg, name, body| {
        if leg != DECISION || name != "AuthRes" {
            return Fate::Pass;
        }
        let identity = who(forge);
        let wrapper = MessageWrapper::decode(body).unwrap();
        let refusal = Refusal::new(code, "test", "test");
        let sender = counterfoil_message::treatment::Sender {
            key: identity.sign_key.as_ref(),
            certificate: &identity.sign_certificate,
            chain: &identity.chain,
            crls: &[],
        };
        let header = Refused::Header(&wrapper.header);
        let (now, rng) = (forge.now, &mut forge.rng);
        Fate::Replace(error_message(&sender, &refusal, header, now, rng).unwrap())
    });
    let verdict = shown(&market.pay(order).verdict);
    let status = market.status(merchant::Command::Status { order });
    let tries = market.sent("AuthReq").len();
    assert_eq!(format!("{verdict}; {}; {tries} tries", shown_order(&status)), expected);
}

#[test]
fn an_error_of_the_gateway_declines_and_nobody_elses_does() {
    let nothing = "0.00 USD authorized, 0.00 USD captured";
    check_error(
        Forge::gateway,
        ErrorCode::SignatureFailure,
        &format!("refused: order-rejected; declined: {nothing}; 1 tries"),
    );
    check_error(
        Forge::gateway,
        ErrorCode::UnspecifiedFailure,
        &format!("received; undecided: {nothing}, pending; 3 tries"),
    );
    check_error(
        Forge::merchant,
        ErrorCode::SignatureFailure,
        &format!("received; undecided: {nothing}, pending; 3 tries"),
    );
}

#[test]
fn an_unsigned_error_says_nothing() {
    let mut market = Market::open();
    let order = market.order("49.99", &[]);
    market.network = once("AuthRes", |forge, body| {
        let wrapper = MessageWrapper::decode(body).unwrap();
        let refusal = Refusal::new(ErrorCode::SignatureFailure, "test", "test");
        let identity = forge.gateway();
        let sender = counterfoil_message::treatment::Sender {
            key: identity.sign_key.as_ref(),
            certificate: &identity.sign_certificate,
            chain: &[],
            crls: &[],
        };
        let header = Refused::Header(&wrapper.header);
        let (now, rng) = (forge.now, &mut forge.rng);
        let error = error_message(&sender, &refusal, header, now, rng).unwrap();
        let wrapper = MessageWrapper::decode(&error).unwrap();
        let ErrorMessage::Signed(signed) = wrapper.message.decode().unwrap() else {
            unreachable!()
        };
        wrapped(wrapper.header, &ErrorMessage::Unsigned(content_of(&signed)))
    });
    assert_eq!(shown(&market.pay(order).verdict), "paid 49.99 USD, captured 0.00 USD");
    assert!(market.events_of(Who::Merchant).contains(&"message.refused error-unsigned"));
}

#[test]
fn what_is_undecided_can_be_asked_again_with_the_same_octets() {
    let mut market = Market::open();
    market.merchant_settings.gateway_tries_max = 2;
    market.wallet_settings.inquiries_max = 1;
    market.restart(Who::Merchant);
    market.restart(Who::Wallet);
    let order = market.order("49.99", &[]);
    market.network = Box::new(|_, leg, _, _| if leg == DECISION { Fate::Lose } else { Fate::Pass });
    let books = market.pay(order);
    assert_eq!(shown(&books.verdict), "received");
    let status = market.status(merchant::Command::Status { order });
    assert_eq!(shown_order(&status), "undecided: 0.00 USD authorized, 0.00 USD captured, pending");
    market.network = Box::new(|_, _, _, _| Fate::Pass);
    market.status(merchant::Command::Retry { order });
    let status = market.status(merchant::Command::Status { order });
    assert_eq!(shown_order(&status), "authorized: 49.99 USD authorized, 0.00 USD captured");
    let again = market.inquire(books.xid.as_deref().unwrap());
    assert_eq!(shown(&again.verdict), "paid 49.99 USD, captured 0.00 USD");
    let sent = market.sent("AuthReq");
    assert!(sent.len() == 3 && sent.iter().all(|body| *body == sent[0]));
}

/// What the merchant made of a CapRes that is bent once.
fn check_capture(change: impl Fn(&mut CapResData) + 'static, expected: &str) {
    let mut market = Market::open();
    let order = market.order("49.99", &[]);
    market.pay(order);
    market.network = once("CapRes", move |forge, body| forge.reseal_capture(body, &change));
    market.status(merchant::Command::Capture { order, amount: None });
    let status = market.status(merchant::Command::Status { order });
    assert_eq!(shown_order(&status), "captured: 49.99 USD authorized, 49.99 USD captured");
    let events = market.events_of(Who::Merchant);
    let refused = events.iter().find_map(|event| event.strip_prefix("message.refused "));
    assert_eq!(refused.unwrap_or("accepted"), expected);
    let sent = market.sent("CapReq");
    assert!(sent.iter().all(|body| *body == sent[0]), "the same octets are repeated");
}

fn item(
    change: impl Fn(&mut counterfoil_message::exchange::capture::CapResItem) + 'static,
) -> impl Fn(&mut CapResData) + 'static {
    move |data| {
        let mut items = data.cap_res_item_seq.clone().into_vec();
        items.iter_mut().for_each(&change);
        data.cap_res_item_seq = items.into();
    }
}

#[test]
fn cap_res_is_checked_item_by_item() {
    check_capture(|_| (), "accepted");
    check_capture(|data| data.cap_rr_tags.rrpid = Rrpid::new([0; 20]), "wrapper-mismatch");
    let other = MerchantId::new("SHOP-2").unwrap();
    let merchant = move |data: &mut CapResData| {
        data.cap_rr_tags.mer_term_ids.merchant_id = other.clone();
    };
    check_capture(merchant, "capture-unknown");
    check_capture(|data| data.cap_res_item_seq = Vec::new().into(), "wrapper-mismatch");
    check_capture(item(|item| item.auth_rrpid = Rrpid::new([0; 20])), "capture-unknown");
    let more = dollars("50.00").to_wire().unwrap();
    check_capture(item(move |item| item.cap_res_payload.cap_amt = more), "amount-mismatch");
    check_capture(
        item(|item| {
            item.cap_res_payload.c_rs_pay_extensions = Some(vec![extension()].into());
        }),
        "extension-unrecognized",
    );
    check_capture(
        |data| data.c_rs_extensions = Some(vec![extension()].into()),
        "extension-unrecognized",
    );
}

#[test]
fn a_refused_capture_leaves_the_authorization() {
    let mut market = Market::open();
    let order = market.order("49.99", &[]);
    market.pay(order);
    market.network = once("CapRes", |forge, body| {
        forge.reseal_capture(
            body,
            item(|item| {
                item.cap_res_payload.cap_code = CapCode::AuthExpired;
                item.cap_res_payload.receipt = None;
            }),
        )
    });
    let status = market.status(merchant::Command::Capture { order, amount: None });
    assert_eq!(shown_order(&status), "authorized: 49.99 USD authorized, 0.00 USD captured");
    let capture = &status.authorizations[0].captures[0];
    assert_eq!(capture.reason.as_deref(), Some("authExpired"));
}

/// What the merchant made of a PCertRes that is bent once.
fn check_certificate(change: impl Fn(&mut PCertResTbs) + 'static, expected: &str) {
    let mut market = Market::open();
    market.configured.clear();
    market.network = once("PCertRes", move |forge, body| {
        let gateway = forge.gateway();
        forge.resign(&gateway, body, |PCertRes(signed)| signed, PCertRes, &change)
    });
    market.restart(Who::Merchant);
    market.play();
    let events = market.events_of(Who::Merchant);
    let refused = events.iter().find_map(|event| event.strip_prefix("message.refused "));
    assert_eq!(refused.unwrap_or("accepted"), expected);
    assert_eq!(events.last(), Some(&"gateway_certificate.stored"));
}

#[test]
fn p_cert_res_names_a_certificate_that_holds() {
    check_certificate(|_| (), "accepted");
    check_certificate(|data| data.p_cert_rr_tags.rrpid = Rrpid::new([0; 20]), "wrapper-mismatch");
    let thumb = |data: &mut PCertResTbs, change: &dyn Fn(&mut Option<CertThumb>)| {
        let mut items = data.p_cert_res_item_seq.clone().into_vec();
        change(&mut items[0].cert_thumb);
        data.p_cert_res_item_seq = items.into();
    };
    check_certificate(
        move |data| thumb(data, &|t| *t = Some(CertThumb::new([0; 32]))),
        "certificate-missing",
    );
    check_certificate(move |data| thumb(data, &|t| *t = None), "gateway-certificate-refused");
    check_certificate(
        |data| {
            let mut items = data.p_cert_res_item_seq.clone().into_vec();
            items[0].p_cert_code = PCertCode::BrandNotSupported;
            data.p_cert_res_item_seq = items.into();
        },
        "gateway-certificate-refused",
    );
    check_certificate(
        |data| data.p_c_rs_extensions = Some(vec![extension()].into()),
        "extension-unrecognized",
    );
}
