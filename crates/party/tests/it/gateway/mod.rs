//! The payment gateway against a real bank party, with a merchant that a test can make lie.

mod shop;
mod void;

use counterfoil_message::exchange::authorization::AuthCode;
use counterfoil_message::exchange::capture::{
    CapCode, CapItem, CapPayload, CapReq, CapReqData, CapRes, CapResData,
};
use counterfoil_message::exchange::error_message::ErrorMessage;
use counterfoil_message::instruction::Pi;
use counterfoil_message::primitive::Date;
use counterfoil_message::token::CapToken;
use counterfoil_message::treatment::{self, Authentic, Binding, Opener, Sender};
use counterfoil_message::wrapper::MessageWrapper;
use counterfoil_party::bank::check_books;

use shop::{CARD, Line, Shop, Signed, dollars, other_digest, wrap};

impl Shop {
    /// Authorizes `cents` of a signed purchase and tells the AuthCode.
    fn authorize(&mut self, signed: &Signed, cents: u64) -> AuthCode {
        let request = self.request(signed, cents);
        let body = self.auth_req(&request, signed.pi.clone());
        let answer = self.ask(&body).expect("an answer");
        self.open_auth_res(&answer).0.auth_res_payload.auth_header.auth_code
    }

    /// What came back: an AuthCode or an Error code by name.
    fn verdict(&mut self, body: &[u8]) -> String {
        let Some(answer) = self.ask(body) else { return "nothing".into() };
        let wrapper = MessageWrapper::decode(&answer).unwrap();
        if let Ok(ErrorMessage::Signed(signed)) = wrapper.message.decode::<ErrorMessage>() {
            let error = treatment::verify(&signed, &mut self.check()).unwrap();
            return format!("Error {}", error.content().error_code.name());
        }
        let code = self.open_auth_res(&answer).0.auth_res_payload.auth_header.auth_code;
        code.name().to_owned()
    }

    fn capture(&mut self, signed: &Signed, token: CapToken, cents: u64) -> Vec<u8> {
        let auth_rrpid = self.last_authorization(signed);
        let tags = self.tags();
        let data = CapReqData {
            cap_rr_tags: tags.clone(),
            m_thumbs: None,
            cap_item_seq: vec![CapItem {
                trans_ids: signed.ids.clone(),
                auth_rrpid,
                cap_payload: CapPayload {
                    cap_date: Date::new(self.now),
                    cap_req_amt: dollars(cents),
                    auth_req_item: None,
                    auth_res_payload: None,
                    sale_detail: None,
                    c_pay_extensions: None,
                },
            }]
            .into(),
            c_rq_extensions: None,
        };
        let header = self.header(tags.rrpid, None);
        let recipient = self.gateway_recipient();
        let binding = Binding::of_header(&header).unwrap();
        let key = self.merchant.signature.key.signing_key().unwrap();
        let chain = self.merchant_chain();
        let certificate = self.merchant.signature.certificate.clone();
        let sender = Sender { key: &*key, certificate: &certificate, chain: &chain, crls: &[] };
        let tokens = vec![token].into();
        let sealed =
            treatment::enc_b(&sender, &recipient, &binding, &data, tokens, &mut self.rng).unwrap();
        wrap(header, &CapReq::EncB(sealed))
    }

    fn last_authorization(&self, signed: &Signed) -> counterfoil_message::primitive::Rrpid {
        use counterfoil_party::gateway::ledger::AUTHORIZATIONS;
        AUTHORIZATIONS
            .scan(&self.gateway_records, &[], None, 100)
            .unwrap()
            .into_iter()
            .map(|(_, record)| record.tags.0)
            .find(|tags| tags.trans_ids.xid == signed.ids.xid)
            .expect("an authorization")
            .auth_rr_tags
            .rrpid
    }

    fn cap_code(&mut self, answer: &[u8]) -> CapCode {
        self.cap_res(answer).cap_res_item_seq[0].cap_res_payload.cap_code
    }

    fn cap_res(&mut self, answer: &[u8]) -> CapResData {
        let wrapper = MessageWrapper::decode(answer).unwrap();
        let CapRes(sealed) = wrapper.message.decode().unwrap();
        let exchange = self.merchant.exchange.clone().unwrap();
        let key = exchange.key.exchange_key().unwrap();
        let opener = Opener { key: &*key, certificate: &exchange.certificate };
        let binding = Binding::of_header(&wrapper.header).unwrap();
        let opened: Authentic<CapResData> =
            treatment::open_enc(&sealed, &opener, &binding, &mut self.check()).unwrap();
        opened.into_content()
    }

    /// Merchant's balance at the bank in cents, with the books checked.
    fn paid_out(&self) -> i64 {
        let totals = check_books(&self.bank_records).expect("books that add up");
        totals.currencies.get(&840).map_or(0, |usd| usd.merchants_minor)
    }
}

#[test]
fn an_honest_purchase_is_authorized_and_its_receipt_speaks_of_the_order() {
    let mut shop = Shop::open();
    let signed = shop.sign(4999);
    let request = shop.request(&signed, 4999);
    let body = shop.auth_req(&request, signed.pi.clone());
    let answer = shop.ask(&body).unwrap();
    let (data, baggage) = shop.open_auth_res(&answer);
    assert_eq!(data.auth_res_payload.auth_header.auth_code, AuthCode::Approved);
    assert_eq!(data.auth_tags, request.auth_req_item.auth_tags);
    assert!(baggage.cap_token.is_some() && baggage.auth_token.is_none());
    let receipt = treatment::verify(&baggage.receipt.unwrap(), &mut shop.check()).unwrap();
    assert_eq!(receipt.content().hod, signed.check.hod2);
    assert_eq!(receipt.content().auth_code, AuthCode::Approved);
}

#[test]
fn the_same_octets_get_the_same_answer_and_charge_once() {
    let mut shop = Shop::open();
    let signed = shop.sign(4999);
    let mut request = shop.request(&signed, 4999);
    request.capture_now = true;
    let body = shop.auth_req(&request, signed.pi.clone());
    let first = shop.ask(&body).unwrap();
    let second = shop.ask(&body).unwrap();
    assert_eq!(first, second);
    assert_eq!(shop.paid_out(), 4999);
}

#[test]
fn a_known_rrpid_with_other_octets_is_refused() {
    let mut shop = Shop::open();
    let signed = shop.sign(4999);
    let request = shop.request(&signed, 4999);
    let body = shop.auth_req(&request, signed.pi.clone());
    assert_eq!(shop.verdict(&body), "approved");
    let other = shop.auth_req(&request, signed.pi.clone());
    assert_ne!(body, other, "sealing is randomized");
    assert_eq!(shop.verdict(&other), "Error unknownRRPID");
}

#[test]
fn an_instruction_is_used_once() {
    let mut shop = Shop::open();
    let signed = shop.sign(4999);
    assert_eq!(shop.authorize(&signed, 4999), AuthCode::Approved);
    assert_eq!(shop.authorize(&signed, 4999), AuthCode::PiPreviouslyUsed);
}

#[test]
fn an_instruction_that_was_declined_may_be_used_again() {
    let mut shop = Shop::open();
    let signed = shop.sign(200_000);
    assert_eq!(shop.authorize(&signed, 200_000), AuthCode::Declined);
    assert_eq!(shop.authorize(&signed, 50_000), AuthCode::Approved);
}

#[test]
fn a_merchant_that_claims_another_order_is_told_apart() {
    let mut shop = Shop::open();
    let mut signed = shop.sign(4999);
    signed.check.hod2 = other_digest();
    assert_eq!(shop.authorize(&signed, 4999), AuthCode::PiAuthMismatch);
}

#[test]
fn a_merchant_cannot_ask_for_more_than_was_signed() {
    let mut shop = Shop::open();
    let signed = shop.sign(4999);
    assert_eq!(shop.authorize(&signed, 5000), AuthCode::AmountError);
}

#[test]
fn an_instruction_of_another_purchase_does_not_open() {
    let mut shop = Shop::open();
    let first = shop.sign(4999);
    let second = shop.sign(4999);
    let request = shop.request(&first, 4999);
    let body = shop.auth_req(&request, second.pi);
    assert_eq!(shop.verdict(&body), "Error signatureFailure");
}

#[test]
fn a_changed_octet_anywhere_never_passes() {
    let mut shop = Shop::open();
    let signed = shop.sign(4999);
    let request = shop.request(&signed, 4999);
    let body = shop.auth_req(&request, signed.pi.clone());
    for place in (0..body.len()).step_by(37) {
        let mut changed = body.clone();
        changed[place] ^= 1;
        let verdict = shop.verdict(&changed);
        assert!(verdict.starts_with("Error") || verdict == "nothing", "{place}: {verdict}");
    }
    assert_eq!(shop.paid_out(), 0);
}

#[test]
fn a_message_from_last_week_is_too_old() {
    let mut shop = Shop::open();
    let signed = shop.sign(4999);
    let request = shop.request(&signed, 4999);
    let body = shop.auth_req(&request, signed.pi.clone());
    shop.pass(7 * 86_400);
    assert_eq!(shop.verdict(&body), "Error messageTooOld");
}

#[test]
fn captures_in_parts_and_never_above_the_authorization() {
    let mut shop = Shop::open();
    let signed = shop.sign(4999);
    let request = shop.request(&signed, 4999);
    let body = shop.auth_req(&request, signed.pi.clone());
    let answer = shop.ask(&body).unwrap();
    let token = shop.open_auth_res(&answer).1.cap_token.unwrap();
    let mut capture = |token: CapToken, cents| {
        let body = shop.capture(&signed, token, cents);
        let answer = shop.ask(&body).unwrap();
        (shop.cap_code(&answer), shop.paid_out())
    };
    let none = CapToken::Absent(der::asn1::Null);
    assert_eq!(capture(none, 4999), (CapCode::CapTokenMissing, 0));
    assert_eq!(capture(token.clone(), 5000), (CapCode::InvalidAuthData, 0));
    assert_eq!(capture(token.clone(), 3000), (CapCode::Success, 3000));
    assert_eq!(capture(token.clone(), 2000), (CapCode::InvalidAuthData, 3000));
    assert_eq!(capture(token.clone(), 999), (CapCode::Success, 3999));
    assert_eq!(capture(token.clone(), 1000), (CapCode::Success, 4999));
    assert_eq!(capture(token, 1), (CapCode::DuplicateRequest, 4999));
}

#[test]
fn a_part_is_captured_once_however_often_it_is_asked_for() {
    let mut shop = Shop::open();
    let signed = shop.sign(4999);
    let request = shop.request(&signed, 4999);
    let body = shop.auth_req(&request, signed.pi.clone());
    let answer = shop.ask(&body).unwrap();
    let token = shop.open_auth_res(&answer).1.cap_token.unwrap();
    let first = shop.capture(&signed, token.clone(), 2000);
    let answer = shop.ask(&first).unwrap();
    assert_eq!(shop.ask(&first), Some(answer), "the same octets, the same answer");
    assert_eq!(shop.paid_out(), 2000);
    // The bank acts and its answer is lost, the gateway forgets its memory and asks again.
    let second = shop.capture(&signed, token.clone(), 1000);
    shop.line = Line::AnswersLost;
    assert_eq!(shop.ask(&second), None);
    let above = shop.capture(&signed, token.clone(), 2000);
    shop.line = Line::Up;
    let answer = shop.ask(&above).unwrap();
    assert_eq!(shop.cap_code(&answer), CapCode::InvalidAuthData, "the open part is reserved");
    shop.pass(3600);
    let answer = shop.ask(&second).unwrap();
    assert_eq!((shop.cap_code(&answer), shop.paid_out()), (CapCode::Success, 3000));
    let last = shop.capture(&signed, token, 1999);
    let answer = shop.ask(&last).unwrap();
    assert_eq!((shop.cap_code(&answer), shop.paid_out()), (CapCode::Success, 4999));
}

#[test]
fn a_part_that_the_bank_refuses_is_free_again() {
    let mut shop = Shop::open();
    let signed = shop.sign(4999);
    let request = shop.request(&signed, 4999);
    let body = shop.auth_req(&request, signed.pi.clone());
    let answer = shop.ask(&body).unwrap();
    let token = shop.open_auth_res(&answer).1.cap_token.unwrap();
    let first = shop.capture(&signed, token.clone(), 2000);
    let answer = shop.ask(&first).unwrap();
    assert_eq!(shop.cap_code(&answer), CapCode::Success);
    shop.pass(40 * 86_400);
    for _ in 0..2 {
        let late = shop.capture(&signed, token.clone(), 2999);
        let answer = shop.ask(&late).unwrap();
        assert_eq!(shop.cap_code(&answer), CapCode::AuthExpired, "not a duplicate");
    }
    assert_eq!(shop.paid_out(), 2000);
}

#[test]
fn a_token_of_another_purchase_captures_nothing() {
    let mut shop = Shop::open();
    let token_of = |shop: &mut Shop| {
        let signed = shop.sign(4999);
        let request = shop.request(&signed, 4999);
        let body = shop.auth_req(&request, signed.pi.clone());
        let answer = shop.ask(&body).unwrap();
        (signed, shop.open_auth_res(&answer).1.cap_token.unwrap())
    };
    let (first, _) = token_of(&mut shop);
    let (_, token) = token_of(&mut shop);
    let body = shop.capture(&first, token, 4999);
    let answer = shop.ask(&body).unwrap();
    assert_eq!(shop.cap_code(&answer), CapCode::InvalidCapToken);
    assert_eq!(shop.paid_out(), 0);
}

#[test]
fn silence_of_the_bank_is_reversed_and_the_card_is_free_again() {
    let mut shop = Shop::open();
    let signed = shop.sign(90_000);
    shop.line = Line::AnswersLost;
    assert_eq!(shop.authorize(&signed, 90_000), AuthCode::NoReply);
    shop.line = Line::Up;
    shop.pass(3600);
    assert!(shop.events.contains(&"authorization.reversed".to_owned()), "{:?}", shop.events);
    assert_eq!(shop.authorize(&signed, 90_000), AuthCode::Approved);
}

/// Authorizes 49.99 with this line, and tells the AuthCode and what the bank was sent.
fn authorized_over(line: Line) -> (AuthCode, String, Shop) {
    let mut shop = Shop::open();
    let signed = shop.sign(4999);
    shop.asked.clear();
    shop.line = line;
    let code = shop.authorize(&signed, 4999);
    let asked = shop.asked.join(" ");
    (code, asked, shop)
}

#[test]
fn an_authorization_that_the_bank_puts_off_is_sent_again_after_the_sign_on() {
    let mut shop = Shop::open();
    let signed = shop.sign(4999);
    shop.sign_off();
    shop.asked.clear();
    assert_eq!(shop.authorize(&signed, 4999), AuthCode::Approved);
    assert_eq!(shop.asked.join(" "), "0100 0800 0101");
    assert!(shop.events.contains(&"authorization.put_off".to_owned()), "{:?}", shop.events);
    check_books(&shop.bank_records).unwrap();
    assert_eq!(shop.authorize(&signed, 4999), AuthCode::PiPreviouslyUsed);
}

#[test]
fn a_sale_that_the_bank_puts_off_moves_money_once() {
    let mut shop = Shop::open();
    let signed = shop.sign(4999);
    let mut request = shop.request(&signed, 4999);
    request.capture_now = true;
    let body = shop.auth_req(&request, signed.pi.clone());
    shop.sign_off();
    shop.asked.clear();
    assert_eq!(shop.verdict(&body), "approved");
    assert_eq!((shop.asked.join(" ").as_str(), shop.paid_out()), ("0200 0800 0201", 4999));
}

#[test]
fn a_bank_that_forgets_every_sign_on_is_asked_so_often_and_no_more() {
    let (code, asked, mut shop) = authorized_over(Line::SignedOff);
    assert_eq!((code, asked.as_str()), (AuthCode::NoReply, "0100 0800 0101 0800 0101 0800"));
    shop.line = Line::Up;
    let signed = shop.sign(90_000);
    assert_eq!(shop.authorize(&signed, 90_000), AuthCode::Approved, "nothing is held");
}

#[test]
fn a_bank_that_takes_no_sign_on_has_done_nothing() {
    let (code, asked, mut shop) = authorized_over(Line::NoSignOn);
    assert_eq!((code, asked.as_str()), (AuthCode::NoReply, "0100 0800"));
    shop.line = Line::Up;
    shop.pass(120);
    assert!(!shop.asked.iter().any(|mti| mti.starts_with("04")), "{:?}", shop.asked);
    let signed = shop.sign(90_000);
    assert_eq!(shop.authorize(&signed, 90_000), AuthCode::Approved, "nothing is held");
}

#[test]
fn a_reversal_that_the_bank_puts_off_is_sent_again_after_the_sign_on() {
    let mut shop = Shop::open();
    let signed = shop.sign(90_000);
    shop.line = Line::LostThenDown;
    assert_eq!(shop.authorize(&signed, 90_000), AuthCode::NoReply);
    shop.line = Line::Up;
    shop.sign_off();
    shop.asked.clear();
    shop.pass(600);
    shop.pass(600);
    let asked: Vec<&str> =
        shop.asked.iter().map(String::as_str).filter(|mti| mti.starts_with("04")).collect();
    assert_eq!(asked, ["0421", "0421"], "{:?}", shop.asked);
    assert!(shop.events.contains(&"authorization.reversed".to_owned()), "{:?}", shop.events);
    assert_eq!(shop.authorize(&signed, 90_000), AuthCode::Approved);
}

#[test]
fn an_answer_brings_the_revocation_state_that_the_merchants_thumbs_lack() {
    let mut shop = Shop::open();
    let authorize = |shop: &mut Shop| {
        let signed = shop.sign(100);
        let mut request = shop.request(&signed, 100);
        request.m_thumbs = Some(shop.held());
        let body = shop.auth_req(&request, signed.pi.clone());
        let answer = shop.ask(&body).unwrap();
        let (data, baggage) = shop.open_auth_res(&answer);
        (data.brand_crl_identifier.is_some(), signed, baggage.cap_token.unwrap())
    };
    assert!(!authorize(&mut shop).0, "the merchant has it");
    shop.renew_revocation();
    assert_eq!(shop.known_list(), 1);
    let (brings, signed, token) = authorize(&mut shop);
    assert!(brings);
    assert_eq!(shop.known_list(), 2, "list and CRLs came along and are believed");
    assert!(!authorize(&mut shop).0);
    // A CapReq without thumbs is answered by everything.
    let body = shop.capture(&signed, token, 100);
    let answer = shop.ask(&body).unwrap();
    assert!(shop.cap_res(&answer).brand_crl_identifier.is_some());
}

#[test]
fn a_bank_that_cannot_be_reached_costs_nobody_anything() {
    let mut shop = Shop::open();
    let signed = shop.sign(4999);
    shop.line = Line::Down;
    assert_eq!(shop.authorize(&signed, 4999), AuthCode::NoReply);
    shop.line = Line::Up;
    assert_eq!(shop.authorize(&signed, 4999), AuthCode::Approved);
}

#[test]
fn a_split_shipment_goes_on_with_its_token_and_ends_with_the_agreed_amount() {
    let mut shop = Shop::open();
    let mut signed = shop.sign(4999);
    let mut request = shop.request(&signed, 2000);
    request.auth_req_item.auth_req_payload.subsequent_auth_ind = true;
    let body = shop.auth_req(&request, signed.pi.clone());
    let answer = shop.ask(&body).unwrap();
    let token = shop.open_auth_res(&answer).1.auth_token.expect("a token");
    signed.pi = Pi::AuthToken(token.0);
    let next = |shop: &mut Shop, cents| {
        let mut request = shop.request(&signed, cents);
        request.auth_req_item.check_digests = None;
        let body = shop.auth_req(&request, signed.pi.clone());
        shop.verdict(&body)
    };
    assert_eq!(next(&mut shop, 3000), "amountError");
    assert_eq!(next(&mut shop, 2999), "approved");
    assert_eq!(next(&mut shop, 2999), "piPreviouslyUsed");
}

#[test]
fn a_crash_while_the_bank_works_leaves_nothing_in_doubt() {
    let mut shop = Shop::open();
    let signed = shop.sign(90_000);
    let request = shop.request(&signed, 90_000);
    let body = shop.auth_req(&request, signed.pi.clone());
    shop.line = Line::Slow;
    assert_eq!(shop.ask(&body), None, "the bank holds the amount and has not answered");
    shop.crash_gateway();
    shop.line = Line::Up;
    shop.pass(60);
    assert_eq!(shop.verdict(&body), "noReply");
    assert!(shop.events.contains(&"authorization.reversed".to_owned()), "{:?}", shop.events);
    assert_eq!(shop.authorize(&signed, 90_000), AuthCode::Approved, "the hold was released");
}

#[test]
fn the_card_number_is_in_no_record_journal_or_event_of_the_gateway() {
    let mut shop = Shop::open();
    let signed = shop.sign(4999);
    let mut request = shop.request(&signed, 2000);
    request.auth_req_item.auth_req_payload.subsequent_auth_ind = true;
    let body = shop.auth_req(&request, signed.pi.clone());
    assert_eq!(shop.verdict(&body), "approved");
    let hexadecimal = hex::encode(CARD);
    let found = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        text.contains(CARD) || text.contains(&hexadecimal)
    };
    for (table, _, value) in shop.gateway_records.rows() {
        assert!(!found(value), "a record of table {table} shows the card");
    }
    for entry in shop.gateway_records.journal_entries() {
        assert!(!found(&entry.body), "journaled {} shows the card", entry.message);
    }
}

#[test]
fn a_deployment_can_be_founded_at_any_fraction_of_a_second() {
    use counterfoil_crypto::provider::DETERMINISTIC;
    use counterfoil_crypto::suite::P256;
    use rand_chacha::rand_core::SeedableRng;
    let plan = counterfoil_party::founding::Plan {
        suite: &P256,
        provider: DETERMINISTIC,
        brand: "Visa".into(),
        country: "US".into(),
        institution: "First Bank".into(),
        gateway: "455612:1".into(),
        card_cert_required: true,
        now: "2026-06-01T12:00:00.987654321Z".parse().unwrap(),
    };
    let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(1);
    let founded = plan.found(&mut rng).unwrap();
    founded.trust(plan.now).unwrap();
}
