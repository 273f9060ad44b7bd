//! A shop gives an authorization back: whole, what is left of it, once, and whatever gets lost.

use counterfoil_party::amount::Amount;
use counterfoil_party::bank::check_books;
use counterfoil_party::merchant::command::OrderState;
use counterfoil_party::merchant::order::OrderId;
use counterfoil_party::merchant::{self, CaptureMode};

use super::course::{dollars, shown, shown_order};
use super::market::{Crash, Fate, Leg, Market, Network, Who};

impl Market {
    /// What the bank holds and what it has moved to merchants, in cents; its books are checked.
    fn bank(&self) -> (u64, i64) {
        let totals = check_books(&self.records[&Who::Bank]).expect("books that add up");
        let usd = &totals.currencies[&840];
        (usd.held_minor, usd.merchants_minor)
    }

    /// `voided: 0.00 USD authorized, 0.00 USD captured`, or why the command is refused.
    fn told(&mut self, command: merchant::Command) -> String {
        match self.shop(command) {
            merchant::Outcome::Status(status) => shown_order(&status),
            merchant::Outcome::Refused { id, .. } => id.to_owned(),
            other => panic!("{other:?}"),
        }
    }

    fn void(&mut self, order: OrderId) -> String {
        self.told(merchant::Command::Void { order })
    }

    fn capture(&mut self, order: OrderId, amount: Option<&str>) -> String {
        let amount: Option<Amount> = amount.map(dollars);
        self.told(merchant::Command::Capture { order, amount })
    }
}

const VOIDED: &str = "voided: 0.00 USD authorized, 0.00 USD captured";
const REVERSED: &str = "refused: authorization-reversed";

#[test]
fn a_voided_order_holds_nothing_and_the_cardholder_has_the_gateways_word() {
    let mut market = Market::open();
    let order = market.order("49.99", &[]);
    let paid = market.pay(order);
    assert_eq!(market.bank(), (4999, 0));
    assert_eq!(market.void(order), VOIDED);
    assert_eq!(market.bank(), (0, 0));
    let xid = paid.xid.unwrap();
    assert_eq!(shown(&market.inquire(&xid).verdict), REVERSED);
    assert_eq!(shown(&market.inquire(&xid).verdict), REVERSED, "and so it stays");
    assert_eq!(market.capture(order, None), "order-voided");
    assert_eq!(market.void(order), "order-voided");
    assert_eq!(
        market.events_of(Who::Merchant),
        ["purchase.opened", "purchase.received", "purchase.authorized", "void.performed"]
    );
    let again = market.pay(order);
    assert_eq!(shown(&again.verdict), "refused: merchant-refused", "a voided order stays voided");
    assert_eq!(market.bank(), (0, 0));
}

#[test]
fn what_is_left_of_a_partly_captured_order_is_voided() {
    let mut market = Market::open();
    let order = market.order("49.99", &[]);
    let paid = market.pay(order);
    market.capture(order, Some("20.00"));
    assert_eq!(market.bank(), (2999, 2000));
    assert_eq!(market.void(order), "captured: 20.00 USD authorized, 20.00 USD captured");
    assert_eq!(market.bank(), (0, 2000));
    let xid = paid.xid.unwrap();
    assert_eq!(shown(&market.inquire(&xid).verdict), "paid 20.00 USD, captured 20.00 USD");
    assert_eq!(market.capture(order, Some("0.01")), "order-voided");
    assert_eq!(market.void(order), "nothing-to-void");
}

#[test]
fn there_must_be_something_to_void() {
    let mut market = Market::open();
    let order = market.order("49.99", &[]);
    assert_eq!(market.void(order), "order-not-authorized");
    market.pay(order);
    market.capture(order, None);
    assert_eq!(market.void(order), "nothing-to-void");
    assert!(market.sent("AuthRevReq").is_empty());
    assert_eq!(market.bank(), (0, 4999));
    assert_eq!(market.void("77".parse().unwrap()), "order-unknown");
}

#[test]
fn a_sale_was_captured_and_cannot_be_voided() {
    let mut market = Market::open();
    market.merchant_settings.capture = CaptureMode::Now;
    market.restart(Who::Merchant);
    let order = market.order("49.99", &[]);
    market.pay(order);
    assert_eq!(market.void(order), "nothing-to-void");
    assert_eq!(market.bank(), (0, 4999));
}

#[test]
fn every_shipment_of_a_split_order_is_voided_and_no_other_is_authorized() {
    let mut market = Market::open();
    let order = market.order("50.00", &["20.00", "20.00", "10.00"]);
    let paid = market.pay(order);
    market.status(merchant::Command::AuthorizeNext { order, amount: None });
    market.capture(order, Some("5.00"));
    assert_eq!(market.bank(), (3500, 500));
    assert_eq!(market.void(order), "captured: 5.00 USD authorized, 5.00 USD captured");
    assert_eq!(market.bank(), (0, 500));
    assert_eq!(market.sent("AuthRevReq").len(), 2);
    let next = merchant::Command::AuthorizeNext { order, amount: None };
    assert_eq!(market.told(next), "order-voided");
    let xid = paid.xid.unwrap();
    assert_eq!(shown(&market.inquire(&xid).verdict), "paid 5.00 USD, captured 5.00 USD");
}

/// Pays and voids through `network`; everything must come out as if nothing had happened.
fn survives(network: Network) {
    let mut market = Market::open();
    let order = market.order("49.99", &[]);
    let paid = market.pay(order);
    market.network = network;
    market.void(order);
    assert_eq!(market.told(merchant::Command::Status { order }), VOIDED);
    assert_eq!(shown(&market.inquire(&paid.xid.unwrap()).verdict), REVERSED);
    assert_eq!(market.bank(), (0, 0));
    let sent = market.sent("AuthRevReq");
    assert!(sent.iter().all(|body| *body == sent[0]), "AuthRevReq is repeated unchanged");
}

#[test]
fn either_message_may_be_lost_or_come_twice() {
    survives(Box::new(|_, _, _, _| Fate::Twice));
    for lost in ["AuthRevReq", "AuthRevRes"] {
        let mut done = 0;
        survives(Box::new(move |_, _, name, _| {
            done += usize::from(name == lost);
            if name == lost && done <= 3 { Fate::Lose } else { Fate::Pass }
        }));
    }
}

#[test]
fn an_answer_that_was_changed_on_the_way_decides_nothing() {
    let mut done = false;
    survives(Box::new(move |_, _, name, body| {
        if name != "AuthRevRes" || done {
            return Fate::Pass;
        }
        done = true;
        let mut changed = body.to_vec();
        let last = changed.len() - 1;
        changed[last] ^= 1;
        Fate::Replace(changed)
    }));
}

#[test]
fn a_gateway_that_stays_silent_leaves_it_undecided_until_retry() {
    let mut market = Market::open();
    market.merchant_settings.gateway_tries_max = 3;
    market.restart(Who::Merchant);
    let order = market.order("49.99", &[]);
    market.pay(order);
    market.network = Box::new(
        |_, leg: Leg, _, _| {
            if leg.from == Who::Merchant { Fate::Lose } else { Fate::Pass }
        },
    );
    market.void(order);
    let undecided = "authorized: 49.99 USD authorized, 0.00 USD captured, pending";
    assert_eq!(market.told(merchant::Command::Status { order }), undecided);
    assert_eq!(market.capture(order, None), "void-open");
    assert_eq!(market.void(order), "void-open");
    market.network = Box::new(|_, _, _, _| Fate::Pass);
    market.told(merchant::Command::Retry { order });
    assert_eq!(market.told(merchant::Command::Status { order }), VOIDED);
    let sent = market.sent("AuthRevReq");
    assert!(sent.iter().all(|body| *body == sent[0]));
    assert_eq!(market.bank(), (0, 0));
}

#[test]
fn a_capture_on_its_way_is_decided_before_a_void() {
    let mut market = Market::open();
    market.merchant_settings.gateway_tries_max = 2;
    market.restart(Who::Merchant);
    let order = market.order("49.99", &[]);
    market.pay(order);
    // The gateway captures, and its answers are lost.
    market.network =
        Box::new(|_, _, name, _| if name == "CapRes" { Fate::Lose } else { Fate::Pass });
    market.capture(order, None);
    assert_eq!(market.void(order), "capture-open");
    market.network = Box::new(|_, _, _, _| Fate::Pass);
    market.told(merchant::Command::Retry { order });
    assert_eq!(market.void(order), "nothing-to-void");
    assert_eq!(market.bank(), (0, 4999));
}

#[test]
fn a_void_survives_a_crash_of_the_merchant_at_each_step() {
    for more in 1..=3 {
        for durable in [false, true] {
            let mut market = Market::open();
            let order = market.order("49.99", &[]);
            market.pay(order);
            let at = market.inputs_of(Who::Merchant) + more;
            let crash = Crash { who: Who::Merchant, at, durable };
            market.crash = Some(crash);
            let lost =
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| market.void(order)));
            drop(lost);
            market.crash = None;
            market.play();
            let books = market.status(merchant::Command::Status { order }).summary.books;
            if books.state != OrderState::Voided {
                assert!(!durable && !books.pending, "{crash:?}: {books:?}");
                assert_eq!(market.void(order), VOIDED, "{crash:?}");
            }
            assert_eq!(market.bank(), (0, 0), "{crash:?}");
            let sent = market.sent("AuthRevReq");
            assert!(sent.iter().all(|body| *body == sent[0]), "{crash:?}");
        }
    }
}
