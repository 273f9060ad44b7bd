//! Each check of [`super`] on a response, broken alone.

use counterfoil_crypto::digest::DetachedDigest;
use counterfoil_crypto::oid::content_type;
use counterfoil_message::exchange::purchase::CapStatus;
use counterfoil_message::primitive::{Date, Digest, Language, LocalId, MerchantId, Xid};
use jiff::Timestamp;

use super::*;

const SHOP: &str = "shop-1";

fn now() -> Date {
    Date::new(Timestamp::UNIX_EPOCH)
}

fn trans_ids() -> TransIds {
    TransIds {
        lid_c: LocalId::new(b"wallet").unwrap(),
        lid_m: None,
        xid: Xid::new([1; 20]),
        p_req_date: now(),
        pay_sys_id: None,
        language: Language::new("en").unwrap(),
    }
}

fn hod() -> DetachedDigest {
    DetachedDigest::of(content_type(7), b"1 book")
}

fn receipt(rrpid: u8, ratio: u64) -> Receipt {
    Ok(AuthReceipt {
        xid: Xid::new([1; 20]),
        auth_rrpid: Rrpid::new([rrpid; 20]),
        p_req_date: now(),
        merchant_id: MerchantId::new(SHOP).unwrap(),
        merchant_cert_hash: Digest::new([3; 32]),
        hod: hod(),
        auth_date: now(),
        auth_code: AuthCode::Approved,
        auth_ratio: Some(Ratio::new(ratio).unwrap()),
        captured: false,
    })
}

fn reversal(rrpid: u8, left: u64) -> AuthRevReceipt {
    AuthRevReceipt {
        xid: Xid::new([1; 20]),
        auth_rrpid: Rrpid::new([rrpid; 20]),
        merchant_id: MerchantId::new(SHOP).unwrap(),
        hod: hod(),
        rev_date: now(),
        auth_ratio: (left > 0).then(|| Ratio::new(left).unwrap()),
    }
}

fn entry(completion_code: CompletionCode) -> PResPayload {
    PResPayload { completion_code, results: None, p_rs_extensions: None }
}

fn authorized(auth_code: AuthCode, ratio: u64) -> PResPayload {
    let status = AuthStatus {
        auth_date: now(),
        auth_code,
        auth_ratio: Ratio::new(ratio).unwrap(),
        curr_conv: None,
    };
    let results = Results {
        acq_card_msg: None,
        auth_status: Some(status),
        cap_status: None,
        credit_status_seq: None,
        receipt: None,
        rev_receipt: None,
    };
    PResPayload { results: Some(results), ..entry(CompletionCode::AuthorizationPerformed) }
}

fn captured(ratio: u64) -> PResPayload {
    let mut entry = authorized(AuthCode::Approved, ratio);
    let status = CapStatus {
        cap_date: now(),
        cap_code: CapCode::Success,
        cap_ratio: Ratio::new(ratio).unwrap(),
    };
    entry.completion_code = CompletionCode::CapturePerformed;
    entry.results.as_mut().unwrap().cap_status = Some(status);
    entry
}

fn check(entries: &[(PResPayload, Receipt)], expected: &str) {
    check_reversed(entries, &[], expected);
}

/// `reversals`: of which authorization, and what it leaves.
fn check_reversed(entries: &[(PResPayload, Receipt)], reversals: &[(u8, u64)], expected: &str) {
    let reversals: Vec<AuthRevReceipt> =
        reversals.iter().map(|(rrpid, left)| reversal(*rrpid, *left)).collect();
    let (payloads, receipts): (Vec<_>, Vec<_>) = entries.iter().cloned().unzip();
    let ids = trans_ids();
    let hod = hod();
    let own = Own { trans_ids: &ids, merchant_id: SHOP, merchant_thumb: &[3; 32], hod: &hod };
    let price = Amount::parse("49.99 USD").unwrap();
    let shown = match meaning(&payloads, &receipts, &reversals, &own, price) {
        Meaning::Received => "received".to_owned(),
        Meaning::NotReceived => "not received".to_owned(),
        Meaning::Reversed(reason) => format!("reversed: {}", reason.id),
        Meaning::Verdict(Verdict::Paid { authorized, captured, receipts }) => {
            format!("paid {authorized}, captured {captured}, {} receipts", receipts.len())
        }
        Meaning::Verdict(Verdict::Refused(reason)) => format!("refused: {}", reason.id),
        Meaning::Verdict(Verdict::InDoubt(reason)) => format!("in doubt: {}", reason.id),
        Meaning::Verdict(other) => format!("{other:?}"),
    };
    assert_eq!(shown, expected);
}

const WHOLE: u64 = 1_000_000_000;
const NONE: Receipt = Err("receipt-missing");

#[test]
fn paid_takes_the_gateways_word() {
    use AuthCode::Approved;
    check(
        &[(authorized(Approved, WHOLE), receipt(1, WHOLE))],
        "paid 49.99 USD, captured 0.00 USD, 1 receipts",
    );
    check(
        &[(captured(WHOLE), receipt(1, WHOLE))],
        "paid 49.99 USD, captured 49.99 USD, 1 receipts",
    );
    check(&[(authorized(Approved, WHOLE), NONE)], "in doubt: receipt-missing");
    check(&[(captured(WHOLE), NONE)], "in doubt: receipt-missing");
    check(&[(authorized(Approved, WHOLE), Err("receipt-signer"))], "in doubt: receipt-signer");
    check(
        &[(authorized(Approved, WHOLE), receipt(1, WHOLE / 2))],
        "in doubt: receipt-other-amount",
    );
}

#[test]
fn the_merchants_word_is_enough_for_no_and_for_wait() {
    use CompletionCode::{OrderNotReceived, OrderReceived, OrderRejected, SignatureRequired};
    check(&[(entry(OrderReceived), NONE)], "received");
    check(&[(entry(OrderNotReceived), NONE)], "not received");
    check(&[(entry(OrderRejected), NONE)], "refused: order-rejected");
    check(&[(entry(SignatureRequired), NONE)], "refused: signature-required");
    check(
        &[(authorized(AuthCode::PiAuthMismatch, 0), NONE)],
        "refused: authorization-pi-auth-mismatch",
    );
    check(&[(authorized(AuthCode::Declined, 0), NONE)], "refused: authorization-declined");
}

#[test]
fn what_says_nothing_leaves_doubt() {
    check(&[], "in doubt: answer-empty");
    check(&[(entry(CompletionCode::AuthorizationPerformed), NONE)], "in doubt: status-missing");
    check(&[(entry(CompletionCode::MeaninglessRatio), NONE)], "in doubt: ratio-meaningless");
}

#[test]
fn the_parts_of_a_split_purchase_add_up() {
    use AuthCode::Approved;
    let half = WHOLE / 2;
    let first = (authorized(Approved, half), receipt(1, half));
    let second = (captured(half), receipt(2, half));
    check(&[first.clone(), second], "paid 49.99 USD, captured 25.00 USD, 2 receipts");
    let waiting = (entry(CompletionCode::OrderReceived), NONE);
    check(&[first.clone(), waiting], "paid 25.00 USD, captured 0.00 USD, 1 receipts");
    let declined = (authorized(AuthCode::Declined, 0), NONE);
    check(&[first.clone(), declined], "paid 25.00 USD, captured 0.00 USD, 1 receipts");
    check(&[first.clone(), first], "paid 25.00 USD, captured 0.00 USD, 1 receipts");
    let most = (authorized(Approved, WHOLE), receipt(3, WHOLE));
    let more = (authorized(Approved, half), receipt(4, half));
    check(&[most, more], "in doubt: receipt-above-price");
}

#[test]
fn what_the_gateway_took_back_is_not_paid_whatever_the_merchant_says_now() {
    let whole = (authorized(AuthCode::Approved, WHOLE), receipt(1, WHOLE));
    check_reversed(std::slice::from_ref(&whole), &[(1, 0)], "reversed: authorization-reversed");
    check_reversed(
        std::slice::from_ref(&whole),
        &[(2, 0)],
        "paid 49.99 USD, captured 0.00 USD, 1 receipts",
    );
    let half = WHOLE / 2;
    check_reversed(
        std::slice::from_ref(&whole),
        &[(1, half)],
        "paid 25.00 USD, captured 0.00 USD, 1 receipts",
    );
    let first = (authorized(AuthCode::Approved, half), receipt(1, half));
    let second = (authorized(AuthCode::Approved, half), receipt(2, half));
    check_reversed(
        &[first.clone(), second.clone()],
        &[(1, 0)],
        "paid 25.00 USD, captured 0.00 USD, 2 receipts",
    );
    check_reversed(&[first.clone(), second], &[(1, 0), (2, 0)], "reversed: authorization-reversed");
    let unproved = (authorized(AuthCode::Approved, half), NONE);
    check_reversed(&[first.clone(), unproved], &[(1, 0)], "in doubt: receipt-missing");
    let waiting = (entry(CompletionCode::OrderReceived), NONE);
    check_reversed(&[first, waiting], &[(1, 0)], "received");
    let rejected = PResPayload { completion_code: CompletionCode::OrderRejected, ..whole.0 };
    check_reversed(&[(rejected, whole.1)], &[], "refused: order-rejected");
}

#[test]
fn a_reversal_of_another_purchase_merchant_or_order_takes_nothing_back() {
    let Ok(of) = receipt(1, WHOLE) else { panic!("a receipt") };
    let fits = |change: &dyn Fn(&mut AuthRevReceipt)| {
        let mut reversal = reversal(1, 0);
        change(&mut reversal);
        receipt_check::is_reversal_of(&reversal, &of)
    };
    assert!(fits(&|_| ()));
    assert!(!fits(&|reversal| reversal.xid = Xid::new([9; 20])));
    assert!(!fits(&|reversal| reversal.auth_rrpid = Rrpid::new([9; 20])));
    assert!(!fits(&|reversal| reversal.merchant_id = MerchantId::new("shop-2").unwrap()));
    assert!(!fits(&|reversal| reversal.hod = DetachedDigest::of(content_type(7), b"2 books")));
}

#[test]
fn each_echo_has_its_error() {
    let fitting = || PResData {
        trans_ids: trans_ids(),
        rrpid: Rrpid::new([7; 20]),
        chall_c: Challenge::new([8; 32]),
        brand_crl_identifier: None,
        p_res_payload_seq: vec![entry(CompletionCode::OrderReceived)].into(),
    };
    let check = |change: &dyn Fn(&mut PResData), expected: &str| {
        let mut data = fitting();
        change(&mut data);
        let asked = Asked {
            rrpid: &Rrpid::new([7; 20]),
            trans_ids: &trans_ids(),
            challenge: &Challenge::new([8; 32]),
        };
        let verdict = judge_echo(&data, &asked);
        let shown = verdict.map_or_else(|r| format!("{}: {}", r.code, r.id), |()| "fits".into());
        assert_eq!(shown, expected);
    };
    check(&|_| (), "fits");
    check(&|data| data.rrpid = Rrpid::new([0; 20]), "unknownRRPID: rrpid-unknown");
    check(&|data| data.trans_ids.xid = Xid::new([0; 20]), "unknownXID: purchase-unknown");
    let other = LocalId::new(b"x").unwrap();
    check(&|data| data.trans_ids.lid_c = other.clone(), "unknownLID: label-unknown");
    let stale = Challenge::new([0; 32]);
    check(&|data| data.chall_c = stale, "challengeMismatch: challenge-mismatch");
}
