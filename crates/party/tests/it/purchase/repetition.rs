//! Messages that are lost, come twice, come changed, or answer something else.

use counterfoil_message::exchange::error_message::ErrorMessage;
use counterfoil_message::wrapper::MessageWrapper;
use counterfoil_party::merchant::{self, CaptureMode};
use counterfoil_party::wallet::command::Verdict;

use super::course::{shown, shown_order};
use super::forge::content_of;
use super::market::{ANSWER, ASK, DECISION, Fate, Leg, Market, Network, Who};

const NAMES: [&str; 8] =
    ["PInitReq", "PInitRes", "PReq", "PRes", "AuthReq", "AuthRes", "CapReq", "CapRes"];

/// Pays and captures through `network`; everything must come out as if nothing had happened.
fn survives(network: Network) -> Market {
    let mut market = Market::open();
    let order = market.order("49.99", &[]);
    market.network = network;
    let books = market.pay(order);
    let xid = books.xid.expect("the purchase has an XID");
    market.shop(merchant::Command::Capture { order, amount: None });
    let again = market.inquire(&xid);
    assert_eq!(shown(&again.verdict), "paid 49.99 USD, captured 49.99 USD");
    let status = market.status(merchant::Command::Status { order });
    assert_eq!(shown_order(&status), "captured: 49.99 USD authorized, 49.99 USD captured");
    assert_eq!(status.authorizations.len(), 1);
    for name in ["PInitReq", "PReq", "AuthReq", "CapReq"] {
        let sent = market.sent(name);
        assert!(sent.iter().all(|body| *body == sent[0]), "{name} is repeated unchanged");
    }
    market
}

#[test]
fn each_message_may_be_lost() {
    for lost in NAMES {
        let mut done = false;
        survives(Box::new(move |_, _, name, _| {
            if name != lost || done {
                return Fate::Pass;
            }
            done = true;
            Fate::Lose
        }));
    }
}

#[test]
fn every_third_message_may_be_lost() {
    let mut count = 0;
    survives(Box::new(move |_, _, _, _| {
        count += 1;
        if count % 3 == 1 { Fate::Lose } else { Fate::Pass }
    }));
}

#[test]
fn every_request_may_come_twice() {
    let market = survives(Box::new(|_, _, _, _| Fate::Twice));
    let repeated = market.events_of(Who::Merchant);
    assert!(repeated.contains(&"message.repeated"), "{repeated:?}");
}

#[test]
fn a_sale_is_not_doubled_by_repetition() {
    let mut market = Market::open();
    market.merchant_settings.capture = CaptureMode::Now;
    market.restart(Who::Merchant);
    let order = market.order("600.00", &[]);
    market.network = Box::new(|_, _, _, _| Fate::Twice);
    // Twice 600.00 is more than the account has.
    assert_eq!(shown(&market.pay(order).verdict), "paid 600.00 USD, captured 600.00 USD");
    let status = market.status(merchant::Command::Status { order });
    assert_eq!(shown_order(&status), "captured: 600.00 USD authorized, 600.00 USD captured");
}

#[test]
fn a_known_rrpid_with_other_octets_is_refused_and_changes_nothing() {
    let mut market = Market::open();
    let order = market.order("49.99", &[]);
    market.pay(order);
    for name in ["PInitReq", "PReq"] {
        let body = market.sent(name)[0].to_vec();
        let answer = market.ask_merchant(&body);
        let mut wrapper = MessageWrapper::decode(&body).unwrap();
        wrapper.header.sw_ident = counterfoil_message::primitive::SwIdent::new("other").unwrap();
        let error = market.ask_merchant(&wrapper.encode().unwrap()).unwrap();
        let error = MessageWrapper::decode(&error).unwrap();
        let ErrorMessage::Signed(signed) = error.message.decode().unwrap() else {
            panic!("a merchant signs its Errors")
        };
        assert_eq!(content_of(&signed).error_code.name(), "unknownRRPID");
        assert_eq!(market.ask_merchant(&body), answer, "{name} keeps its answer");
    }
    assert!(market.events_of(Who::Merchant).contains(&"message.refused rrpid-reused"));
    assert_eq!(market.sent("AuthReq").len(), 1);
}

#[test]
fn while_the_gateway_is_slow_the_wallet_is_told_to_wait_and_asks() {
    let mut market = Market::open();
    let order = market.order("49.99", &[]);
    let mut losses = 3;
    market.network = Box::new(move |_, leg, name, _| {
        if leg != DECISION || name != "AuthRes" || losses == 0 {
            return Fate::Pass;
        }
        losses -= 1;
        Fate::Lose
    });
    market.merchant_settings.pres_wait_ms_max = 500;
    market.restart(Who::Merchant);
    assert_eq!(shown(&market.pay(order).verdict), "paid 49.99 USD, captured 0.00 USD");
    assert!(!market.sent("InqReq").is_empty());
    assert_eq!(market.sent("PReq").len(), 1);
}

#[test]
fn a_silent_merchant_leaves_doubt_and_an_inquiry_clears_it() {
    let mut market = Market::open();
    let order = market.order("49.99", &[]);
    let silent = |leg: Leg, name: &str| leg == ANSWER && name != "PInitRes";
    market.network =
        Box::new(move |_, leg, name, _| if silent(leg, name) { Fate::Lose } else { Fate::Pass });
    let books = market.pay(order);
    assert_eq!(shown(&books.verdict), "in doubt: merchant-silent");
    let Verdict::InDoubt(reason) = &books.verdict else { unreachable!() };
    assert!(reason.hint.contains("inquire"));
    market.network = Box::new(|_, _, _, _| Fate::Pass);
    let again = market.inquire(books.xid.as_deref().unwrap());
    assert_eq!(shown(&again.verdict), "paid 49.99 USD, captured 0.00 USD");
}

#[test]
fn an_unreachable_merchant_means_that_nothing_is_paid() {
    let mut market = Market::open();
    let order = market.order("49.99", &[]);
    market.network = Box::new(|_, leg, _, _| if leg == ASK { Fate::Lose } else { Fate::Pass });
    let books = market.pay(order);
    assert_eq!(shown(&books.verdict), "refused: merchant-unreachable");
    assert_eq!(market.sent("PInitReq").len(), 4);
    assert!(market.sent("PReq").is_empty());
}

#[test]
fn an_answer_to_another_request_says_nothing() {
    // The answer to an earlier inquiry comes in place of the later one's.
    let mut market = Market::open();
    let order = market.order("49.99", &[]);
    let books = market.pay(order);
    let xid = books.xid.unwrap();
    market.inquire(&xid);
    let old = market.sent("InqRes")[0].to_vec();
    market.network = Box::new(move |_, leg, name, _| {
        if leg == ANSWER && name == "InqRes" { Fate::Replace(old.clone()) } else { Fate::Pass }
    });
    let again = market.inquire(&xid);
    assert_eq!(shown(&again.verdict), "paid 49.99 USD, captured 0.00 USD");
    assert!(market.events_of(Who::Wallet).contains(&"message.refused rrpid-unknown"));
    // The same for PInitRes: an old one opens no new purchase.
    let old = market.sent("PInitRes")[0].to_vec();
    let order = market.order("49.99", &[]);
    market.network = Box::new(move |_, leg, name, _| {
        if leg == ANSWER && name == "PInitRes" { Fate::Replace(old.clone()) } else { Fate::Pass }
    });
    assert_eq!(shown(&market.pay(order).verdict), "refused: rrpid-unknown");
}

#[test]
fn a_purchase_that_nobody_requests_expires() {
    let mut market = Market::open();
    market.merchant_settings.purchase_open_ms_max = 60_000;
    market.wallet_settings.sends_max = 1;
    market.wallet_settings.inquiries_max = 0;
    market.restart(Who::Merchant);
    market.restart(Who::Wallet);
    let order = market.order("49.99", &[]);
    market.network = Box::new(
        |_, leg, name, _| {
            if leg == ASK && name == "PReq" { Fate::Lose } else { Fate::Pass }
        },
    );
    let books = market.pay(order);
    assert_eq!(shown(&books.verdict), "in doubt: merchant-silent");
    assert!(market.events_of(Who::Merchant).contains(&"purchase.expired"));
    market.network = Box::new(|_, _, _, _| Fate::Pass);
    let late = market.sent("PReq")[0].to_vec();
    let error = MessageWrapper::decode(&market.ask_merchant(&late).unwrap()).unwrap();
    let ErrorMessage::Signed(signed) = error.message.decode().unwrap() else { unreachable!() };
    assert_eq!(content_of(&signed).error_code.name(), "unknownXID");
    market.wallet_settings.inquiries_max = 1;
    market.restart(Who::Wallet);
    // The merchant signs that it knows no such purchase, so the doubt is over.
    let again = market.inquire(books.xid.as_deref().unwrap());
    assert_eq!(shown(&again.verdict), "refused: merchant-refused");
}
