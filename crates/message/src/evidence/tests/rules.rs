//! Each rule between the parts of a file, broken alone by an exporter that seals what it likes.

use counterfoil_crypto::oid::suite;
use expect_test::expect;

use super::payment::{Payment, judge, sealed, verdict};
use super::world::{World, days, rng};
use crate::container::{Detached, Signed};
use crate::dual::{Context, Purchase};
use crate::evidence::format::SignedAnswer;
use crate::evidence::{Evidence, EvidenceFile, Exporter, Verification};
use crate::exchange::purchase::{OrderDescription, PResData};
use crate::instruction::{PiHead, PiTbs};
use crate::primitive::{
    BrandId, CertThumb, Challenge, CurrencyAmount, Date, Digest, MerchantId, MsgExtension,
    OpenType, Rrpid, SwIdent, TransIds,
};
use crate::treatment;

pub(super) const CAPTURED: &str = "PROVED: the payment was authorized and captured.";
pub(super) const AUTHORIZED: &str = "PROVED: the payment was authorized.";

/// Changes the evidence of a whole payment, lets the merchant seal it, and verifies.
pub(super) fn verified(change: impl FnOnce(&mut Evidence, &Payment<'_>)) -> Verification {
    let world = World::new();
    let payment = Payment::new(&world);
    let mut evidence = payment.evidence();
    change(&mut evidence, &payment);
    judge(&world, &sealed(&world, evidence))
}

pub(super) fn check(change: impl FnOnce(&mut Evidence, &Payment<'_>), expected: &str) {
    assert_eq!(verdict(&verified(change)), expected);
}

fn other(payment: &Payment<'_>) -> Evidence {
    Payment { world: payment.world, number: 0x60 }.evidence()
}

fn extension() -> MsgExtension {
    let extn_value = OpenType::new(&[5, 0]).unwrap();
    MsgExtension { extn_id: suite(9), critical: true, extn_value }
}

/// An answer to PReq.
pub(super) fn answered(answer: Signed<PResData>) -> SignedAnswer {
    SignedAnswer { answer, inquiry: None }
}

#[test]
fn what_is_left_out_is_not_proved() {
    let gaps = |change: fn(&mut Evidence)| {
        let verification = verified(|evidence, _| change(evidence));
        let always = ["person", "card", "delivery", "revoked-since", "instruction"];
        let ids = verification.gaps.iter().map(|gap| gap.id()).filter(|id| !always.contains(id));
        format!("{} {:?}", verdict(&verification), ids.collect::<Vec<_>>())
    };
    assert_eq!(gaps(|_| ()), format!("{CAPTURED} []"));
    assert_eq!(gaps(|e| e.offer = None), format!("{CAPTURED} [\"offer\"]"));
    assert_eq!(gaps(|e| e.order = None), format!("{CAPTURED} [\"order-text\"]"));
    let no_capture = |e: &mut Evidence| e.cap_receipts = Vec::new().into();
    assert_eq!(gaps(no_capture), format!("{AUTHORIZED} [\"capture\"]"));
}

#[test]
fn what_cannot_be_left_out_is_named() {
    check(
        |e, _| e.purchase.oi_data = None,
        "NOT PROVED: purchase: neither the order half nor the instruction half is in the file \
         [halves-missing].",
    );
    check(
        |e, _| e.answers = Vec::new().into(),
        "NOT PROVED: capReceipts[0]: it is of an authorization of which the file has no \
         approving receipt [capture-unlinked].",
    );
    let verification = verified(|e, _| {
        e.answers = Vec::new().into();
        e.cap_receipts = Vec::new().into();
    });
    assert_eq!(
        verdict(&verification),
        "NOT PROVED: file: no receipt of the gateway says whether the payment was authorized \
         [receipt-missing]."
    );
    let claims: Vec<&str> = verification.statements.iter().map(|s| s.claim.id()).collect();
    assert_eq!(claims, ["offer", "order", "order-text", "export"]);
}

#[test]
fn without_a_certificate_crl_or_bci_nothing_new_is_proved() {
    let world = World::new();
    let whole = Payment::new(&world).evidence();
    let all = judge(&world, &sealed(&world, whole.clone()));
    let mut named = 0;
    for place in 0..whole.certificates.len() {
        let mut list = whole.certificates.clone().into_vec();
        list.remove(place);
        let evidence = Evidence { certificates: list.into(), ..whole.clone() };
        let verification = judge(&world, &sealed(&world, evidence));
        named += usize::from(verdict(&verification).contains("named-certificate-missing"));
        assert!(verification == all || !verification.is_proved(), "certificate {place}");
    }
    assert_eq!(named, 1, "the gateway's key-exchange certificate");
    let told = |evidence| verdict(&judge(&world, &sealed(&world, evidence)));
    let without_crls = Evidence { crls: Vec::new().into(), ..whole.clone() };
    assert!(told(without_crls).ends_with("[revocation-unknown]."));
    let without_bcis = Evidence { bcis: Vec::new().into(), ..whole };
    assert!(told(without_bcis).ends_with("[bci-missing]."));
}

#[test]
fn parts_of_another_payment_are_told() {
    let of_other =
        |item: &str| format!("NOT PROVED: {item}: it is about another purchase [other-purchase].");
    check(|e, p| e.purchase = other(p).purchase, &of_other("purchase"));
    check(|e, p| e.offer = other(p).offer, &of_other("pInitRes"));
    check(|e, p| e.answers = other(p).answers, &of_other("answers[0].pRes"));
    check(|e, p| e.cap_receipts = other(p).cap_receipts, &of_other("capReceipts[0]"));
    check(
        |e, p| {
            let receipt = Payment { number: 0x60, ..*p }.receipt(|_| ());
            e.auth_receipts = vec![receipt].into();
        },
        &of_other("authReceipts[0]"),
    );
    check(|e, p| e.xid = Payment { number: 0x60, ..*p }.xid(), &of_other("purchase"));
    check(
        |e, p| e.order = other(p).order,
        "NOT PROVED: order: it is about another order or price [order-differs].",
    );
    check(
        |e, p| e.purchase.oi_data = other(p).purchase.oi_data,
        "NOT PROVED: purchase.oiData: the cardholder signed another order half \
         [order-half-differs].",
    );
    check(
        |e, p| e.purchase.pi_signature = other(p).purchase.pi_signature,
        "NOT PROVED: purchase: the signature does not hold: the content is not what was signed: \
         its digest differs [digest-mismatch].",
    );
    check(
        |e, p| {
            let inquiry = Payment { number: 0x60, ..*p }.inquiry(|_| ());
            let answer = p.inquiry_answer(|_| ());
            e.answers = vec![SignedAnswer { answer, inquiry: Some(inquiry) }].into();
        },
        &of_other("answers[0].inqReq"),
    );
}

#[test]
fn another_order_text_or_price_is_told() {
    let differs = "NOT PROVED: order: it is about another order or price [order-differs].";
    check(
        |e, _| {
            e.order.as_mut().unwrap().od = OrderDescription::new(b"2 x paper, 2 x ink").unwrap();
        },
        differs,
    );
    let cheaper = CurrencyAmount::minor(978, 4_989, 2).unwrap();
    check(|e, _| e.order.as_mut().unwrap().purch_amt = cheaper, differs);
}

/// Puts in the dual signature of a cardholder whose halves were changed before signing.
fn with_instruction(e: &mut Evidence, p: &Payment<'_>, change: impl Fn(&mut PiHead)) {
    let request = p.request(|_, head| change(head));
    let mut head = p.pi_head();
    change(&mut head);
    e.purchase.pi_tbs.h_pi_data = request.oi_dual_signed.h_pi_data;
    e.purchase.pi_signature = request.pi_dual_signed.pi_signature;
    e.purchase.pi_data = Some(p.pi_data(head));
}

#[test]
fn the_instruction_half_fits_the_order_half() {
    check(|e, p| with_instruction(e, p, |_| ()), CAPTURED);
    check(
        |e, p| {
            e.purchase.pi_data = Some(p.pi_data(PiHead { sw_ident: other_wallet(), ..p.pi_head() }))
        },
        "NOT PROVED: purchase.piData: the cardholder signed another instruction half \
         [instruction-half-differs].",
    );
    let half = "NOT PROVED: purchase.piData:";
    let other_ids = |head: &mut PiHead| head.trans_ids.lid_m = None;
    check(
        |e, p| with_instruction(e, p, other_ids),
        &format!("{half} ids or date of the purchase are other ones [ids-differ]."),
    );
    let other_order = |head: &mut PiHead| head.inputs.hod.digest = [0; 32];
    check(
        |e, p| with_instruction(e, p, other_order),
        &format!("{half} it is about another order or price [order-differs]."),
    );
    let other_merchant = |head: &mut PiHead| head.merchant_id = MerchantId::new("SHOP-2").unwrap();
    check(
        |e, p| with_instruction(e, p, other_merchant),
        &format!(
            "{half} it is of another merchant than the cardholder signed for [merchant-differs]."
        ),
    );
    let more = CurrencyAmount::minor(978, 9_990, 2).unwrap();
    check(
        |e, p| with_instruction(e, p, |head: &mut PiHead| head.inputs.purch_amt = more),
        "NOT PROVED: order: the price of the order is not the amount of the instruction \
         [amount-differs].",
    );
    check(
        |e, p| {
            with_instruction(e, p, |h: &mut PiHead| {
                h.pi_extensions = Some(vec![extension()].into())
            })
        },
        &format!(
            "{half} it has a critical extension that is not understood [extension-unrecognized]."
        ),
    );
}

fn other_wallet() -> SwIdent {
    SwIdent::new("another wallet").unwrap()
}

/// Signs a changed context as the cardholder.
fn with_context(e: &mut Evidence, p: &Payment<'_>, change: impl Fn(&mut PiTbs)) {
    change(&mut e.purchase.pi_tbs);
    let cardholder = p.world.cardholder.sender();
    let signature = treatment::sign_detached(&cardholder, &e.purchase.pi_tbs, &mut rng(3));
    e.purchase.pi_signature = signature.unwrap();
}

#[test]
fn the_context_of_the_dual_signature_is_that_of_its_parties() {
    let differs = "NOT PROVED: purchase: the dual signature is of another protocol, suite or \
                   brand than its parties [context-differs].";
    check(|e, p| with_context(e, p, |tbs| tbs.protocol = suite(1)), differs);
    check(|e, p| with_context(e, p, |tbs| tbs.suite = suite(99)), differs);
    let brand = || BrandId::new("Other Card").unwrap();
    check(|e, p| with_context(e, p, |tbs| tbs.brand_id = brand()), differs);
    let missing = "NOT PROVED: purchase: a certificate that it names is not in the file \
                   [named-certificate-missing].";
    check(|e, p| with_context(e, p, |t| t.gateway_cert_hash = Digest::new([0; 32])), missing);
    check(|e, p| with_context(e, p, |t| t.merchant_cert_hash = Digest::new([0; 32])), missing);
    let swapped = |tbs: &mut PiTbs| tbs.gateway_cert_hash = tbs.merchant_cert_hash;
    check(
        |e, p| with_context(e, p, swapped),
        "NOT PROVED: purchase: the signer's certificate is refused: The certificate of \
         `CN=Shop,OU=Bank,O=Acme Card,C=DE` has roles mer; pgwy is needed [wrong-role].",
    );
}

#[test]
fn somebody_else_cannot_sign_for_the_cardholder() {
    check(
        |e, p| {
            let merchant = p.world.merchant.sender();
            let signed = treatment::sign_detached(&merchant, &e.purchase.pi_tbs, &mut rng(3));
            e.purchase.pi_signature = signed.unwrap();
        },
        "NOT PROVED: purchase: the signer's certificate is refused: The certificate of \
         `CN=Shop,OU=Bank,O=Acme Card,C=DE` has roles mer; card is needed [wrong-role].",
    );
}

#[test]
fn the_offer_is_the_one_that_the_cardholder_took() {
    let offer = |change: fn(&mut crate::exchange::purchase_init::PInitResData), expected: &str| {
        check(|e, p| e.offer = Some(p.offer(change)), &format!("NOT PROVED: pInitRes: {expected}"));
    };
    let ids = "ids or date of the purchase are other ones [ids-differ].";
    offer(|data| data.trans_ids.p_req_date = Date::new(days(-1)), ids);
    offer(|data| data.trans_ids.lid_m = None, ids);
    let challenge = "it does not repeat the challenge it answers [challenge-differs].";
    offer(|data| data.chall_m = Challenge::new([0; 32]), challenge);
    offer(|data| data.chall_c = Challenge::new([0; 32]), challenge);
    offer(
        |data| data.pe_thumb = CertThumb::new([0; 32]),
        "it is of another gateway than the cardholder signed for [gateway-differs].",
    );
    let other_suite = "it names another suite than was signed [suite-differs].";
    offer(|data| data.suite = suite(2), other_suite);
    offer(|data| data.suites = vec![suite(2)].into(), other_suite);
    offer(
        |data| data.pi_rs_extensions = Some(vec![extension()].into()),
        "it has a critical extension that is not understood [extension-unrecognized].",
    );
    check(
        |e, p| {
            let other = p.world.other(&p.world.merchant, "Other shop");
            let world = World { merchant: other, ..World::new() };
            e.offer = Some(Payment { world: &world, number: p.number }.offer(|_| ()));
        },
        "NOT PROVED: pInitRes: it is of another merchant than the cardholder signed for \
         [merchant-differs].",
    );
}

#[test]
fn an_answer_is_the_merchants_to_what_was_asked() {
    let answer = |change: fn(&mut PResData), expected: &str| {
        let expected = format!("NOT PROVED: answers[0].pRes: {expected}");
        check(|e, p| e.answers = vec![answered(p.answer(change))].into(), &expected);
    };
    let unasked = "it answers no request that is in the file [answer-unasked].";
    answer(|data| data.rrpid = Rrpid::new([0; 20]), unasked);
    let challenge = "it does not repeat the challenge it answers [challenge-differs].";
    answer(|data| data.chall_c = Challenge::new([0; 32]), challenge);
    let ids = "ids or date of the purchase are other ones [ids-differ].";
    answer(|data| data.trans_ids.lid_m = None, ids);
    check(
        |e, p| {
            let other = p.world.other(&p.world.merchant, "Other shop");
            let world = World { merchant: other, ..World::new() };
            let answer = Payment { world: &world, number: p.number }.answer(|_| ());
            e.answers = vec![answered(answer)].into();
        },
        "NOT PROVED: answers[0].pRes: it is of another merchant than the cardholder signed for \
         [merchant-differs].",
    );
    let filled_in = |data: &mut PResData| {
        let pay_sys_id = crate::primitive::PaySysId::new("net-1").unwrap();
        data.trans_ids = TransIds { pay_sys_id: Some(pay_sys_id), ..data.trans_ids.clone() };
    };
    check(|e, p| e.answers = vec![answered(p.answer(filled_in))].into(), CAPTURED);
}

#[test]
fn an_answer_to_an_inquiry_needs_that_inquiry() {
    let with = |inquiry: Option<Signed<_>>, change: fn(&mut PResData), expected: &str| {
        check(
            |e, p| {
                let answer = p.inquiry_answer(change);
                e.answers = vec![SignedAnswer { answer, inquiry }].into();
            },
            expected,
        );
    };
    let world = World::new();
    let payment = Payment::new(&world);
    with(Some(payment.inquiry(|_| ())), |_| (), CAPTURED);
    let unasked =
        "NOT PROVED: answers[0].pRes: it answers no request that is in the file [answer-unasked].";
    with(None, |_| (), unasked);
    with(Some(payment.inquiry(|asked| asked.rrpid = Rrpid::new([0; 20]))), |_| (), unasked);
    with(
        Some(payment.inquiry(|asked| asked.chall_c2 = Challenge::new([0; 32]))),
        |_| (),
        "NOT PROVED: answers[0].pRes: it does not repeat the challenge it answers \
         [challenge-differs].",
    );
    let stranger = World { cardholder: world.other(&world.cardholder, "y8Rl"), ..World::new() };
    with(
        Some(Payment::new(&stranger).inquiry(|_| ())),
        |_| (),
        "NOT PROVED: answers[0].inqReq: it is signed by another cardholder than the purchase \
         [cardholder-differs].",
    );
}

#[test]
fn the_exporter_is_a_party() {
    let world = World::new();
    let payment = Payment::new(&world);
    let told = |sender: &super::world::Holder, by: Exporter| {
        let mut certificates = payment.evidence().certificates.into_vec();
        certificates.push(OpenType::new(sender.certificate.der()).unwrap());
        let certificates = certificates.into();
        let evidence = Evidence { exported_by: by, certificates, ..payment.evidence() };
        let file = EvidenceFile::seal(evidence, &sender.sender(), &mut rng(3)).unwrap();
        verdict(&judge(&world, &file.encode().unwrap()))
    };
    assert_eq!(told(&world.merchant, Exporter::Merchant), CAPTURED);
    assert_eq!(told(&world.cardholder, Exporter::Wallet), CAPTURED);
    assert_eq!(told(&world.gateway, Exporter::Gateway), CAPTURED);
    let stranger = "NOT PROVED: seal: whoever sealed the file is no party to this payment \
                    [exporter-stranger].";
    for (party, by) in [
        (&world.merchant, Exporter::Merchant),
        (&world.cardholder, Exporter::Wallet),
        (&world.gateway, Exporter::Gateway),
    ] {
        assert_eq!(told(&world.other(party, "Somebody"), by), stranger);
    }
    assert!(told(&world.merchant, Exporter::Gateway).ends_with("[wrong-role]."));
}

#[test]
fn a_gateways_file_proves_the_instruction_without_the_order() {
    let world = World::new();
    let payment = Payment::new(&world);
    let whole = payment.evidence();
    let pi_data = Some(payment.pi_data(payment.pi_head()));
    let evidence = Evidence {
        exported_by: Exporter::Gateway,
        purchase: crate::evidence::SignedPurchase { oi_data: None, pi_data, ..whole.purchase },
        offer: None,
        answers: Vec::new().into(),
        auth_receipts: vec![payment.receipt(|_| ())].into(),
        order: None,
        certificates: {
            let mut list = whole.certificates.into_vec();
            list.push(OpenType::new(world.gateway.certificate.der()).unwrap());
            list.into()
        },
        ..whole
    };
    let file = EvidenceFile::seal(evidence, &world.gateway.sender(), &mut rng(3)).unwrap();
    let verification = judge(&world, &file.encode().unwrap());
    assert_eq!(verdict(&verification), CAPTURED);
    let shown = verification.gaps.iter().map(|gap| gap.id()).collect::<Vec<_>>().join(" ");
    expect!["order-text order-half offer answer person card delivery revoked-since"]
        .assert_eq(&shown);
}

#[test]
fn a_signature_for_another_gateway_does_not_pass_for_this_one() {
    let world = World::new();
    let payment = Payment::new(&world);
    let mut evidence = payment.evidence();
    let gateway = world.gateway.certificate.clone();
    let context = Context {
        gateway_cert_hash: Digest::new(*gateway.thumb().as_bytes()),
        ..Context::new(
            &counterfoil_crypto::suite::P256,
            &world.merchant.certificate,
            &world.gateway_exchange.certificate,
        )
        .unwrap()
    };
    let purchase = Purchase {
        oi_data: payment.oi_data(),
        pi_head: payment.pi_head(),
        pan_data: payment.pan_data(),
    };
    let cardholder = world.cardholder.sender();
    let recipient = world.gateway_exchange.recipient();
    let signed = purchase.sign(&context, &cardholder, &recipient, &mut rng(8)).unwrap();
    let signature: Detached<PiTbs> = signed.pi_dual_signed.pi_signature;
    evidence.purchase.pi_signature = signature;
    let told = verdict(&judge(&world, &sealed(&world, evidence)));
    assert!(told.ends_with("[digest-mismatch]."), "{told}");
}
