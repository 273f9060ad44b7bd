//! Receipts of the gateway: whose they are, what they are about, and what they add up to.

use counterfoil_crypto::oid::content_type;
use expect_test::expect;
use jiff::SignedDuration;

use super::payment::Payment;
use super::payment::verdict;
use super::rules::{AUTHORIZED, CAPTURED, answered, check, verified};
use super::world::{World, days};
use crate::evidence::Evidence;
use crate::evidence::statement::plain_money;
use crate::exchange::authorization::AuthCode;
use crate::exchange::capture::CapCode;
use crate::exchange::purchase::{AuthReceipt, CapReceipt};
use crate::primitive::{Date, Digest, MerchantId, Ratio, Rrpid, Xid};

/// Puts in an answer with a receipt of the gateway that says something else.
fn with_receipt(e: &mut Evidence, p: &Payment<'_>, change: impl Fn(&mut AuthReceipt)) {
    let receipt = p.receipt(change);
    let answer = p.answer(|data| {
        let mut payloads = data.p_res_payload_seq.clone().into_vec();
        payloads[0].results.as_mut().unwrap().receipt = Some(receipt.clone());
        data.p_res_payload_seq = payloads.into();
    });
    e.answers = vec![answered(answer)].into();
}

#[test]
fn a_receipt_is_the_gateways_for_this_order() {
    let receipt = |change: fn(&mut AuthReceipt), expected: &str| {
        let expected = format!("NOT PROVED: answers[0].pRes.receipt[0]: {expected}");
        check(|e, p| with_receipt(e, p, change), &expected);
    };
    let purchase = "it is about another purchase [other-purchase].";
    receipt(|receipt| receipt.xid = Xid::new([0; 20]), purchase);
    let order = "it is about another order or price [order-differs].";
    receipt(|receipt| receipt.hod.digest = [0; 32], order);
    receipt(|receipt| receipt.hod.content_type = content_type(8), order);
    let ids = "ids or date of the purchase are other ones [ids-differ].";
    receipt(|receipt| receipt.p_req_date = Date::new(days(-1)), ids);
    let merchant = "it is of another merchant than the cardholder signed for [merchant-differs].";
    receipt(|receipt| receipt.merchant_id = MerchantId::new("SHOP-2").unwrap(), merchant);
    receipt(|receipt| receipt.merchant_cert_hash = Digest::new([0; 32]), merchant);
    check(
        |e, p| {
            let other = p.world.other(&p.world.gateway, "455612:2");
            let world = World { gateway: other, ..World::new() };
            let receipt = Payment { world: &world, number: p.number }.receipt(|_| ());
            e.answers = Vec::new().into();
            e.auth_receipts = vec![receipt].into();
        },
        "NOT PROVED: authReceipts[0]: it is of another gateway than the cardholder signed for \
         [gateway-differs].",
    );
    check(
        |e, p| {
            let world = World { gateway: p.world.merchant.clone(), ..World::new() };
            let receipt = Payment { world: &world, number: p.number }.receipt(|_| ());
            e.auth_receipts = vec![receipt].into();
        },
        "NOT PROVED: authReceipts[0]: the signer's certificate is refused: The certificate of \
         `CN=Shop,OU=Bank,O=Acme Card,C=DE` has roles mer; pgwy is needed [wrong-role].",
    );
}

#[test]
fn a_receipt_counts_once_and_cannot_say_two_things() {
    let twice = |e: &mut Evidence, p: &Payment<'_>| {
        e.auth_receipts = vec![p.receipt(|_| ())].into();
    };
    check(twice, CAPTURED);
    check(
        |e, p| e.auth_receipts = vec![p.receipt(|r| r.auth_ratio = None)].into(),
        "NOT PROVED: authReceipts[0]: two receipts of one authorization say different things \
         [receipts-differ].",
    );
}

#[test]
fn a_refused_authorization_is_proved_as_such() {
    let declined = |e: &mut Evidence, p: &Payment<'_>| {
        with_receipt(e, p, |receipt| {
            receipt.auth_code = AuthCode::Declined;
            receipt.auth_ratio = None;
        });
        e.cap_receipts = Vec::new().into();
    };
    let verification = verified(declined);
    assert_eq!(verdict(&verification), "PROVED: the gateway declined the payment.");
    let text = verification.text(plain_money);
    assert!(text.contains("- The gateway refused (declined) on"), "{text}");
    // The merchant had said that it was authorized.
    assert!(text.contains("its answer differs from the gateway's receipt"), "{text}");
}

#[test]
fn a_capture_belongs_to_an_authorization_of_this_payment() {
    let capture = |change: fn(&mut CapReceipt), expected: &str| {
        let expected = format!("NOT PROVED: capReceipts[0]: {expected}");
        check(|e, p| e.cap_receipts = vec![p.capture(change)].into(), &expected);
    };
    let unlinked = "it is of an authorization of which the file has no approving receipt \
                    [capture-unlinked].";
    capture(|receipt| receipt.auth_rrpid = Rrpid::new([0; 20]), unlinked);
    let order = "it is about another order or price [order-differs].";
    capture(|receipt| receipt.hod.as_mut().unwrap().digest = [0; 32], order);
    let merchant = "it is of another merchant than the cardholder signed for [merchant-differs].";
    capture(|receipt| receipt.merchant_id = MerchantId::new("SHOP-2").unwrap(), merchant);
    check(
        |e, p| {
            let other = p.world.other(&p.world.gateway, "455612:2");
            let world = World { gateway: other, ..World::new() };
            let capture = Payment { world: &world, number: p.number }.capture(|_| ());
            e.cap_receipts = vec![capture].into();
        },
        "NOT PROVED: capReceipts[0]: it is of another gateway than the cardholder signed for \
         [gateway-differs].",
    );
}

#[test]
fn captures_add_up() {
    let half = Ratio::new(500_000_000).unwrap();
    let part = |p: &Payment<'_>, second: i64| {
        p.capture(|receipt| {
            receipt.cap_ratio = Some(half);
            let date = receipt.cap_date.timestamp() + SignedDuration::from_secs(second);
            receipt.cap_date = Date::new(date);
        })
    };
    check(
        |e, p| e.cap_receipts = vec![part(p, 0)].into(),
        "PROVED: the payment was authorized and captured in part.",
    );
    check(
        |e, p| e.cap_receipts = vec![part(p, 0), part(p, 0)].into(),
        "PROVED: the payment was authorized and captured in part.",
    );
    check(|e, p| e.cap_receipts = vec![part(p, 0), part(p, 1)].into(), CAPTURED);
    let verification = verified(|e, p| {
        e.cap_receipts = vec![part(p, 0), part(p, 1), part(p, 2)].into();
    });
    assert!(verification.gaps.iter().any(|gap| gap.id() == "captured-above-authorized"));
    let refused = |e: &mut Evidence, p: &Payment<'_>| {
        let capture = p.capture(|receipt| {
            receipt.cap_code = CapCode::AuthExpired;
            receipt.cap_ratio = None;
        });
        e.cap_receipts = vec![capture].into();
    };
    check(refused, AUTHORIZED);
    let sale = |e: &mut Evidence, p: &Payment<'_>| {
        e.cap_receipts = Vec::new().into();
        with_receipt(e, p, |receipt| receipt.captured = true);
    };
    check(sale, CAPTURED);
}

#[test]
fn authorizations_above_the_price_are_told() {
    let verification = verified(|e, p| {
        let second = p.receipt(|receipt| receipt.auth_rrpid = Rrpid::new([0; 20]));
        e.auth_receipts = vec![second].into();
    });
    let shown = verification.gaps.iter().map(|gap| gap.id()).collect::<Vec<_>>().join(" ");
    expect!["instruction authorized-above-price person card delivery revoked-since"]
        .assert_eq(&shown);
}
