//! Each rule broken alone sees just its own response code and reason.

use expect_test::expect;
use jiff::SignedDuration;

use super::*;

/// Sends an authorization of 10.00 EUR in a world that `break_rule` changed, and as it changed
/// the purchase and the card.
fn broken(break_rule: impl FnOnce(&mut World, &mut Purchase, &mut CardData)) -> String {
    let mut world = World::new();
    let (mut purchase, mut card) = (purchase(1000), card());
    break_rule(&mut world, &mut purchase, &mut card);
    let before = world.position();
    let request = world.stamped(Operation::Authorize(purchase));
    let octets = world.link.message(&request, Some(&card), false).unwrap();
    let answer = world.ask_octets(&request, &octets);
    let said = format!("{} {}", answer.code(), world.said.join(" "));
    if !answer.is_approved() {
        assert_eq!(world.position(), before, "a refusal changes nothing");
    }
    said
}

fn restricted(world: &mut World, terms: Terms) -> CardData {
    let digits = "4000056655665556";
    world.open(digits, 1500, terms);
    CardData { pan: pan(digits), ..card() }
}

#[test]
fn rules_of_card_account_and_merchant() {
    let blocked = |reason| {
        broken(move |world, _, _| {
            world.command(BankCommand::BlockCard { pan: pan(PAN), reason });
        })
    };
    let limited = |terms: Terms| broken(|world, _, card| *card = restricted(world, terms));
    let spent_today = |terms: Terms| {
        broken(|world, purchase, card| {
            *card = restricted(world, terms);
            purchase.amount.minor = 400;
            let request = world.stamped(Operation::Authorize(purchase.clone()));
            let octets = world.link.message(&request, Some(card), false).unwrap();
            assert!(world.ask_octets(&request, &octets).is_approved());
        })
    };
    let rows = [
        ("nothing", broken(|_, _, _| {})),
        ("merchant", broken(|_, purchase, _| purchase.merchant = "BOOKS-2".into())),
        ("terminal", broken(|_, purchase, _| purchase.terminal = "SHOP0002".into())),
        ("currency", broken(|_, purchase, _| purchase.amount.currency = 826)),
        ("amount", broken(|_, purchase, _| purchase.amount.minor = 0)),
        ("card", broken(|_, _, card| card.pan = pan("4000056655665556"))),
        ("given expiry", broken(|_, _, card| card.expiry = Expiry::parse("203011").unwrap())),
        ("expired", broken(|world, _, _| world.now = "2031-01-01T00:00:00Z".parse().unwrap())),
        ("restricted", blocked(BlockReason::Restricted)),
        ("lost", blocked(BlockReason::Lost)),
        ("stolen", blocked(BlockReason::Stolen)),
        ("account", broken(|_, purchase, _| purchase.amount.currency = USD)),
        ("transaction limit", {
            limited(Terms { transaction_minor_max: Some(999), ..Terms::default() })
        }),
        ("day limit", { spent_today(Terms { day_minor_max: Some(799), ..Terms::default() }) }),
        ("day transactions", {
            spent_today(Terms { day_transactions_max: Some(1), ..Terms::default() })
        }),
        ("funds", broken(|_, purchase, _| purchase.amount.minor = 100_001)),
    ];
    let rows = rows.map(|(rule, said)| format!("{rule}: {said}")).join("\n");
    expect![[r#"
        nothing: 00 bank.hold_placed
        merchant: 03 unknown-merchant
        terminal: 58 unknown-terminal
        currency: 12 currency-not-enabled
        amount: 13 amount-zero
        card: 14 unknown-card
        given expiry: 05 wrong-expiry
        expired: 54 expired-card
        restricted: 62 blocked-card
        lost: 41 lost-card
        stolen: 43 stolen-card
        account: 57 no-account-in-currency
        transaction limit: 61 transaction-limit
        day limit: 61 day-limit
        day transactions: 65 day-transactions
        funds: 51 insufficient-funds"#]]
    .assert_eq(&rows);
}

#[test]
fn limits_and_expiry_hold_to_the_last_unit_and_second() {
    let exact = Terms {
        transaction_minor_max: Some(1000),
        day_minor_max: Some(1000),
        day_transactions_max: Some(1),
        ..Terms::default()
    };
    let rows = [
        broken(|world, _, card| *card = restricted(world, exact)),
        broken(|_, purchase, _| purchase.amount.minor = 100_000),
        broken(|world, _, _| world.now = "2030-12-31T23:59:59Z".parse().unwrap()),
        broken(|world, purchase, card| {
            *card = restricted(world, Terms { credit_limit_minor: 500, ..Terms::default() });
            purchase.amount.minor = 2000;
        }),
        broken(|world, purchase, card| {
            *card = restricted(world, Terms { credit_limit_minor: 500, ..Terms::default() });
            purchase.amount.minor = 2001;
        }),
    ];
    expect![[r#"
        00 bank.hold_placed
        00 bank.hold_placed
        00 bank.hold_placed
        00 bank.hold_placed
        51 insufficient-funds"#]]
    .assert_eq(&rows.join("\n"));
}

#[test]
fn a_new_day_has_its_own_limits() {
    let mut world = World::new();
    let terms = Terms { day_transactions_max: Some(1), ..Terms::default() };
    let card = restricted(&mut world, terms);
    let mut said = Vec::new();
    for hours in [0, 1, 11] {
        world.now += SignedDuration::from_hours(hours);
        let request = world.stamped(Operation::Authorize(purchase(100)));
        let octets = world.link.message(&request, Some(&card), false).unwrap();
        said.push(world.ask_octets(&request, &octets).code().to_string());
    }
    assert_eq!(said, ["00", "65", "00"]);
}

#[test]
fn what_is_reversed_counts_no_more_that_day() {
    let mut world = World::new();
    let terms =
        Terms { day_transactions_max: Some(1), day_minor_max: Some(100), ..Terms::default() };
    let card = restricted(&mut world, terms);
    for operation in [Operation::Authorize, Operation::Sale] {
        let request = world.stamped(operation(purchase(100)));
        let octets = world.link.message(&request, Some(&card), false).unwrap();
        let answer = world.ask_octets(&request, &octets);
        assert!(answer.is_approved(), "{answer:?}");
        let original = request.as_original(Some(&answer)).unwrap();
        assert!(world.reverse(&original, 0).starts_with("00"));
    }
}

/// Captures 10.00 EUR of 10.00 EUR in a world that `break_rule` changed, with the original as
/// it changed that.
fn broken_capture(break_rule: impl FnOnce(&mut World, &mut Original, &mut u64)) -> String {
    let mut world = World::new();
    let mut original = world.authorized(1000);
    let mut amount_minor = 1000;
    break_rule(&mut world, &mut original, &mut amount_minor);
    let before = world.position();
    let said = world.capture(&original, amount_minor);
    if !said.starts_with("00") {
        assert_eq!(world.position(), before, "a refusal changes nothing");
    }
    said
}

/// What a capture is told after one thing was changed, by what was changed.
fn broken_captures() -> [(&'static str, String); 17] {
    [
        ("nothing", broken_capture(|_, _, _| {})),
        ("less", broken_capture(|_, _, minor| *minor = 1)),
        ("more", broken_capture(|_, _, minor| *minor = 1001)),
        ("zero", broken_capture(|_, _, minor| *minor = 0)),
        (
            "twice",
            broken_capture(|world, original, _| {
                assert!(world.capture(original, 400).starts_with("00"));
            }),
        ),
        (
            "reversed",
            broken_capture(|world, original, _| {
                assert!(world.reverse(original, 0).starts_with("00"));
            }),
        ),
        (
            "reduced",
            broken_capture(|world, original, _| {
                assert!(world.reverse(original, 999).starts_with("00"));
            }),
        ),
        (
            "expired, alarm not yet heard",
            broken_capture(|world, _, _| {
                world.now += SignedDuration::from_hours(24);
            }),
        ),
        (
            "expired",
            broken_capture(|world, _, _| {
                world.now += SignedDuration::from_hours(24);
                world.run(Input::Deadline);
            }),
        ),
        ("original", broken_capture(|_, original, _| original.stamp.stan = 99)),
        (
            "original is no authorization",
            broken_capture(|_, original, _| {
                original.kind = crate::bank_link::OriginalKind::Sale;
            }),
        ),
        ("xid", broken_capture(|_, original, _| original.xid[0] ^= 1)),
        ("merchant", broken_capture(|_, original, _| original.merchant = "BOOKS-2".into())),
        ("currency", broken_capture(|_, original, _| original.amount.currency = USD)),
        (
            "reference",
            broken_capture(|_, original, _| {
                original.retrieval_reference = "000000000000".into();
            }),
        ),
        ("approval", broken_capture(|_, original, _| original.approval = Some("x".into()))),
        ("no approval", broken_capture(|_, original, _| original.approval = None)),
    ]
}

#[test]
fn rules_of_captures() {
    let rows = broken_captures().map(|(rule, said)| format!("{rule}: {said}")).join("\n");
    expect![[r#"
        nothing: 00 bank.capture_posted
        less: 00 bank.capture_posted
        more: 13 amount-above-original
        zero: 13 amount-zero
        twice: 13 amount-above-original
        reversed: 21 original-not-held
        reduced: 13 amount-above-original
        expired, alarm not yet heard: 68 hold-expired
        expired: 68 hold-expired
        original: 25 unknown-original
        original is no authorization: 25 unknown-original
        xid: 77 inconsistent-with-original
        merchant: 77 inconsistent-with-original
        currency: 77 inconsistent-with-original
        reference: 77 inconsistent-with-original
        approval: 77 inconsistent-with-original
        no approval: 30 format"#]]
    .assert_eq(&rows);
}

/// Reverses an authorization of 10.00 EUR in a world that `break_rule` changed.
fn broken_reversal(break_rule: impl FnOnce(&mut World, &mut Original, &mut u64)) -> String {
    let mut world = World::new();
    let mut original = world.authorized(1000);
    let mut remaining_minor = 0;
    break_rule(&mut world, &mut original, &mut remaining_minor);
    let before = world.position();
    let said = world.reverse(&original, remaining_minor);
    if !said.starts_with("00") {
        assert_eq!(world.position(), before, "a refusal changes nothing");
    }
    said
}

#[test]
fn rules_of_reversals() {
    let rows = [
        ("nothing", broken_reversal(|_, _, _| {})),
        ("less", broken_reversal(|_, _, remaining| *remaining = 1)),
        ("the same", broken_reversal(|_, _, remaining| *remaining = 1000)),
        ("more", broken_reversal(|_, _, remaining| *remaining = 1001)),
        (
            "captured",
            broken_reversal(|world, original, _| {
                assert!(world.capture(original, 1000).starts_with("00"));
            }),
        ),
        (
            "twice",
            broken_reversal(|world, original, _| {
                assert!(world.reverse(original, 0).starts_with("00"));
            }),
        ),
        (
            "reduced after cancelled",
            broken_reversal(|world, original, remaining| {
                assert!(world.reverse(original, 0).starts_with("00"));
                *remaining = 1;
            }),
        ),
        ("original", broken_reversal(|_, original, _| original.stamp.stan = 99)),
        ("xid", broken_reversal(|_, original, _| original.xid[0] ^= 1)),
        ("merchant", broken_reversal(|_, original, _| original.merchant = "BOOKS-2".into())),
        ("currency", broken_reversal(|_, original, _| original.amount.currency = USD)),
        (
            "reference",
            broken_reversal(|_, original, _| {
                original.retrieval_reference = "000000000000".into();
            }),
        ),
        ("amount", broken_reversal(|_, original, _| original.amount.minor = 999)),
        (
            "type",
            broken_reversal(|_, original, _| {
                original.kind = crate::bank_link::OriginalKind::Sale;
            }),
        ),
    ];
    let rows = rows.map(|(rule, said)| format!("{rule}: {said}")).join("\n");
    expect![[r#"
        nothing: 00 bank.hold_reversed
        less: 00 bank.hold_reversed
        the same: 00 bank.hold_reversed
        more: 13 amount-above-original
        captured: 21 original-captured
        twice: 00 bank.reversal_repeated
        reduced after cancelled: 21 original-not-held
        original: 25 unknown-original
        xid: 77 inconsistent-with-original
        merchant: 77 inconsistent-with-original
        currency: 77 inconsistent-with-original
        reference: 77 inconsistent-with-original
        amount: 77 inconsistent-with-original
        type: 77 inconsistent-with-original"#]]
    .assert_eq(&rows);
}
