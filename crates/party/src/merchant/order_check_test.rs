//! Each check of [`super`] on an order, broken alone.

use jiff::Timestamp;

use counterfoil_crypto::cms::ContentInfo;
use counterfoil_crypto::oid::Oid;
use counterfoil_message::container::{Content, Ex};
use counterfoil_message::instruction::Pi;
use counterfoil_message::primitive::{
    Bin, BrandId, Challenge, Date, Language, LocalId, MsgExtension, Nonce, OpenType, Rrpid,
    TransIds, Xid,
};

use super::*;
use crate::amount::Amount;
use crate::conversation::Stored;
use crate::merchant::ledger::PaymentRequest;
use crate::merchant::order::OrderId;
use crate::records::Octets;

struct Case {
    oi: OiData,
    purchase: Purchase,
    order: Order,
    paying: Option<(Vec<u8>, PurchaseState)>,
}

fn label(text: &str) -> LocalId {
    LocalId::new(text.as_bytes()).unwrap()
}

/// A PReq that fits its purchase and its order in everything.
fn fitting() -> Case {
    let amount = Amount::parse("49.99 USD").unwrap();
    let order = Order {
        description: "1 book".into(),
        amount,
        shipments: Vec::new(),
        label: Octets(b"shop".to_vec()),
        created_at: Timestamp::UNIX_EPOCH,
        purchases_opened: 1,
        purchase: None,
    };
    let trans_ids = TransIds {
        lid_c: label("wallet"),
        lid_m: Some(label("shop")),
        xid: Xid::new([1; 20]),
        p_req_date: Date::new(Timestamp::UNIX_EPOCH),
        pay_sys_id: None,
        language: Language::new("en").unwrap(),
    };
    let od_salt = Nonce::new([4; 32]);
    let oi = OiData {
        trans_ids: trans_ids.clone(),
        rrpid: Rrpid::new([2; 20]),
        chall_c: Challenge::new([5; 32]),
        hod: order_digest(&order.description, amount, od_salt).unwrap(),
        od_salt,
        chall_m: Some(Challenge::new([6; 32])),
        brand_id: None,
        bin: Bin::new("492912").unwrap(),
        od_ext_oids: None,
        oi_extensions: None,
    };
    let purchase = Purchase {
        order: "1".parse::<OrderId>().unwrap(),
        trans_ids: Stored(trans_ids),
        brand: "Visa".into(),
        bin: "492912".into(),
        suite: "p256".into(),
        chall_c: Stored(Challenge::new([5; 32])),
        chall_m: Stored(Challenge::new([6; 32])),
        gateway_exchange: Octets::default(),
        opened_at: Timestamp::UNIX_EPOCH,
        request: None,
        authorizations: Vec::new(),
    };
    Case { oi, purchase, order, paying: None }
}

fn check(change: impl Fn(&mut Case), expected: &str) {
    let mut case = fitting();
    change(&mut case);
    let paying = case.paying.as_ref().map(|(xid, state)| (xid.as_slice(), *state));
    let known = Known { purchase: &case.purchase, order: &case.order, paying };
    let verdict = match judge(&case.oi, &known) {
        Ok(_) => "accepted".to_owned(),
        Err(Rejection::Error(refusal)) => format!("Error {}: {}", refusal.code, refusal.id),
        Err(Rejection::Answer { code, id }) => format!("PRes {code}: {id}"),
    };
    assert_eq!(verdict, expected);
}

fn extension(critical: bool) -> MsgExtension {
    MsgExtension {
        extn_id: Oid::from_arcs(&[1, 2, 3]),
        critical,
        extn_value: OpenType::new(&[5, 0]).unwrap(),
    }
}

fn requested(rrpid: [u8; 20]) -> PaymentRequest {
    let signed_data = hex::decode("300f06092a864886f70d010702a0020500").unwrap();
    let nothing = ContentInfo::from_der(signed_data).unwrap();
    PaymentRequest {
        rrpid: Octets(rrpid.to_vec()),
        oi_data: Stored(fitting().oi),
        pi: Stored(Pi::Unsigned(Ex::new(nothing))),
        cardholder_thumb: Octets::default(),
        received_at: Timestamp::UNIX_EPOCH,
        answered: true,
    }
}

#[test]
fn accepts_what_fits() {
    check(|_| (), "accepted");
    check(|c| c.oi.brand_id = Some(BrandId::new("Visa").unwrap()), "accepted");
    check(|c| c.oi.oi_extensions = Some(vec![extension(false)].into()), "accepted");
    check(|c| c.purchase.request = Some(requested([2; 20])), "accepted");
    check(|c| c.paying = Some((vec![1; 20], PurchaseState::Received)), "accepted");
    check(|c| c.paying = Some((vec![9; 20], PurchaseState::Declined)), "accepted");
}

#[test]
fn step_4_refuses_other_labels() {
    check(|c| c.oi.trans_ids.lid_c = label("other"), "Error unknownLID: label-unknown");
    check(|c| c.oi.trans_ids.lid_m = Some(label("other")), "Error unknownLID: label-unknown");
    check(|c| c.oi.trans_ids.lid_m = None, "Error unknownLID: label-unknown");
}

#[test]
fn step_5_refuses_a_second_request_for_the_same_purchase() {
    check(
        |c| c.purchase.request = Some(requested([3; 20])),
        "Error unknownRRPID: purchase-requested-before",
    );
}

#[test]
fn step_6_refuses_stale_challenges_dates_and_terms() {
    check(
        |c| c.oi.chall_m = Some(Challenge::new([0; 32])),
        "Error challengeMismatch: challenge-mismatch",
    );
    check(|c| c.oi.chall_m = None, "Error challengeMismatch: challenge-mismatch");
    check(
        |c| c.oi.chall_c = Challenge::new([0; 32]),
        "Error challengeMismatch: challenge-mismatch",
    );
    let later = Date::new(Timestamp::from_second(1).unwrap());
    check(|c| c.oi.trans_ids.p_req_date = later, "Error challengeMismatch: date-mismatch");
    check(
        |c| c.oi.brand_id = Some(BrandId::new("Other").unwrap()),
        "PRes orderRejected: brand-or-bin-mismatch",
    );
    check(|c| c.oi.bin = Bin::new("555555").unwrap(), "PRes orderRejected: brand-or-bin-mismatch");
}

#[test]
fn an_order_is_paid_once() {
    for state in [PurchaseState::Received, PurchaseState::Undecided, PurchaseState::Captured] {
        check(|c| c.paying = Some((vec![9; 20], state)), "PRes orderRejected: order-paid-before");
    }
}

#[test]
fn step_7_refuses_another_order_amount_or_salt() {
    check(|c| c.order.description = "2 books".into(), "PRes orderRejected: order-mismatch");
    check(|c| c.order.amount.minor += 1, "PRes orderRejected: order-mismatch");
    check(|c| c.order.amount.currency = 978, "PRes orderRejected: order-mismatch");
    check(|c| c.oi.od_salt = Nonce::new([0; 32]), "PRes orderRejected: order-mismatch");
    check(
        |c| c.oi.od_ext_oids = Some(vec![Oid::from_arcs(&[1, 2, 3])].into()),
        "PRes orderRejected: order-mismatch",
    );
}

#[test]
fn step_8_refuses_a_critical_extension_that_it_does_not_know() {
    check(
        |c| c.oi.oi_extensions = Some(vec![extension(true)].into()),
        "Error unrecognizedExtension: extension-unrecognized",
    );
}

#[test]
fn the_earlier_step_decides() {
    check(
        |c| {
            c.oi.oi_extensions = Some(vec![extension(true)].into());
            c.order.amount.minor += 1;
            c.oi.chall_m = None;
            c.oi.trans_ids.lid_c = label("other");
        },
        "Error unknownLID: label-unknown",
    );
}

#[test]
fn the_digest_is_of_type_hodinput() {
    let number = fitting().oi.hod.content_type.content_type_number();
    assert_eq!(number, Some(counterfoil_message::exchange::purchase::HodInput::CONTENT_TYPE));
}
