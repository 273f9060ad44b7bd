//! A purchase as it should go.

use counterfoil_party::amount::Amount;
use counterfoil_party::merchant::command::{OrderState, OrderStatus};
use counterfoil_party::merchant::order::OrderId;
use counterfoil_party::merchant::{self, CaptureMode};
use counterfoil_party::wallet;
use counterfoil_party::wallet::command::{PurchaseBooks, Verdict};

use super::market::{BRAND, Market, ORDER, Who};

pub(super) fn dollars(text: &str) -> Amount {
    Amount::parse(&format!("{text} USD")).unwrap()
}

impl Market {
    /// An order of `price`, split into `shipments`.
    pub(super) fn order(&mut self, price: &str, shipments: &[&str]) -> OrderId {
        let command = merchant::Command::CreateOrder {
            description: ORDER.into(),
            amount: dollars(price),
            shipments: shipments.iter().map(|part| dollars(part)).collect(),
        };
        match self.shop(command) {
            merchant::Outcome::Created { order, .. } => order,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn initiation(&mut self, order: OrderId) -> String {
        match self.shop(merchant::Command::Initiation { order }) {
            merchant::Outcome::Initiation { text } => text,
            other => panic!("{other:?}"),
        }
    }

    /// The cardholder pays an order. Nothing when the wallet crashed on the way.
    pub(super) fn try_pay(&mut self, order: OrderId) -> Option<PurchaseBooks> {
        let initiation = self.initiation(order);
        let command = wallet::Command::Pay { initiation, brand: BRAND.into(), card: None };
        match self.cardholder(command)? {
            wallet::Outcome::Payment(books) => Some(*books),
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn pay(&mut self, order: OrderId) -> PurchaseBooks {
        self.try_pay(order).expect("the wallet answers")
    }

    pub(super) fn inquire(&mut self, xid: &str) -> PurchaseBooks {
        match self.cardholder(wallet::Command::Inquire { xid: xid.into() }) {
            Some(wallet::Outcome::Payment(books)) => *books,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn status(&mut self, command: merchant::Command) -> OrderStatus {
        match self.shop(command) {
            merchant::Outcome::Status(status) => status,
            other => panic!("{other:?}"),
        }
    }
}

/// `paid 49.99 USD, captured 0.00 USD` or `refused: order-rejected`.
pub(super) fn shown(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Paid { authorized, captured, .. } => {
            format!("paid {authorized}, captured {captured}")
        }
        Verdict::Refused(reason) => format!("refused: {}", reason.id),
        Verdict::InDoubt(reason) => format!("in doubt: {}", reason.id),
        Verdict::Received { .. } => "received".into(),
        Verdict::Underway => "underway".into(),
    }
}

/// `captured: 49.99 USD authorized, 49.99 USD captured`.
pub(super) fn shown_order(status: &OrderStatus) -> String {
    let books = &status.summary.books;
    let state = serde_json::to_value(books.state).unwrap();
    let pending = if books.pending { ", pending" } else { "" };
    format!(
        "{}: {} authorized, {} captured{pending}",
        state.as_str().unwrap(),
        books.authorized,
        books.captured
    )
}

#[test]
fn an_order_is_paid_and_captured() {
    let mut market = Market::open();
    let order = market.order("49.99", &[]);
    let paid = market.pay(order);
    assert_eq!(shown(&paid.verdict), "paid 49.99 USD, captured 0.00 USD");
    assert_eq!(paid.merchant.as_deref(), Some("Bookshop"));
    let status = market.status(merchant::Command::Status { order });
    assert_eq!(shown_order(&status), "authorized: 49.99 USD authorized, 0.00 USD captured");
    let status = market.status(merchant::Command::Capture { order, amount: None });
    assert_eq!(shown_order(&status), "captured: 49.99 USD authorized, 49.99 USD captured");
    let again = market.inquire(paid.xid.as_deref().unwrap());
    assert_eq!(shown(&again.verdict), "paid 49.99 USD, captured 49.99 USD");
    assert_eq!(
        market.events_of(Who::Merchant),
        ["purchase.opened", "purchase.received", "purchase.authorized", "capture.performed"]
    );
}

#[test]
fn a_paid_order_is_not_paid_again_and_the_cardholder_is_told_so() {
    let mut market = Market::open();
    let order = market.order("49.99", &[]);
    market.pay(order);
    let sent_before = market.sent("PReq").len();
    let Verdict::Refused(reason) = market.pay(order).verdict else { panic!("it is refused") };
    assert_eq!(reason.id, "order-already-paid");
    assert_eq!(reason.message, "the order is already paid, and nothing was sent");
    assert!(reason.hint.starts_with("nothing more is owed"), "{}", reason.hint);
    assert_eq!(market.sent("PReq").len(), sent_before);
    assert_eq!(market.sent("PInitReq").len(), 2, "it is not tried again and again");
    let status = market.status(merchant::Command::Status { order });
    assert_eq!(shown_order(&status), "authorized: 49.99 USD authorized, 0.00 USD captured");
}

#[test]
fn a_sale_is_captured_in_the_same_step() {
    let mut market = Market::open();
    market.merchant_settings.capture = CaptureMode::Now;
    market.restart(Who::Merchant);
    let order = market.order("49.99", &[]);
    assert_eq!(shown(&market.pay(order).verdict), "paid 49.99 USD, captured 49.99 USD");
    let status = market.status(merchant::Command::Status { order });
    assert_eq!(shown_order(&status), "captured: 49.99 USD authorized, 49.99 USD captured");
    assert!(market.sent("CapReq").is_empty());
}

#[test]
fn a_merchant_may_capture_at_once_after_the_authorization() {
    let mut market = Market::open();
    market.merchant_settings.capture = CaptureMode::After;
    market.restart(Who::Merchant);
    let order = market.order("49.99", &[]);
    assert_eq!(shown(&market.pay(order).verdict), "paid 49.99 USD, captured 0.00 USD");
    let status = market.status(merchant::Command::Status { order });
    assert_eq!(shown_order(&status), "captured: 49.99 USD authorized, 49.99 USD captured");
    assert_eq!(market.sent("CapReq").len(), 1);
}

#[test]
fn part_of_an_authorization_can_be_captured_and_never_more_than_all() {
    let mut market = Market::open();
    let order = market.order("49.99", &[]);
    market.pay(order);
    let too_much = Some(dollars("50.00"));
    match market.shop(merchant::Command::Capture { order, amount: too_much }) {
        merchant::Outcome::Refused { id, .. } => assert_eq!(id, "amount-above-authorized"),
        other => panic!("{other:?}"),
    }
    let part = Some(dollars("20.00"));
    let status = market.status(merchant::Command::Capture { order, amount: part });
    assert_eq!(shown_order(&status), "partly_captured: 49.99 USD authorized, 20.00 USD captured");
}

#[test]
fn an_order_is_captured_in_parts_until_nothing_is_left() {
    let mut market = Market::open();
    let order = market.order("49.99", &[]);
    let paid = market.pay(order);
    let capture = |market: &mut Market, amount: Option<&str>| {
        let amount = amount.map(dollars);
        match market.shop(merchant::Command::Capture { order, amount }) {
            merchant::Outcome::Status(status) => shown_order(&status),
            merchant::Outcome::Refused { id, .. } => id.to_owned(),
            other => panic!("{other:?}"),
        }
    };
    for (amount, captured) in [("20.00", "20.00"), ("9.99", "29.99"), ("0.01", "30.00")] {
        let said = capture(&mut market, Some(amount));
        assert_eq!(said, format!("partly_captured: 49.99 USD authorized, {captured} USD captured"));
    }
    assert_eq!(capture(&mut market, Some("20.00")), "amount-above-authorized");
    let told = market.inquire(paid.xid.as_deref().unwrap());
    assert_eq!(shown(&told.verdict), "paid 49.99 USD, captured 30.00 USD");
    let said = capture(&mut market, None);
    assert_eq!(said, "captured: 49.99 USD authorized, 49.99 USD captured");
    assert_eq!(capture(&mut market, None), "order-not-authorized");
    assert_eq!(market.sent("CapReq").len(), 4);
}

#[test]
fn an_order_is_captured_in_so_many_parts_and_then_as_a_whole() {
    let mut market = Market::open();
    let order = market.order("49.99", &[]);
    market.pay(order);
    let mut capture = |amount: Option<&str>| {
        let amount = amount.map(dollars);
        match market.shop(merchant::Command::Capture { order, amount }) {
            merchant::Outcome::Refused { id, .. } => id.to_owned(),
            merchant::Outcome::Status(status) => shown_order(&status),
            other => panic!("{other:?}"),
        }
    };
    for _ in 1..32 {
        assert!(capture(Some("0.01")).starts_with("partly_captured"));
    }
    assert_eq!(capture(Some("0.01")), "captures-limit");
    assert_eq!(capture(None), "captured: 49.99 USD authorized, 49.99 USD captured");
}

#[test]
fn a_split_order_is_authorized_shipment_by_shipment() {
    let mut market = Market::open();
    let order = market.order("50.00", &["20.00", "20.00", "10.00"]);
    let paid = market.pay(order);
    assert_eq!(shown(&paid.verdict), "paid 20.00 USD, captured 0.00 USD");
    let status = market.status(merchant::Command::AuthorizeNext { order, amount: None });
    assert_eq!(shown_order(&status), "authorized: 40.00 USD authorized, 0.00 USD captured");
    let too_much = Some(dollars("10.01"));
    match market.shop(merchant::Command::AuthorizeNext { order, amount: too_much }) {
        merchant::Outcome::Refused { id, .. } => assert_eq!(id, "amount-above-price"),
        other => panic!("{other:?}"),
    }
    let status = market.status(merchant::Command::AuthorizeNext { order, amount: None });
    assert_eq!(shown_order(&status), "authorized: 50.00 USD authorized, 0.00 USD captured");
    match market.shop(merchant::Command::AuthorizeNext { order, amount: None }) {
        merchant::Outcome::Refused { id, .. } => assert_eq!(id, "no-shipment-left"),
        other => panic!("{other:?}"),
    }
    let status = market.status(merchant::Command::Capture { order, amount: None });
    assert_eq!(shown_order(&status), "captured: 50.00 USD authorized, 50.00 USD captured");
    let all = market.inquire(paid.xid.as_deref().unwrap());
    assert_eq!(shown(&all.verdict), "paid 50.00 USD, captured 50.00 USD");
}

#[test]
fn a_declined_card_is_refused_and_the_order_stays_open_for_another() {
    let mut market = Market::open();
    let order = market.order("1000.01", &[]);
    let refused = market.pay(order);
    assert_eq!(shown(&refused.verdict), "refused: authorization-declined");
    let status = market.status(merchant::Command::Status { order });
    assert_eq!(status.summary.books.state, OrderState::Declined);
    assert_eq!(shown(&market.pay(order).verdict), "refused: authorization-declined");
    assert_eq!(market.sent("PReq").len(), 2);
}

#[test]
fn a_merchant_without_gateway_certificate_asks_for_it_first() {
    let mut market = Market::open();
    market.configured.clear();
    market.restart(Who::Merchant);
    market.play();
    assert_eq!(market.events_of(Who::Merchant), ["gateway_certificate.stored"]);
    let order = market.order("49.99", &[]);
    assert_eq!(shown(&market.pay(order).verdict), "paid 49.99 USD, captured 0.00 USD");
    // What was received is kept: the next run has it at once.
    market.restart(Who::Merchant);
    let order = market.order("5.00", &[]);
    assert_eq!(shown(&market.pay(order).verdict), "paid 5.00 USD, captured 0.00 USD");
    assert_eq!(market.sent("PCertReq").len(), 1);
}

#[test]
fn the_books_add_up() {
    let mut market = Market::open();
    let first = market.order("10.00", &[]);
    let second = market.order("20.00", &[]);
    market.pay(first);
    market.pay(second);
    market.status(merchant::Command::Capture { order: second, amount: None });
    let merchant::Outcome::Books { orders, next } =
        market.shop(merchant::Command::Books { after: None, limit: 1 })
    else {
        panic!("no books")
    };
    assert_eq!((orders.len(), next), (1, Some(first)));
    let merchant::Outcome::Books { orders, next } =
        market.shop(merchant::Command::Books { after: next, limit: 10 })
    else {
        panic!("no books")
    };
    assert_eq!((orders[0].captured, next), (dollars("20.00"), None));
    let Some(wallet::Outcome::Purchases { purchases, .. }) =
        market.cardholder(wallet::Command::Purchases { after: None, limit: 10 })
    else {
        panic!("no books")
    };
    let xids: Vec<_> = purchases.iter().map(|purchase| purchase.xid.clone()).collect();
    assert!(xids.contains(&orders[0].xid), "wallet and merchant name the same purchase");
}
