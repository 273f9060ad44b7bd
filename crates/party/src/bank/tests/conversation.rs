//! What purchases come to, step by step.

use expect_test::expect;
use jiff::SignedDuration;

use super::*;

#[test]
fn an_authorization_holds_and_its_capture_moves_money() {
    let walked = |dialect: &str| {
        let mut world = World::with_dialect(dialect);
        let original = world.authorized(5000);
        let held = world.position();
        assert_eq!(world.capture(&original, 4000), "00 bank.capture_posted");
        [held, world.position()].join("\n")
    };
    let rows = walked("ascii1987");
    expect![[r#"
        card 100000/5000, payment 5000/5000/0/0
        card 96000/1000, merchant 4000/0, payment 5000/1000/4000/0"#]]
    .assert_eq(&rows);
    assert_eq!(walked("binary"), rows);
}

#[test]
fn an_authorization_is_captured_in_parts_and_the_rest_stays_held() {
    let mut world = World::new();
    let original = world.authorized(5000);
    let mut rows = Vec::new();
    for amount in [2000, 2999] {
        assert_eq!(world.capture(&original, amount), "00 bank.capture_posted");
        rows.push(world.position());
    }
    assert_eq!(world.capture(&original, 2), "13 amount-above-original");
    assert_eq!(world.capture(&original, 1), "00 bank.capture_posted");
    assert_eq!(world.capture(&original, 1), "21 original-not-held");
    rows.push(world.position());
    expect![[r#"
        card 98000/3000, merchant 2000/0, payment 5000/3000/2000/0
        card 95001/1, merchant 4999/0, payment 5000/1/4999/0
        card 95000/0, merchant 5000/0, payment 5000/0/5000/0"#]]
    .assert_eq(&rows.join("\n"));
}

#[test]
fn what_parts_leave_is_let_go_by_a_reversal_or_with_time() {
    let mut world = World::new();
    let original = world.authorized(5000);
    assert_eq!(world.capture(&original, 2000), "00 bank.capture_posted");
    assert_eq!(world.reverse(&original, 3001), "13 amount-above-original");
    assert_eq!(world.reverse(&original, 1000), "00 bank.hold_reversed");
    assert_eq!(world.capture(&original, 1001), "13 amount-above-original");
    let mut rows = vec![world.position()];
    assert_eq!(world.reverse(&original, 0), "00 bank.hold_reversed");
    rows.push(world.position());
    assert_eq!(world.reverse(&original, 0), "21 original-captured");
    assert_eq!(world.capture(&original, 1), "21 original-not-held");
    let other = world.authorized(500);
    assert_eq!(world.capture(&other, 200), "00 bank.capture_posted");
    world.now += SignedDuration::from_hours(24);
    world.run(Input::Deadline);
    assert_eq!(world.said, ["bank.hold_expired"]);
    assert_eq!(world.capture(&other, 300), "68 hold-expired");
    rows.push(world.position());
    expect![[r#"
        card 98000/1000, merchant 2000/0, payment 5000/1000/2000/0
        card 98000/0, merchant 2000/0, payment 5000/0/2000/0
        card 97800/0, merchant 2200/0, payment 5500/0/2200/0"#]]
    .assert_eq(&rows.join("\n"));
    check_books(&world.records).unwrap();
}

#[test]
fn a_capture_that_is_cancelled_after_the_hold_is_over_holds_nothing_again() {
    let mut world = World::new();
    let original = world.authorized(5000);
    let request =
        world.stamped(Operation::Capture { original: original.clone(), amount_minor: 4000 });
    let answer = world.ask(&request);
    world.now += SignedDuration::from_hours(24);
    world.run(Input::Deadline);
    let capture = request.as_original(Some(&answer)).unwrap();
    assert_eq!(world.reverse(&capture, 0), "00 bank.posting_reversed");
    assert_eq!(world.capture(&original, 1), "68 hold-expired");
    expect!["card 100000/0, merchant 0/0, payment 5000/0/0/4000"].assert_eq(&world.position());
    check_books(&world.records).unwrap();
}

#[test]
fn a_sale_moves_money_at_once() {
    let mut world = World::new();
    let request = world.stamped(Operation::Sale(purchase(5000)));
    let answer = world.ask(&request);
    assert!(answer.is_approved());
    let sold = world.position();
    let original = request.as_original(Some(&answer)).unwrap();
    assert_eq!(world.reverse(&original, 2000), "00 bank.posting_reversed");
    let reduced = world.position();
    assert_eq!(world.reverse(&original, 0), "00 bank.posting_reversed");
    assert_eq!(world.reverse(&original, 0), "00 bank.reversal_repeated");
    let rows = [sold, reduced, world.position()].join("\n");
    expect![[r#"
        card 95000/0, merchant 5000/0, payment 5000/0/5000/0
        card 98000/0, merchant 2000/0, payment 5000/0/2000/3000
        card 100000/0, merchant 0/0, payment 5000/0/0/5000"#]]
    .assert_eq(&rows);
}

#[test]
fn a_cancelled_capture_leaves_the_authorization_as_it_was() {
    let mut world = World::new();
    let original = world.authorized(5000);
    let request =
        world.stamped(Operation::Capture { original: original.clone(), amount_minor: 4000 });
    let answer = world.ask(&request);
    let capture = request.as_original(Some(&answer)).unwrap();
    assert_eq!(world.reverse(&capture, 1000), "00 bank.posting_reversed");
    let reduced = world.position();
    assert_eq!(world.reverse(&capture, 0), "00 bank.posting_reversed");
    let cancelled = world.position();
    assert_eq!(world.capture(&original, 2001), "13 amount-above-original");
    assert_eq!(world.capture(&original, 2000), "00 bank.capture_posted");
    let rows = [reduced, cancelled, world.position()].join("\n");
    expect![[r#"
        card 99000/1000, merchant 1000/0, payment 5000/1000/1000/3000
        card 100000/2000, merchant 0/0, payment 5000/2000/0/4000
        card 98000/0, merchant 2000/0, payment 5000/0/2000/4000"#]]
    .assert_eq(&rows);
}

#[test]
fn a_hold_ends_with_its_time() {
    let mut world = World::new();
    world.authorized(5000);
    world.now += SignedDuration::from_hours(24) - SignedDuration::from_secs(1);
    world.run(Input::Deadline);
    let before = world.position();
    world.now += SignedDuration::from_secs(1);
    assert_eq!(world.bank.next_deadline(&world.records).unwrap(), Some(world.now));
    world.run(Input::Deadline);
    assert_eq!(world.said, ["bank.hold_expired"]);
    let rows = [before, world.position()].join("\n");
    expect![[r#"
        card 100000/5000, payment 5000/5000/0/0
        card 100000/0, payment 5000/0/0/0"#]]
    .assert_eq(&rows);
    check_books(&world.records).unwrap();
}

#[test]
fn a_purchase_that_arrives_after_its_reversal_is_refused() {
    for operation in [Operation::Authorize, Operation::Sale] {
        let mut world = World::new();
        let late = world.stamped(operation(purchase(5000)));
        let original = late.as_original(None).unwrap();
        let reversal =
            world.stamped(Operation::Reverse { original: original.clone(), remaining_minor: 0 });
        let answer = world.ask(&reversal);
        assert!(answer.settles_reversal() && !answer.is_approved());
        assert_eq!(world.told(&late), "21 reversed-before");
        assert_eq!(world.reverse(&original, 0), "25 unknown-original");
        assert_eq!(world.position(), "card 100000/0");
    }
}

#[test]
fn a_late_capture_after_its_reversal_is_refused() {
    let mut world = World::new();
    let original = world.authorized(5000);
    let late = world.stamped(Operation::Capture { original, amount_minor: 5000 });
    let capture = late.as_original(None).unwrap();
    assert_eq!(world.reverse(&capture, 0), "25 unknown-original");
    assert_eq!(world.told(&late), "21 reversed-before");
}

#[test]
fn reversing_what_was_refused_has_nothing_to_do() {
    let mut world = World::new();
    let request = world.stamped(Operation::Authorize(purchase(100_001)));
    assert_eq!(world.told(&request), "51 insufficient-funds");
    let original = request.as_original(None).unwrap();
    assert_eq!(world.reverse(&original, 0), "00 bank.reversal_repeated");
}

#[test]
fn holds_reduce_what_can_be_spent() {
    let mut world = World::new();
    let original = world.authorized(60_000);
    let second = world.stamped(Operation::Authorize(purchase(60_000)));
    assert_eq!(world.told(&second), "51 insufficient-funds");
    assert_eq!(world.reverse(&original, 40_000), "00 bank.hold_reversed");
    world.authorized(60_000);
}

#[test]
fn a_restarted_bank_knows_everything() {
    let mut world = World::new();
    let original = world.authorized(5000);
    world.bank = Bank::new(&world.config, keys()).unwrap();
    assert_eq!(world.capture(&original, 5000), "00 bank.capture_posted");
}
