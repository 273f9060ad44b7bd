//! Wallet and merchant die at each of their inputs, before or after their records are durable,
//! and go on with what the records hold.

use counterfoil_party::merchant::command::OrderState;
use counterfoil_party::merchant::{self, CaptureMode};
use counterfoil_party::wallet;
use counterfoil_party::wallet::command::{PurchaseBooks, Verdict};

use super::course::{dollars, shown};
use super::market::{Crash, Fate, Market, Who};

fn books(market: &mut Market) -> Vec<PurchaseBooks> {
    match market.cardholder(wallet::Command::Purchases { after: None, limit: 100 }) {
        Some(wallet::Outcome::Purchases { purchases, .. }) => purchases,
        other => panic!("{other:?}"),
    }
}

/// How many inputs a party handles for a purchase without crash.
fn inputs(who: Who) -> usize {
    let mut market = Market::open();
    let order = market.order("49.99", &[]);
    market.pay(order);
    market.shop(merchant::Command::Capture { order, amount: None });
    market.inputs_of(who)
}

/// Pays with a crash, and holds the books of both sides against each other.
fn pay_with_crash(crash: Crash) {
    let mut market = Market::open();
    let order = market.order("49.99", &[]);
    let initiation = market.initiation(order);
    market.crash = Some(crash);
    let command = wallet::Command::Pay { initiation, brand: "Visa".into(), card: None };
    market.cardholder(command);
    market.crash = None;
    market.play();
    let purchases = books(&mut market);
    let status = market.status(merchant::Command::Status { order });
    let authorized = status.summary.books.authorized;
    let verdicts: Vec<String> = purchases.iter().map(|purchase| shown(&purchase.verdict)).collect();
    match purchases.as_slice() {
        // The wish to pay was lost with the crash: nothing may have happened.
        [] => {
            assert!(!crash.durable, "{crash:?}: a durable wish is carried out");
            assert_eq!(status.summary.books.state, OrderState::Open, "{crash:?}");
        }
        [purchase] => {
            let paid = matches!(purchase.verdict, Verdict::Paid { .. });
            assert_eq!(paid, authorized == dollars("49.99"), "{crash:?}: {verdicts:?}");
            assert!(paid, "{crash:?}: a purchase survives one crash: {verdicts:?}");
        }
        more => panic!("{crash:?}: one wish, {} purchases", more.len()),
    }
    for name in ["PReq", "AuthReq"] {
        let sent = market.sent(name);
        assert!(sent.iter().all(|body| *body == sent[0]), "{crash:?}: {name} changed");
    }
}

#[test]
fn the_wallet_survives_a_crash_at_each_step() {
    let steps = inputs(Who::Wallet);
    for at in 1..=steps {
        for durable in [false, true] {
            pay_with_crash(Crash { who: Who::Wallet, at, durable });
        }
    }
}

#[test]
fn the_merchant_survives_a_crash_at_each_step() {
    let steps = inputs(Who::Merchant);
    // The first two inputs of a merchant are the shop's commands.
    for at in 3..=steps {
        for durable in [false, true] {
            pay_with_crash(Crash { who: Who::Merchant, at, durable });
        }
    }
}

#[test]
fn a_capture_survives_a_crash_of_the_merchant_at_each_step() {
    for more in 1..=3 {
        for durable in [false, true] {
            let mut market = Market::open();
            let order = market.order("49.99", &[]);
            market.pay(order);
            let at = market.inputs_of(Who::Merchant) + more;
            let crash = Crash { who: Who::Merchant, at, durable };
            market.crash = Some(crash);
            let lost = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                market.shop(merchant::Command::Capture { order, amount: None })
            }));
            drop(lost);
            market.crash = None;
            market.play();
            let books = market.status(merchant::Command::Status { order }).summary.books;
            if books.captured == dollars("0.00") {
                assert!(!durable && !books.pending, "{crash:?}: {books:?}");
                market.shop(merchant::Command::Capture { order, amount: None });
            }
            let books = market.status(merchant::Command::Status { order }).summary.books;
            assert_eq!(books.captured, dollars("49.99"), "{crash:?}");
            let sent = market.sent("CapReq");
            assert!(sent.iter().all(|body| *body == sent[0]), "{crash:?}");
        }
    }
}

#[test]
fn asking_after_a_crash_does_not_wait_for_a_call_that_was_lost_with_it() {
    let mut market = Market::open();
    // Longer than a test lets pass: whoever waits for the lost call gets no answer.
    market.wallet_settings.call_timeout_ms = 3_600_000;
    market.restart(Who::Wallet);
    let order = market.order("49.99", &[]);
    let initiation = market.initiation(order);
    let at = market.inputs_of(Who::Wallet) + 2;
    market.crash = Some(Crash { who: Who::Wallet, at, durable: true });
    let command = wallet::Command::Pay { initiation, brand: "Visa".into(), card: None };
    assert_eq!(market.cardholder(command), None);
    market.crash = None;
    let xid = books(&mut market)[0].xid.clone().unwrap();
    assert_eq!(shown(&market.inquire(&xid).verdict), "paid 49.99 USD, captured 0.00 USD");
}

#[test]
fn crashes_and_losses_together_double_nothing() {
    for seed in 0..12_usize {
        let mut market = Market::open();
        market.merchant_settings.capture = CaptureMode::Now;
        market.restart(Who::Merchant);
        let order = market.order("600.00", &[]);
        let initiation = market.initiation(order);
        let mut count = seed;
        market.network = Box::new(move |_, _, _, _| {
            count += 1;
            match count % 5 {
                0 => Fate::Lose,
                2 => Fate::Twice,
                _ => Fate::Pass,
            }
        });
        let who = if seed % 2 == 0 { Who::Wallet } else { Who::Merchant };
        let at = market.inputs_of(who) + 1 + seed / 2;
        market.crash = Some(Crash { who, at, durable: seed % 3 != 0 });
        let command = wallet::Command::Pay { initiation, brand: "Visa".into(), card: None };
        market.cardholder(command);
        market.crash = None;
        market.network = Box::new(|_, _, _, _| Fate::Pass);
        market.play();
        let status = market.status(merchant::Command::Status { order });
        for purchase in books(&mut market) {
            let Some(xid) = purchase.xid else { continue };
            let verdict = shown(&market.inquire(&xid).verdict);
            let paid = verdict == "paid 600.00 USD, captured 600.00 USD";
            let authorized = status.summary.books.authorized == dollars("600.00");
            assert_eq!(paid, authorized, "seed {seed}: {verdict}, {:?}", status.summary.books);
        }
        assert!(status.authorizations.len() <= 1, "seed {seed}");
    }
}
