//! What an export takes from a journal, and what it leaves there.

use counterfoil_secret::Report;

use super::payment::{ORDER, Payment, header, lines, message, price, verdict};
use super::rules::{AUTHORIZED, CAPTURED};
use super::world::{World, rng};
use crate::codec::encode;
use crate::container::{EncB, Ex};
use crate::evidence::{ExportError, ExportRequest, Exported, Exporter, Order, export};
use crate::exchange::authorization::{AuthRes, AuthResBaggage};
use crate::exchange::capture::{CapCode, CapRes, CapResData, CapResItem, CapResPayload};
use crate::exchange::inquiry::{InqReq, InqRes};
use crate::exchange::purchase::{OiDualSigned, PReq, PReqUnsigned, PRes};
use crate::instruction::PiHead;
use crate::primitive::{
    BackKey, BackKeyData, CurrencyAmount, MerTermIds, MerchantId, RrTags, Rrpid,
};
use crate::treatment::{self, Binding};
use counterfoil_crypto::oid::suite;

type Lines = [(bool, Vec<u8>)];

fn exported_by(
    party: Exporter,
    payment: &Payment<'_>,
    journal: &Lines,
    order: Option<Order<'_>>,
) -> Result<Exported, ExportError> {
    let (lines, roots) = (lines(journal), payment.world.roots());
    let request = ExportRequest { order, roots: &roots, ..payment.request_of(&lines, party) };
    export(&request, &mut rng(9))
}

fn exported(payment: &Payment<'_>, journal: &Lines) -> Result<Exported, ExportError> {
    exported_by(Exporter::Merchant, payment, journal, None)
}

fn id(result: Result<Exported, ExportError>) -> &'static str {
    result.err().map_or("exported", |error| error.id())
}

#[test]
fn signed_structures_are_kept_octet_by_octet() {
    let world = World::new();
    let payment = Payment::new(&world);
    let file = payment.export(&payment.journal_with_inquiry()).file.encode().unwrap();
    let contains = |part: &[u8]| file.windows(part.len()).any(|window| window == part);
    let request = payment.request(|_, _| ());
    for part in [
        payment.offer(|_| ()).content_info(),
        request.pi_dual_signed.pi_signature.content_info(),
        payment.early_answer().content_info(),
        payment.inquiry(|_| ()).content_info(),
        payment.inquiry_answer(|_| ()).content_info(),
        payment.receipt(|_| ()).content_info(),
        payment.capture(|_| ()).content_info(),
    ] {
        assert!(contains(part.as_der()));
    }
}

#[test]
fn no_card_and_no_unasked_order_is_in_the_file() {
    let world = World::new();
    let payment = Payment::new(&world);
    let request = payment.request(|_, _| ());
    let sealed_card = request.pi_dual_signed.ex_pi_data.as_der();
    let instruction = payment.pi_data(payment.pi_head());
    let plain = exported(&payment, &payment.journal()).unwrap().file.encode().unwrap();
    let (wallet_lines, roots) = {
        let journal: Vec<(bool, Vec<u8>)> =
            payment.journal().into_iter().map(|(sent, body)| (!sent, body)).collect();
        (journal, world.roots())
    };
    let lines = lines(&wallet_lines);
    let request = ExportRequest {
        instruction: Some(&instruction),
        roots: &roots,
        ..payment.request_of(&lines, Exporter::Wallet)
    };
    let wallets = export(&request, &mut rng(9)).unwrap().file.encode().unwrap();
    for file in [plain, wallets] {
        let contains = |part: &[u8]| file.windows(part.len()).any(|window| window == part);
        assert!(!contains(b"4929123412341232") && !contains(&[0x51; 32]));
        assert!(!contains(sealed_card));
        assert!(!contains(ORDER.as_bytes()));
    }
}

#[test]
fn wallet_and_merchant_tell_the_same() {
    let world = World::new();
    let payment = Payment::new(&world);
    let journal = payment.journal_with_inquiry();
    let merchants = exported(&payment, &journal).unwrap().file.evidence;
    let mirrored: Vec<(bool, Vec<u8>)> =
        journal.into_iter().map(|(sent, body)| (!sent, body)).collect();
    let wallets = exported_by(Exporter::Wallet, &payment, &mirrored, None);
    let wallets = wallets.unwrap().file.evidence;
    assert_eq!(wallets.offer, merchants.offer);
    assert_eq!(wallets.purchase, merchants.purchase);
    assert_eq!(wallets.answers, merchants.answers);
    // Whoever is on the other side of the journal has said nothing.
    let swapped = exported(&payment, &mirrored);
    assert_eq!(id(swapped), "purchase-missing");
}

#[test]
fn what_is_given_has_to_belong_to_the_purchase() {
    let world = World::new();
    let payment = Payment::new(&world);
    let journal = payment.journal();
    let order = Order { description: ORDER, amount: price(), install_recur_data: None };
    let with_order = |order| exported_by(Exporter::Merchant, &payment, &journal, Some(order));
    assert_eq!(id(with_order(order)), "exported");
    assert_eq!(id(with_order(Order { description: "2 x ink", ..order })), "order-differs");
    assert_eq!(id(with_order(Order { description: "", ..order })), "order-differs");
    let amount = CurrencyAmount::minor(978, 1, 2).unwrap();
    assert_eq!(id(with_order(Order { amount, ..order })), "order-differs");
    let with_head = |head: PiHead| {
        let pi_data = payment.pi_data(head);
        let (lines, roots) = (lines(&journal), world.roots());
        let request = ExportRequest {
            instruction: Some(&pi_data),
            roots: &roots,
            ..payment.request_of(&lines, Exporter::Merchant)
        };
        id(export(&request, &mut rng(9)))
    };
    assert_eq!(with_head(payment.pi_head()), "exported");
    let mut head = payment.pi_head();
    head.inputs.purch_amt = amount;
    assert_eq!(with_head(head), "instruction-differs");
    let back_key = BackKeyData { back_alg: suite(1), back_key: BackKey::new([1; 32]) };
    let head = PiHead { acq_back_key_data: Some(back_key), ..payment.pi_head() };
    assert_eq!(with_head(head), "instruction-holds-key");
}

#[test]
fn a_purchase_that_is_not_there_or_not_signed_leaves_no_evidence() {
    let world = World::new();
    let payment = Payment::new(&world);
    let missing = |journal: &Lines| id(exported(&payment, journal)) == "purchase-missing";
    let journal = payment.journal();
    assert!(!missing(&journal));
    assert!(missing(&[]));
    assert!(missing(&journal[1..]));
    assert!(missing(&[journal[0].clone(), journal[2].clone()]));
    let dual = payment.request(|_, _| ());
    let unsigned = PReqUnsigned {
        pi_unsigned: Ex::new(dual.pi_dual_signed.ex_pi_data),
        oi_unsigned: OiDualSigned { ..dual.oi_dual_signed },
    };
    let unsigned = (false, message(&PReq::Unsigned(unsigned)));
    assert!(missing(&[journal[0].clone(), unsigned]));
    let other = Payment { number: 0x60, ..payment }.journal();
    assert!(missing(&other));
    let mixed: Vec<(bool, Vec<u8>)> = other.into_iter().chain(payment.journal()).collect();
    let mixed = exported(&payment, &mixed).unwrap();
    assert!(mixed.verification.is_proved());
    assert_eq!(mixed.file.evidence.answers.len(), 1);
}

#[test]
fn what_strangers_sent_is_left_out() {
    let world = World::new();
    let payment = Payment::new(&world);
    let mut journal = payment.journal();
    // Garbage, a purchase that is changed on the way, and one by a cardholder of one's own making.
    let mut changed = payment.request(|_, _| ());
    changed.oi_dual_signed.oi_data.hod.digest = [0; 32];
    let forger = World { cardholder: world.other(&world.merchant, "x7Qk"), ..World::new() };
    let forged = Payment { world: &forger, number: payment.number }.request(|_, _| ());
    journal.insert(1, (false, vec![0x30, 0x03, 0x02, 0x01, 0x05]));
    journal.insert(1, (false, message(&PReq::DualSigned(changed))));
    journal.insert(1, (false, message(&PReq::DualSigned(forged))));
    let found = exported(&payment, &journal).unwrap();
    assert!(found.verification.is_proved(), "{}", verdict(&found.verification));
    let genuine = payment.request(|_, _| ()).pi_dual_signed.pi_signature;
    assert_eq!(found.file.evidence.purchase.pi_signature, genuine);
}

#[test]
fn an_answer_that_does_not_hold_is_left_out_and_named() {
    let world = World::new();
    let payment = Payment::new(&world);
    let mut journal = payment.journal();
    let forger = World { merchant: world.other(&world.merchant, "Shop"), ..World::new() };
    let forged = Payment { world: &forger, number: payment.number };
    let answer = forged.inquiry_answer(|data| data.p_res_payload_seq = Vec::new().into());
    journal.push((false, message(&InqReq::Signed(payment.inquiry(|_| ())))));
    journal.push((true, message(&InqRes(answer))));
    let found = exported(&payment, &journal).unwrap();
    assert!(found.verification.is_proved());
    let left_out: Vec<String> = found.left_out.iter().map(ToString::to_string).collect();
    assert_eq!(
        left_out,
        ["answers[1].pRes (merchant-differs): it is of another merchant than the cardholder \
          signed for"]
    );
}

#[test]
fn the_same_answer_is_kept_once_and_receipts_in_it_are_not_repeated() {
    let world = World::new();
    let payment = Payment::new(&world);
    let mut journal = payment.journal();
    journal.push(journal[2].clone());
    journal.push((false, message(&InqReq::Signed(payment.inquiry(|_| ())))));
    journal.push((true, message(&InqRes(payment.inquiry_answer(|_| ())))));
    let receipts = [payment.receipt(|_| ())];
    let (lines, roots) = (lines(&journal), world.roots());
    let request = ExportRequest {
        auth_receipts: &receipts,
        roots: &roots,
        ..payment.request_of(&lines, Exporter::Merchant)
    };
    let evidence = export(&request, &mut rng(9)).unwrap().file.evidence;
    assert_eq!((evidence.answers.len(), evidence.auth_receipts.len()), (1, 0));
    let early = [journal[0].clone(), journal[1].clone()];
    let lines = super::payment::lines(&early);
    let request = ExportRequest { journal: &lines, ..request };
    let found = export(&request, &mut rng(9)).unwrap();
    assert_eq!(found.file.evidence.auth_receipts.len(), 1);
    assert_eq!(verdict(&found.verification), AUTHORIZED);
}

/// AuthRes and CapRes as the gateway seals them for the merchant; nothing in them but ids and
/// receipts.
fn from_gateway(payment: &Payment<'_>) -> [Vec<u8>; 2] {
    let gateway = payment.world.gateway.sender();
    let merchant = payment.world.merchant_exchange.recipient();
    let binding = Binding::of_header(&header()).unwrap();
    let rr_tags = RrTags {
        rrpid: Rrpid::new([1; 20]),
        mer_term_ids: MerTermIds {
            merchant_id: MerchantId::new("SHOP-1").unwrap(),
            terminal_id: None,
            agent_num: None,
            chain_num: None,
            store_num: None,
        },
        current_date: payment.trans_ids().p_req_date,
    };
    let payload = CapResPayload {
        cap_code: CapCode::Success,
        cap_amt: price(),
        batch_id: None,
        batch_sequence_num: None,
        c_rs_pay_extensions: None,
        receipt: Some(payment.capture(|_| ())),
    };
    let item = |trans_ids| CapResItem {
        trans_ids,
        auth_rrpid: Rrpid::new([2; 20]),
        cap_res_payload: payload.clone(),
    };
    let other = Payment { number: 0x60, ..*payment }.trans_ids();
    let content = CapResData {
        cap_rr_tags: rr_tags.clone(),
        brand_crl_identifier: None,
        pe_thumb: None,
        batch_status_seq: None,
        cap_res_item_seq: vec![item(other), item(payment.trans_ids())].into(),
        c_rs_extensions: None,
    };
    let capture = treatment::enc(&gateway, &merchant, &binding, &content, &mut rng(5)).unwrap();
    let receipt = Some(payment.receipt(|_| ()));
    let baggage = AuthResBaggage { cap_token: None, acq_card_msg: None, auth_token: None, receipt };
    // Only the baggage is looked at: what is sealed may be anything.
    let sealed = capture.content_info().clone();
    let authorization = AuthRes::EncB(EncB { sealed, baggage });
    [message(&authorization), message(&CapRes(capture))]
}

#[test]
fn the_merchant_takes_receipts_from_what_the_gateway_sent_it() {
    let world = World::new();
    let payment = Payment::new(&world);
    let mut journal = payment.journal();
    journal.truncate(2);
    journal.extend(from_gateway(&payment).map(|body| (false, body)));
    let (lines, roots) = (lines(&journal), world.roots());
    let request = ExportRequest { roots: &roots, ..payment.request_of(&lines, Exporter::Merchant) };
    let told = |request: &ExportRequest<'_>| {
        let found = export(request, &mut rng(9)).unwrap();
        assert!(found.left_out.is_empty(), "{:?}", found.left_out);
        verdict(&found.verification)
    };
    assert_eq!(told(&request), AUTHORIZED);
    let opener = Some(world.merchant_exchange.opener());
    assert_eq!(told(&ExportRequest { opener, ..request }), CAPTURED);
    let opener = Some(world.gateway_exchange.opener());
    assert_eq!(told(&ExportRequest { opener, ..request }), AUTHORIZED);
}

#[test]
fn a_receipt_outlives_the_answer_that_is_left_out() {
    let world = World::new();
    let payment = Payment::new(&world);
    let mut journal = payment.journal();
    journal[2].1 = message(&PRes(payment.answer(|data| data.trans_ids.lid_m = None)));
    let found = exported(&payment, &journal).unwrap();
    assert_eq!(found.left_out.len(), 1);
    assert_eq!(found.file.evidence.answers.len(), 0);
    assert_eq!(verdict(&found.verification), AUTHORIZED);
}

#[test]
fn an_undecided_purchase_is_exported_and_not_proved() {
    let world = World::new();
    let payment = Payment::new(&world);
    let mut journal = payment.journal();
    journal[2].1 = message(&PRes(payment.early_answer()));
    let found = exported(&payment, &journal).unwrap();
    assert!(verdict(&found.verification).ends_with("[receipt-missing]."));
    assert!(!found.verification.statements.is_empty());
}

#[test]
fn certificates_crls_and_bcis_are_in_the_file_once_and_without_the_root() {
    let world = World::new();
    let payment = Payment::new(&world);
    let twice: Vec<_> = world.crls.iter().chain(&world.crls).cloned().collect();
    let bcis = [world.bcis[0].clone(), world.bcis[0].clone()];
    let (journal, roots) = (payment.journal(), world.roots());
    let lines = lines(&journal);
    let certificates = [world.root.certificate.clone(), world.merchant.certificate.clone()];
    let request = ExportRequest {
        crls: &twice,
        bcis: &bcis,
        certificates: &certificates,
        roots: &roots,
        ..payment.request_of(&lines, Exporter::Merchant)
    };
    let found = export(&request, &mut rng(9)).unwrap();
    let evidence = &found.file.evidence;
    // Brand, three issuing CAs, cardholder, merchant, the gateway's two.
    assert_eq!(evidence.certificates.len(), 8);
    assert_eq!((evidence.crls.len(), evidence.bcis.len()), (5, 1));
    let root = world.root.certificate.der();
    assert!(evidence.certificates.iter().all(|certificate| certificate.as_der() != root));
    assert!(encode(evidence).is_ok());
}

#[test]
fn the_same_journal_gives_the_same_file() {
    let world = World::new();
    let payment = Payment::new(&world);
    let once = payment.export(&payment.journal());
    assert_eq!(once, payment.export(&payment.journal()));
    assert_eq!(verdict(&once.verification), CAPTURED);
}
