//! The merchant's rules on PInitReq, PReq and InqReq, each broken alone by a wallet that signs
//! what it should not. What the merchant answers is read as a wallet would: its Error is signed.

use counterfoil_crypto::oid::{Oid, suite};
use counterfoil_message::exchange::error_message::{ErrorMessage, ErrorMsg};
use counterfoil_message::exchange::inquiry::{InqReq, InqReqData, InqRes};
use counterfoil_message::exchange::purchase::{OiData, PReq, PRes};
use counterfoil_message::exchange::purchase_init::PInitReq;
use counterfoil_message::primitive::{
    BrandId, Challenge, Date, LocalId, MsgExtension, OpenType, Rrpid, Xid,
};
use counterfoil_message::treatment::{self, Check};
use counterfoil_message::wrapper::{MessageHeader, MessageIds, MessageWrapper};
use counterfoil_party::identity::Identity;
use counterfoil_pki::Roles;
use counterfoil_pki::trust::Need;
use jiff::SignedDuration;

use super::course::{dollars, shown};
use super::forge::{content_of, wrapped};
use super::market::{ASK, CARD, Fate, Market, Who, card_of, plan};

fn extension() -> MsgExtension {
    let extn_value = OpenType::new(&[5, 0]).unwrap();
    MsgExtension { extn_id: Oid::from_arcs(&[1, 2, 3]), critical: true, extn_value }
}

/// What the merchant answered: `Error unknownXID` (verified) or `PRes orderRejected`.
fn read(market: &mut Market, body: Option<Vec<u8>>) -> String {
    let Some(body) = body else { return "nothing".into() };
    let wrapper = MessageWrapper::decode(&body).unwrap();
    match wrapper.message.name().unwrap() {
        "Error" => {
            let ErrorMessage::Signed(signed) = wrapper.message.decode().unwrap() else {
                panic!("a merchant signs its Errors")
            };
            let need = Need::sign(Roles::MER);
            let trust = &mut market.forge.trust;
            let mut check = Check { trust, now: market.now, need };
            let error = treatment::verify(&signed, &mut check).unwrap().into_content();
            let about = match &error.error_msg {
                ErrorMsg::MessageHeader(header) => {
                    assert_eq!(header.rrpid, wrapper.header.rrpid);
                    ""
                }
                ErrorMsg::BadWrapper(_) => " (octets)",
            };
            let oid = error.error_oid.map_or(String::new(), |oid| format!(" {oid}"));
            format!("Error {}{oid}{about}", error.error_code)
        }
        "PRes" => {
            let PRes(signed) = wrapper.message.decode().unwrap();
            format!("PRes {}", content_of(&signed).p_res_payload_seq[0].completion_code)
        }
        "InqRes" => {
            let InqRes(signed) = wrapper.message.decode().unwrap();
            format!("InqRes {}", content_of(&signed).p_res_payload_seq[0].completion_code)
        }
        other => other.to_owned(),
    }
}

/// Catches the first message of a name that the wallet sends for an order, and loses it.
fn catch(market: &mut Market, name: &'static str) -> Vec<u8> {
    market.wallet_settings.sends_max = 1;
    market.wallet_settings.inquiries_max = 0;
    market.restart(Who::Wallet);
    let order = market.order("49.99", &[]);
    market.network = Box::new(
        move |_, leg, sent, _| {
            if leg == ASK && sent == name { Fate::Lose } else { Fate::Pass }
        },
    );
    market.pay(order);
    market.network = Box::new(|_, _, _, _| Fate::Pass);
    market.sent(name)[0].to_vec()
}

/// What the merchant answers to a PInitReq that is changed.
fn check_init(change: impl FnOnce(&mut MessageHeader, &mut PInitReq), expected: &str) {
    let mut market = Market::open();
    let body = catch(&mut market, "PInitReq");
    let mut wrapper = MessageWrapper::decode(&body).unwrap();
    let mut request: PInitReq = wrapper.message.decode().unwrap();
    change(&mut wrapper.header, &mut request);
    let answer = market.ask_merchant(&wrapped(wrapper.header, &request));
    assert_eq!(read(&mut market, answer), expected);
}

#[test]
fn a_purchase_is_opened_for_a_known_order_brand_and_suite() {
    check_init(|_, _| (), "PInitRes");
    let label = || Some(LocalId::new(b"no order").unwrap());
    let ids = |header: &mut MessageHeader| header.message_ids = None;
    check_init(
        |header, request| {
            ids(header);
            request.lid_m = label();
        },
        "Error unknownLID",
    );
    check_init(
        |header, request| {
            ids(header);
            request.lid_m = None;
        },
        "Error unknownLID",
    );
    let other = BrandId::new("OtherCard").unwrap();
    check_init(|_, request| request.brand_id = other, "Error unspecifiedFailure");
    check_init(|_, request| request.suites = vec![suite(2)].into(), "Error unspecifiedFailure");
    check_init(|_, request| request.suites = vec![suite(2), suite(1)].into(), "PInitRes");
    check_init(
        |_, request| request.pi_rq_extensions = Some(vec![extension()].into()),
        "Error unrecognizedExtension 1.2.3",
    );
}

#[test]
fn header_and_message_agree_and_the_date_is_todays() {
    let label = || Some(LocalId::new(b"x").unwrap());
    let ids = |header: &mut MessageHeader, change: fn(&mut MessageIds)| {
        change(header.message_ids.as_mut().unwrap());
    };
    check_init(
        |header, _| header.message_ids.as_mut().unwrap().lid_c = label(),
        "Error wrapperMsgMismatch",
    );
    check_init(
        |header, _| header.message_ids.as_mut().unwrap().lid_m = label(),
        "Error wrapperMsgMismatch",
    );
    check_init(
        |header, _| ids(header, |ids| ids.xid = Some(Xid::new([0; 20]))),
        "Error wrapperMsgMismatch",
    );
    check_init(|header, _| header.rrpid = Some(Rrpid::new([0; 20])), "Error wrapperMsgMismatch");
    check_init(|header, _| header.rrpid = None, "Error badMessageHeader (octets)");
    let shift = |header: &mut MessageHeader, minutes| {
        let date = header.date.timestamp() + SignedDuration::from_mins(minutes);
        header.date = Date::new(date);
    };
    check_init(|header, _| shift(header, -16), "Error messageTooOld");
    check_init(|header, _| shift(header, 6), "Error messageTooNew");
}

#[test]
fn octets_that_are_no_message_get_a_signed_error() {
    let mut market = Market::open();
    let body = catch(&mut market, "PInitReq");
    let mut ask = |body: &[u8]| {
        let answer = market.ask_merchant(body);
        read(&mut market, answer)
    };
    assert_eq!(ask(b""), "Error decodingFailure (octets)");
    assert_eq!(ask(&body[..body.len() - 1]), "Error decodingFailure (octets)");
    // The version is the first field of the header: SEQUENCE, SEQUENCE, INTEGER.
    let at = body.windows(3).position(|w| w == [2, 1, 2]).unwrap() + 2;
    for (version, expected) in
        [(1, "Error versionTooOld (octets)"), (3, "Error versionTooNew (octets)")]
    {
        let mut other = body.clone();
        other[at] = version;
        assert_eq!(ask(&other), expected);
    }
    let big = vec![0x30; counterfoil_message::limits::MESSAGE_BYTES_MAX + 1];
    assert_eq!(ask(&big), "Error messageTooBig (octets)");
}

#[test]
fn a_message_that_is_not_for_merchants_is_refused_and_an_error_gets_no_answer() {
    let mut market = Market::open();
    let order = market.order("49.99", &[]);
    market.pay(order);
    let pinitres = market.sent("PInitRes")[0].to_vec();
    let mut wrapper = MessageWrapper::decode(&pinitres).unwrap();
    wrapper.header.rrpid = Some(Rrpid::new([9; 20]));
    let answer = market.ask_merchant(&wrapper.encode().unwrap());
    assert_eq!(read(&mut market, answer), "Error messageNotSupported");
    let error = market.ask_merchant(b"garbage").unwrap();
    assert_eq!(market.ask_merchant(&error), None);
}

/// What the merchant answers to a PReq that is changed and signed anew.
fn check_order(change: impl FnOnce(&mut Market, &mut OiData, &mut MessageHeader), expected: &str) {
    let mut market = Market::open();
    let body = catch(&mut market, "PReq");
    let answer = resigned(&mut market, &body, change);
    assert_eq!(answer, expected);
}

fn resigned(
    market: &mut Market,
    body: &[u8],
    change: impl FnOnce(&mut Market, &mut OiData, &mut MessageHeader),
) -> String {
    let mut wrapper = MessageWrapper::decode(body).unwrap();
    let PReq::DualSigned(signed) = wrapper.message.decode().unwrap() else { unreachable!() };
    let mut oi = signed.oi_dual_signed.oi_data;
    change(market, &mut oi, &mut wrapper.header);
    let holder = market.forge.card.identity.clone();
    let gateway = market.configured[0].clone();
    let price = dollars("49.99");
    let header = wrapper.header;
    let forged = market.forge.sign_order(&holder, body, &gateway, price, |data, outer| {
        (*data, *outer) = (oi, header);
    });
    let answer = market.ask_merchant(&forged);
    read(market, answer)
}

#[test]
fn an_order_half_that_fits_is_accepted() {
    // Signed anew, so with another envelope; only the octets differ from the wallet's.
    check_order(|_, _, _| (), "PRes authorizationPerformed");
}

#[test]
fn step_1_header_and_message_agree() {
    let other = Rrpid::new([0; 20]);
    check_order(|_, _, header| header.rrpid = Some(other), "Error wrapperMsgMismatch");
    let xid = Some(Xid::new([0; 20]));
    check_order(
        |_, _, header| header.message_ids.as_mut().unwrap().xid = xid,
        "Error wrapperMsgMismatch",
    );
}

#[test]
fn step_4_the_purchase_is_known_with_its_labels() {
    check_order(
        |_, oi, header| {
            oi.trans_ids.xid = Xid::new([0; 20]);
            header.message_ids = None;
        },
        "Error unknownXID",
    );
    check_order(
        |_, oi, header| {
            oi.trans_ids.lid_c = LocalId::new(b"other").unwrap();
            header.message_ids = None;
        },
        "Error unknownLID",
    );
    check_order(
        |_, oi, header| {
            oi.trans_ids.lid_m = None;
            header.message_ids = None;
        },
        "Error unknownLID",
    );
}

#[test]
fn step_6_the_request_is_fresh_and_as_agreed() {
    check_order(|_, oi, _| oi.chall_m = None, "Error challengeMismatch");
    let stale = Challenge::new([0; 32]);
    check_order(|_, oi, _| oi.chall_m = Some(stale), "Error challengeMismatch");
    check_order(|_, oi, _| oi.chall_c = stale, "Error challengeMismatch");
    let brand = BrandId::new("OtherCard").unwrap();
    check_order(|_, oi, _| oi.brand_id = Some(brand), "PRes orderRejected");
}

#[test]
fn step_7_the_cardholder_saw_this_order_at_this_price() {
    use counterfoil_party::conversation::order_digest::order_digest;
    let hod = |text: &'static str, price: &'static str| {
        move |_: &mut Market, oi: &mut OiData, _: &mut MessageHeader| {
            oi.hod = order_digest(text, dollars(price), oi.od_salt).unwrap();
        }
    };
    check_order(hod(super::market::ORDER, "49.99"), "PRes authorizationPerformed");
    check_order(hod(super::market::ORDER, "0.01"), "PRes orderRejected");
    check_order(hod("two books", "49.99"), "PRes orderRejected");
}

#[test]
fn step_8_a_critical_extension_is_refused() {
    check_order(
        |_, oi, _| oi.oi_extensions = Some(vec![extension()].into()),
        "Error unrecognizedExtension 1.2.3",
    );
}

#[test]
fn step_5_a_purchase_has_one_request() {
    let mut market = Market::open();
    let body = catch(&mut market, "PReq");
    let first = market.ask_merchant(&body);
    assert_eq!(read(&mut market, first), "PRes authorizationPerformed");
    let second = resigned(&mut market, &body, |_, oi, header| {
        oi.rrpid = Rrpid::new([8; 20]);
        header.rrpid = Some(oi.rrpid);
    });
    assert_eq!(second, "Error unknownRRPID");
    assert_eq!(market.sent("AuthReq").len(), 1);
}

#[test]
fn step_3_the_unsigned_form_is_read_and_answered_with_signature_required() {
    use counterfoil_message::container::Ex;
    use counterfoil_message::exchange::purchase::PReqUnsigned;
    let mut market = Market::open();
    let body = catch(&mut market, "PReq");
    let wrapper = MessageWrapper::decode(&body).unwrap();
    let PReq::DualSigned(signed) = wrapper.message.decode().unwrap() else { unreachable!() };
    let unsigned = PReq::Unsigned(PReqUnsigned {
        pi_unsigned: Ex::new(signed.pi_dual_signed.ex_pi_data),
        oi_unsigned: signed.oi_dual_signed,
    });
    let answer = market.ask_merchant(&wrapped(wrapper.header, &unsigned));
    assert_eq!(read(&mut market, answer), "PRes signatureRequired");
    assert!(market.sent("AuthReq").is_empty());
}

/// Signs PReq as somebody else.
fn order_signed_by(who: impl FnOnce(&mut Market) -> Identity) -> String {
    let mut market = Market::open();
    let body = catch(&mut market, "PReq");
    let holder = who(&mut market);
    let gateway = market.configured[0].clone();
    let price = dollars("49.99");
    let forged = market.forge.sign_order(&holder, &body, &gateway, price, |_, _| ());
    let answer = market.ask_merchant(&forged);
    read(&mut market, answer)
}

#[test]
fn step_2_a_cardholder_of_the_brand_signs() {
    assert_eq!(order_signed_by(|m| m.forge.merchant()), "Error invalidCertificate");
    assert_eq!(order_signed_by(|m| m.forge.gateway()), "Error invalidCertificate");
    let stranger = |market: &mut Market| {
        let mut other = plan(market.now);
        other.brand = "OtherCard".into();
        let founded = other.found(&mut market.rng).unwrap();
        let card = card_data(market);
        let holder = other.cardholder(&founded.cca, &card, &mut market.rng).unwrap();
        holder.identity().unwrap()
    };
    assert_eq!(order_signed_by(stranger), "Error invalidCertificate");
    let expired = |market: &mut Market| {
        let past = plan(market.now - SignedDuration::from_hours(24 * 400));
        let card = card_data(market);
        let holder = past.cardholder(&market.founded.cca, &card, &mut market.rng).unwrap();
        holder.identity().unwrap()
    };
    assert_eq!(order_signed_by(expired), "Error expiredCertificate");
}

fn card_data(market: &Market) -> counterfoil_message::primitive::PanData {
    let card = &market.forge.card;
    assert_eq!(card.pan.expose(), CARD);
    counterfoil_message::primitive::PanData {
        pan: counterfoil_message::primitive::CardNumber(card.pan.clone()),
        card_expiry: card.expiry.clone(),
        pan_secret: card.pan_secret.clone(),
        ex_nonce: counterfoil_message::primitive::ExNonce::new([1; 32]),
    }
}

#[test]
fn step_2_every_part_of_the_dual_signature_counts() {
    let mut market = Market::open();
    let body = catch(&mut market, "PReq");
    let gateway = market.configured[0].clone();
    let holder = market.forge.card.identity.clone();
    let price = dollars("49.99");
    // For another gateway: the context is signed, so the merchant notices.
    let other = market.forge.shop.exchange.as_ref().unwrap().certificate.clone();
    let forged = market.forge.sign_order(&holder, &body, &other, price, |_, _| ());
    let answer = market.ask_merchant(&forged);
    assert_eq!(read(&mut market, answer), "Error signatureFailure");
    // An order half under the signature of another one.
    let forged = market.forge.sign_order(&holder, &body, &gateway, price, |oi, header| {
        oi.rrpid = Rrpid::new([3; 20]);
        header.rrpid = Some(oi.rrpid);
    });
    let mut wrapper = MessageWrapper::decode(&forged).unwrap();
    let PReq::DualSigned(mut signed) = wrapper.message.decode().unwrap() else { unreachable!() };
    signed.oi_dual_signed.oi_data.rrpid = Rrpid::new([4; 20]);
    wrapper.header.rrpid = Some(Rrpid::new([4; 20]));
    let answer = market.ask_merchant(&wrapped(wrapper.header, &PReq::DualSigned(signed)));
    assert_eq!(read(&mut market, answer), "Error signatureFailure");
}

#[test]
fn an_order_is_paid_by_one_purchase_only() {
    let mut market = Market::open();
    let order = market.order("49.99", &[]);
    // Two purchases are opened before one is requested.
    let first = market.initiation(order);
    let pay = |initiation: &str| counterfoil_party::wallet::Command::Pay {
        initiation: initiation.into(),
        brand: "Visa".into(),
        card: None,
    };
    market.wallet_settings.sends_max = 1;
    market.wallet_settings.inquiries_max = 0;
    market.restart(Who::Wallet);
    market.network = Box::new(
        |_, leg, sent, _| {
            if leg == ASK && sent == "PReq" { Fate::Lose } else { Fate::Pass }
        },
    );
    market.cardholder(pay(&first));
    market.network = Box::new(|_, _, _, _| Fate::Pass);
    assert_eq!(shown(&market.pay(order).verdict), "paid 49.99 USD, captured 0.00 USD");
    let late = market.sent("PReq")[0].to_vec();
    let answer = market.ask_merchant(&late);
    assert_eq!(read(&mut market, answer), "PRes orderRejected");
    // And a third is not even opened.
    let verdict = shown(&market.pay(order).verdict);
    assert_eq!(verdict, "refused: order-already-paid");
    assert_eq!(market.sent("AuthReq").len(), 1);
}

/// What the merchant answers to an InqReq that is changed and signed anew.
fn check_inquiry(
    signer: impl FnOnce(&mut Market) -> Identity,
    change: impl FnOnce(&mut InqReqData, &mut MessageHeader),
    expected: &str,
) {
    let mut market = Market::open();
    let order = market.order("49.99", &[]);
    let paid = market.pay(order);
    market.inquire(paid.xid.as_deref().unwrap());
    let body = market.sent("InqReq")[0].to_vec();
    let mut wrapper = MessageWrapper::decode(&body).unwrap();
    let InqReq::Signed(signed) = wrapper.message.decode().unwrap() else { unreachable!() };
    let mut data = content_of(&signed);
    data.rrpid = Rrpid::new([6; 20]);
    wrapper.header.rrpid = Some(data.rrpid);
    change(&mut data, &mut wrapper.header);
    let identity = signer(&mut market);
    let chain = identity.chain.clone();
    let signed = market.forge.sign(&identity, &data, &chain, &[]);
    let answer = market.ask_merchant(&wrapped(wrapper.header, &InqReq::Signed(signed)));
    assert_eq!(read(&mut market, answer), expected);
}

#[test]
fn a_purchase_is_told_to_its_cardholder_only() {
    let holder = |market: &mut Market| market.forge.card.identity.clone();
    check_inquiry(holder, |_, _| (), "InqRes authorizationPerformed");
    let other = |market: &mut Market| {
        let mut card = card_data(market);
        card.pan_secret = counterfoil_message::primitive::PanSecret::new([9; 32]);
        let holder = plan(market.now).cardholder(&market.founded.cca, &card, &mut market.rng);
        card_of(&card, market.forge.card.card_secret.clone(), &holder.unwrap()).identity
    };
    check_inquiry(other, |_, _| (), "Error invalidCertificate");
    check_inquiry(|market| market.forge.merchant(), |_, _| (), "Error invalidCertificate");
    check_inquiry(
        holder,
        |data, header| {
            data.trans_ids.xid = Xid::new([0; 20]);
            header.message_ids = None;
        },
        "Error unknownXID",
    );
    check_inquiry(
        holder,
        |data, header| {
            data.trans_ids.lid_c = LocalId::new(b"x").unwrap();
            header.message_ids = None;
        },
        "Error unknownLID",
    );
    let mismatch = |_: &mut InqReqData, header: &mut MessageHeader| {
        header.message_ids.as_mut().unwrap().xid = Some(Xid::new([0; 20]));
    };
    check_inquiry(holder, mismatch, "Error wrapperMsgMismatch");
    check_inquiry(
        holder,
        |data, _| data.inq_rq_extensions = Some(vec![extension()].into()),
        "Error unrecognizedExtension 1.2.3",
    );
}

#[test]
fn an_unsigned_inquiry_learns_nothing() {
    let mut market = Market::open();
    let order = market.order("49.99", &[]);
    let paid = market.pay(order);
    market.inquire(paid.xid.as_deref().unwrap());
    let body = market.sent("InqReq")[0].to_vec();
    let mut wrapper = MessageWrapper::decode(&body).unwrap();
    let InqReq::Signed(signed) = wrapper.message.decode().unwrap() else { unreachable!() };
    let mut data = content_of(&signed);
    data.rrpid = Rrpid::new([6; 20]);
    wrapper.header.rrpid = Some(data.rrpid);
    let answer = market.ask_merchant(&wrapped(wrapper.header, &InqReq::Unsigned(data)));
    assert_eq!(read(&mut market, answer), "Error signatureRequired");
}

#[test]
fn an_inquiry_before_the_request_is_told_so() {
    let mut market = Market::open();
    catch(&mut market, "PReq");
    let xid = match market
        .cardholder(counterfoil_party::wallet::Command::Purchases { after: None, limit: 10 })
    {
        Some(counterfoil_party::wallet::Outcome::Purchases { purchases, .. }) => {
            purchases[0].xid.clone().unwrap()
        }
        other => panic!("{other:?}"),
    };
    market.wallet_settings.inquiries_max = 1;
    market.restart(Who::Wallet);
    assert_eq!(shown(&market.inquire(&xid).verdict), "in doubt: order-not-received");
    assert!(market.sent("AuthReq").is_empty(), "an inquiry does not buy");
}
