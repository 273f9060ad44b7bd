//! Receipts of reversals: whose they are, what they are about, and that "not paid" is proved.

use super::payment::{Payment, lines, message};
use super::rules::{AUTHORIZED, CAPTURED, answered, check, verified};
use super::world::{World, days, rng};
use crate::evidence::statement::plain_money;
use crate::evidence::{Evidence, ExportRequest, Exporter, export};
use crate::exchange::authorization_reversal::{
    AuthResDataNew, AuthRevCode, AuthRevRes, AuthRevResBaggage, AuthRevResData, AuthRevTags,
};
use crate::exchange::purchase::{AuthRevReceipt, CompletionCode, PRes};
use crate::primitive::{CurrencyAmount, Date, MerTermIds, MerchantId, Ratio, RrTags, Rrpid, Xid};
use crate::treatment::{self, Binding};

const VOIDED: &str = "PROVED: the payment was authorized and given back: nothing is paid.";

/// The payment without its capture, and with a reversal beside the answers.
fn reversed(e: &mut Evidence, p: &Payment<'_>, change: impl Fn(&mut AuthRevReceipt)) {
    e.cap_receipts = Vec::new().into();
    e.rev_receipts = Some(vec![p.reversal(change)].into());
}

#[test]
fn a_payment_that_was_given_back_is_proved_not_paid() {
    check(|e, p| reversed(e, p, |_| ()), VOIDED);
    let verification = verified(|e, p| reversed(e, p, |_| ()));
    let text = verification.text(plain_money);
    assert!(text.contains("- The gateway gave the payment back on"), "{text}");
    assert!(!verification.gaps.iter().any(|gap| gap.id() == "capture"), "{text}");
}

#[test]
fn the_receipt_in_an_answer_of_the_merchant_is_as_good() {
    let in_answer = |e: &mut Evidence, p: &Payment<'_>| {
        e.cap_receipts = Vec::new().into();
        let answer = p.answer(|data| {
            let mut payloads = data.p_res_payload_seq.clone().into_vec();
            payloads[0].completion_code = CompletionCode::OrderRejected;
            payloads[0].results.as_mut().unwrap().rev_receipt = Some(p.reversal(|_| ()));
            data.p_res_payload_seq = payloads.into();
        });
        e.answers = vec![answered(answer)].into();
    };
    check(in_answer, VOIDED);
}

#[test]
fn what_a_reversal_leaves_may_be_captured_and_more_is_told() {
    let half = Ratio::new(500_000_000).unwrap();
    let halved = |e: &mut Evidence, p: &Payment<'_>, captured: Ratio| {
        reversed(e, p, |receipt| receipt.auth_ratio = Some(half));
        e.cap_receipts = vec![p.capture(|receipt| receipt.cap_ratio = Some(captured))].into();
    };
    check(|e, p| halved(e, p, half), CAPTURED);
    let verification = verified(|e, p| halved(e, p, half));
    let text = verification.text(plain_money);
    assert!(text.contains("left 50 % of the price, 24.95 (978) authorized"), "{text}");
    let verification = verified(|e, p| halved(e, p, Ratio::ONE));
    assert!(verification.gaps.iter().any(|gap| gap.id() == "captured-above-authorized"));
    check(|e, p| reversed(e, p, |receipt| receipt.auth_ratio = Some(half)), AUTHORIZED);
}

#[test]
fn a_reversal_is_the_gateways_for_this_order() {
    let reversal = |change: fn(&mut AuthRevReceipt), expected: &str| {
        let expected = format!("NOT PROVED: revReceipts[0]: {expected}");
        check(|e, p| reversed(e, p, change), &expected);
    };
    let purchase = "it is about another purchase [other-purchase].";
    reversal(|receipt| receipt.xid = Xid::new([0; 20]), purchase);
    let unlinked = "it reverses nothing that is proved [reversal-unlinked].";
    reversal(|receipt| receipt.auth_rrpid = Rrpid::new([0; 20]), unlinked);
    let order = "it is about another order or price [order-differs].";
    reversal(|receipt| receipt.hod.digest = [0; 32], order);
    let merchant = "it is of another merchant than the cardholder signed for [merchant-differs].";
    reversal(|receipt| receipt.merchant_id = MerchantId::new("SHOP-2").unwrap(), merchant);
    let late = "its date does not fit the dates of what comes before and after [date-order].";
    reversal(|receipt| receipt.rev_date = Date::new(days(1)), late);
    check(
        |e, p| {
            let other = p.world.other(&p.world.gateway, "455612:2");
            let world = World { gateway: other, ..World::new() };
            let receipt = Payment { world: &world, number: p.number }.reversal(|_| ());
            e.rev_receipts = Some(vec![receipt].into());
        },
        "NOT PROVED: revReceipts[0]: it is of another gateway than the cardholder signed for \
         [gateway-differs].",
    );
    check(
        |e, p| {
            let world = World { gateway: p.world.merchant.clone(), ..World::new() };
            let receipt = Payment { world: &world, number: p.number }.reversal(|_| ());
            e.rev_receipts = Some(vec![receipt].into());
        },
        "NOT PROVED: revReceipts[0]: the signer's certificate is refused: The certificate of \
         `CN=Shop,OU=Bank,O=Acme Card,C=DE` has roles mer; pgwy is needed [wrong-role].",
    );
}

/// AuthRevRes as a merchant receives it.
fn answer_of_the_gateway(p: &Payment<'_>) -> Vec<u8> {
    let none = CurrencyAmount::minor(978, 0, 2).unwrap();
    let data = AuthRevResData {
        auth_rev_code: AuthRevCode::Approved,
        auth_rev_tags: AuthRevTags {
            auth_rev_rr_tags: RrTags {
                rrpid: Rrpid::new([1; 20]),
                mer_term_ids: MerTermIds {
                    merchant_id: MerchantId::new("SHOP-1").unwrap(),
                    terminal_id: None,
                    agent_num: None,
                    chain_num: None,
                    store_num: None,
                },
                current_date: Date::new(days(0)),
            },
            auth_ret_num: None,
        },
        brand_crl_identifier: None,
        pe_thumb: None,
        auth_new_amt: none,
        auth_res_data_new: AuthResDataNew { trans_ids: p.trans_ids(), auth_res_payload_new: None },
        a_rv_rs_extensions: None,
    };
    let baggage = AuthRevResBaggage {
        cap_token_new: None,
        auth_token_new: None,
        receipt: Some(p.reversal(|_| ())),
    };
    let gateway = p.world.gateway.sender();
    let recipient = p.world.merchant_exchange.recipient();
    let binding = Binding::of_header(&super::payment::header()).unwrap();
    let sealed =
        treatment::enc_b(&gateway, &recipient, &binding, &data, baggage, &mut rng(3)).unwrap();
    message(&AuthRevRes::EncB(sealed))
}

#[test]
fn a_merchant_exports_the_reversal_that_it_received() {
    let world = World::new();
    let payment = Payment::new(&world);
    let mut journal = payment.journal();
    journal.push((false, answer_of_the_gateway(&payment)));
    let told_again = message(&PRes(payment.answer(|_| ())));
    journal.push((true, told_again));
    let lines = lines(&journal);
    let roots = world.roots();
    let request = ExportRequest { roots: &roots, ..payment.request_of(&lines, Exporter::Merchant) };
    let exported = export(&request, &mut rng(9)).unwrap();
    assert_eq!(super::payment::verdict(&exported.verification), VOIDED);
    assert_eq!(exported.file.evidence.rev_receipts.map(|list| list.len()), Some(1));
    assert_eq!(exported.left_out, []);
    // Of another purchase it is passed over.
    let other = Payment { world: &world, number: 0x40 };
    journal[3].1 = answer_of_the_gateway(&other);
    let lines = super::payment::lines(&journal);
    let request = ExportRequest { roots: &roots, ..payment.request_of(&lines, Exporter::Merchant) };
    let exported = export(&request, &mut rng(9)).unwrap();
    assert_eq!(super::payment::verdict(&exported.verification), AUTHORIZED);
    assert!(exported.file.evidence.rev_receipts.is_none());
}
