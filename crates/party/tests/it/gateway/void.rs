//! AuthRevReq at the gateway: each check of SET 1.0 broken alone, the bank that is told or stays
//! silent, and what a reversed authorization is still good for.

use counterfoil_message::exchange::authorization::{AuthCode, AuthReqData};
use counterfoil_message::exchange::authorization_reversal::{
    AuthRevCode, AuthRevReq, AuthRevReqBaggage, AuthRevReqData, AuthRevRes, AuthRevResBaggage,
    AuthRevResData, AuthRevTags,
};
use counterfoil_message::exchange::capture::CapCode;
use counterfoil_message::exchange::error_message::ErrorMessage;
use counterfoil_message::instruction::Pi;
use counterfoil_message::primitive::{
    CurrencyAmount, MerchantId, MsgExtension, OpenType, Ratio, Rrpid, Xid,
};
use counterfoil_message::token::{AuthToken, CapToken};
use counterfoil_message::treatment::{self, Binding, Opener, Sender};
use counterfoil_message::wrapper::MessageWrapper;
use counterfoil_party::bank::check_books;
use counterfoil_party::gateway::ledger::AUTHORIZATIONS;
use der::asn1::Null;

use super::shop::{Line, Shop, Signed, dollars, other_digest, wrap};

/// An approved authorization, as its merchant holds it.
struct Held {
    signed: Signed,
    request: AuthReqData,
    token: CapToken,
    auth_token: Option<AuthToken>,
}

/// A reversal before it is sealed.
struct Reversal {
    data: AuthRevReqData,
    baggage: AuthRevReqBaggage,
}

impl Shop {
    /// A purchase of `cents`, authorized; with `more` to come.
    fn hold(&mut self, cents: u64, more: bool) -> Held {
        let signed = self.sign(cents + 1_000);
        let mut request = self.request(&signed, cents);
        request.auth_req_item.auth_req_payload.subsequent_auth_ind = more;
        let body = self.auth_req(&request, signed.pi.clone());
        let answer = self.ask(&body).unwrap();
        let baggage = self.open_auth_res(&answer).1;
        let token = baggage.cap_token.expect("approved");
        Held { signed, request, token, auth_token: baggage.auth_token }
    }

    /// What an honest merchant asks, so that `cents` stay.
    fn reversal(&mut self, held: &Held, cents: u64) -> Reversal {
        let data = AuthRevReqData {
            auth_rev_tags: AuthRevTags { auth_rev_rr_tags: self.tags(), auth_ret_num: None },
            m_thumbs: None,
            auth_req_data: Some(held.request.clone()),
            auth_res_payload: None,
            auth_new_amt: dollars(cents),
            a_rv_rq_extensions: None,
        };
        let baggage =
            AuthRevReqBaggage { pi: held.signed.pi.clone(), cap_token: Some(held.token.clone()) };
        Reversal { data, baggage }
    }

    fn auth_rev_req(&mut self, reversal: &Reversal) -> Vec<u8> {
        let rrpid = reversal.data.auth_rev_tags.auth_rev_rr_tags.rrpid;
        let original = reversal.data.auth_req_data.as_ref();
        let xid = original.map(|data| data.auth_req_item.auth_tags.trans_ids.xid);
        let header = self.header(rrpid, xid);
        self.seal(reversal, header)
    }

    fn seal(
        &mut self,
        reversal: &Reversal,
        header: counterfoil_message::wrapper::MessageHeader,
    ) -> Vec<u8> {
        let recipient = self.gateway_recipient();
        let binding = Binding::of_header(&header).unwrap();
        let key = self.merchant.signature.key.signing_key().unwrap();
        let chain = self.merchant_chain();
        let certificate = self.merchant.signature.certificate.clone();
        let sender = Sender { key: &*key, certificate: &certificate, chain: &chain, crls: &[] };
        let (data, baggage) = (&reversal.data, reversal.baggage.clone());
        let sealed =
            treatment::enc_b(&sender, &recipient, &binding, data, baggage, &mut self.rng).unwrap();
        wrap(header, &AuthRevReq(sealed))
    }

    /// Opens an AuthRevRes as the merchant does.
    fn auth_rev_res(&mut self, answer: &[u8]) -> (AuthRevResData, Option<AuthRevResBaggage>) {
        let wrapper = MessageWrapper::decode(answer).unwrap();
        let exchange = self.merchant.exchange.clone().unwrap();
        let key = exchange.key.exchange_key().unwrap();
        let opener = Opener { key: &*key, certificate: &exchange.certificate };
        let binding = Binding::of_header(&wrapper.header).unwrap();
        match wrapper.message.decode::<AuthRevRes>().unwrap() {
            AuthRevRes::EncB(sealed) => {
                let opened =
                    treatment::open_enc_b(&sealed, &opener, &binding, &mut self.check()).unwrap();
                (opened.into_content(), Some(sealed.baggage))
            }
            AuthRevRes::Enc(sealed) => {
                let opened =
                    treatment::open_enc(&sealed, &opener, &binding, &mut self.check()).unwrap();
                (opened.into_content(), None)
            }
        }
    }

    /// `approved, 0.00 (840) left`, `invalidAmount, 49.99 (840) left`, `Error unknownRRPID` or
    /// `nothing`.
    fn told(&mut self, body: &[u8]) -> String {
        let Some(answer) = self.ask(body) else { return "nothing".into() };
        let wrapper = MessageWrapper::decode(&answer).unwrap();
        if let Ok(ErrorMessage::Signed(signed)) = wrapper.message.decode::<ErrorMessage>() {
            let error = treatment::verify(&signed, &mut self.check()).unwrap();
            return format!("Error {}", error.content().error_code.name());
        }
        let (data, baggage) = self.auth_rev_res(&answer);
        let done = data.auth_rev_code == AuthRevCode::Approved;
        assert_eq!(baggage.is_some(), done, "baggage goes with what was done alone");
        let payload = data.auth_res_data_new.auth_res_payload_new;
        assert!(payload.is_none_or(|new| new.auth_header.auth_amt == data.auth_new_amt));
        format!("{}, {} left", data.auth_rev_code.name(), data.auth_new_amt)
    }

    fn void(&mut self, held: &Held, cents: u64) -> String {
        let reversal = self.reversal(held, cents);
        let body = self.auth_rev_req(&reversal);
        self.told(&body)
    }

    /// What the bank holds on cards, in cents, with its books checked.
    fn on_hold(&self) -> u64 {
        let totals = check_books(&self.bank_records).expect("books that add up");
        totals.currencies.get(&840).map_or(0, |usd| usd.held_minor)
    }

    fn captured(&mut self, held: &Held, token: &CapToken, cents: u64) -> CapCode {
        let body = self.capture(&held.signed, token.clone(), cents);
        let answer = self.ask(&body).unwrap();
        self.cap_code(&answer)
    }
}

#[test]
fn a_whole_authorization_is_given_back_with_a_receipt_and_its_tokens_are_dead() {
    let mut shop = Shop::open();
    let held = shop.hold(4999, false);
    assert_eq!(shop.on_hold(), 4999);
    shop.asked.clear();
    let reversal = shop.reversal(&held, 0);
    let body = shop.auth_rev_req(&reversal);
    let answer = shop.ask(&body).unwrap();
    assert_eq!(shop.asked, ["0420"]);
    assert_eq!(shop.on_hold(), 0);
    let (data, baggage) = shop.auth_rev_res(&answer);
    assert_eq!(data.auth_rev_code, AuthRevCode::Approved);
    assert_eq!(data.auth_rev_tags, reversal.data.auth_rev_tags);
    assert!(data.auth_res_data_new.auth_res_payload_new.is_none());
    let baggage = baggage.unwrap();
    assert!(baggage.cap_token_new.is_none() && baggage.auth_token_new.is_none());
    let receipt = treatment::verify(&baggage.receipt.unwrap(), &mut shop.check()).unwrap();
    let tags = &held.request.auth_req_item.auth_tags;
    assert_eq!(receipt.content().auth_rrpid, tags.auth_rr_tags.rrpid);
    assert_eq!(receipt.content().hod, held.signed.check.hod2);
    assert_eq!(receipt.content().auth_ratio, None);
    let token = held.token.clone();
    assert_eq!(shop.captured(&held, &token, 4999), CapCode::InvalidCapToken);
    assert_eq!(shop.void(&held, 0), "invalidCapToken, 0.00 (840) left");
    assert_eq!(shop.authorize(&held.signed, 4999), AuthCode::PiPreviouslyUsed);
    assert_eq!((shop.on_hold(), shop.paid_out()), (0, 0));
}

#[test]
fn the_same_octets_get_the_same_answer_and_others_under_the_rrpid_none() {
    let mut shop = Shop::open();
    let held = shop.hold(4999, false);
    let reversal = shop.reversal(&held, 0);
    let body = shop.auth_rev_req(&reversal);
    let first = shop.ask(&body).unwrap();
    shop.asked.clear();
    assert_eq!(shop.ask(&body), Some(first));
    assert!(shop.asked.is_empty(), "the bank is not asked twice");
    let other = shop.auth_rev_req(&reversal);
    assert_eq!(shop.told(&other), "Error unknownRRPID");
}

#[test]
fn a_part_is_given_back_and_the_new_token_stands_instead_of_the_old() {
    let mut shop = Shop::open();
    let held = shop.hold(5000, false);
    let reversal = shop.reversal(&held, 3000);
    let body = shop.auth_rev_req(&reversal);
    let answer = shop.ask(&body).unwrap();
    let (data, baggage) = shop.auth_rev_res(&answer);
    assert_eq!(data.auth_new_amt, dollars(3000));
    let baggage = baggage.unwrap();
    let receipt = treatment::verify(&baggage.receipt.unwrap(), &mut shop.check()).unwrap();
    let half = Ratio::of(&dollars(3000), &dollars(6000));
    assert_eq!(receipt.content().auth_ratio, half);
    assert_eq!(shop.on_hold(), 3000);
    let (old, new) = (held.token.clone(), baggage.cap_token_new.unwrap());
    assert_eq!(shop.captured(&held, &old, 1000), CapCode::InvalidCapToken);
    assert_eq!(shop.captured(&held, &new, 3001), CapCode::InvalidAuthData);
    assert_eq!(shop.captured(&held, &new, 1000), CapCode::Success);
    assert_eq!((shop.on_hold(), shop.paid_out()), (2000, 1000));
    let held = Held { token: new.clone(), ..held };
    assert_eq!(shop.void(&held, 999), "invalidAmount, 30.00 (840) left", "less than is captured");
    assert_eq!(shop.void(&held, 3000), "invalidAmount, 30.00 (840) left", "nothing is given back");
    assert_eq!(shop.void(&held, 1000), "approved, 10.00 (840) left");
    assert_eq!((shop.on_hold(), shop.paid_out()), (0, 1000));
    assert_eq!(shop.captured(&held, &new, 1), CapCode::InvalidCapToken);
}

/// Breaks one thing of an honest reversal and expects just this answer, and that nothing changed.
fn refused(expected: &str, breaking: impl FnOnce(&mut Shop, &mut Reversal)) {
    let mut shop = Shop::open();
    let held = shop.hold(4999, false);
    let mut reversal = shop.reversal(&held, 0);
    breaking(&mut shop, &mut reversal);
    let body = shop.auth_rev_req(&reversal);
    assert_eq!(shop.told(&body), expected);
    assert_eq!(shop.on_hold(), 4999, "{expected}");
}

fn original(reversal: &mut Reversal) -> &mut AuthReqData {
    reversal.data.auth_req_data.as_mut().unwrap()
}

#[test]
fn nothing_is_broken_in_an_honest_reversal() {
    let mut shop = Shop::open();
    let held = shop.hold(4999, false);
    assert_eq!(shop.void(&held, 0), "approved, 0.00 (840) left");
}

#[test]
fn refuses_a_message_that_does_not_name_the_authorization() {
    refused("Error messageNotSupported", |_, reversal| reversal.data.auth_req_data = None);
}

#[test]
fn refuses_ids_in_the_header_that_are_not_those_inside() {
    let mut shop = Shop::open();
    let held = shop.hold(4999, false);
    let reversal = shop.reversal(&held, 0);
    let rrpid = reversal.data.auth_rev_tags.auth_rev_rr_tags.rrpid;
    let header = shop.header(rrpid, Some(Xid::new([9; 20])));
    let body = shop.seal(&reversal, header);
    assert_eq!(shop.told(&body), "Error wrapperMsgMismatch");
    let header = shop.header(Rrpid::new([9; 20]), Some(held.signed.ids.xid));
    let body = shop.seal(&reversal, header);
    assert_eq!(shop.told(&body), "Error wrapperMsgMismatch");
    assert_eq!(shop.on_hold(), 4999);
}

#[test]
fn refuses_a_critical_extension() {
    refused("Error unrecognizedExtension", |_, reversal| {
        let extn_value = OpenType::new(&[5, 0]).unwrap();
        let extn_id = counterfoil_crypto::oid::suite(9);
        let extension = MsgExtension { extn_id, critical: true, extn_value };
        reversal.data.a_rv_rq_extensions = Some(vec![extension].into());
    });
}

#[test]
fn refuses_a_merchant_that_speaks_for_another() {
    refused("Error invalidCertificate", |_, reversal| {
        let ids = &mut reversal.data.auth_rev_tags.auth_rev_rr_tags.mer_term_ids;
        ids.merchant_id = MerchantId::new("SHOP-2").unwrap();
    });
}

#[test]
fn refuses_a_token_that_is_missing_or_of_another_authorization() {
    let missing = "missingCapToken, 49.99 (840) left";
    refused(missing, |_, reversal| reversal.baggage.cap_token = None);
    refused(missing, |_, reversal| reversal.baggage.cap_token = Some(CapToken::Absent(Null)));
    let mut shop = Shop::open();
    let held = shop.hold(4999, false);
    let other = shop.hold(100, false);
    let mut reversal = shop.reversal(&held, 0);
    reversal.baggage.cap_token = Some(other.token);
    let body = shop.auth_rev_req(&reversal);
    assert_eq!(shop.told(&body), "invalidCapToken, 49.99 (840) left");
    assert_eq!(shop.on_hold(), 5099);
}

#[test]
fn refuses_another_payment_instruction() {
    refused("invalidTransaction, 49.99 (840) left", |shop, reversal| {
        reversal.baggage.pi = shop.sign(4999).pi;
    });
}

#[test]
fn refuses_a_request_that_was_not_the_one_that_was_authorized() {
    let expected = "invalidTransaction, 49.99 (840) left";
    refused(expected, |_, reversal| {
        let payload = &mut original(reversal).auth_req_item.auth_req_payload;
        payload.auth_req_amt = dollars(5000);
    });
    refused(expected, |_, reversal| original(reversal).capture_now = true);
    refused(expected, |_, reversal| {
        let check = original(reversal).auth_req_item.check_digests.as_mut().unwrap();
        check.hod2 = other_digest();
    });
    refused(expected, |shop, reversal| {
        let later = shop.tags().current_date.timestamp() + jiff::SignedDuration::from_secs(1);
        let tags = &mut original(reversal).auth_req_item.auth_tags;
        tags.auth_rr_tags.current_date = counterfoil_message::primitive::Date::new(later);
    });
}

#[test]
fn refuses_an_answer_that_was_not_given() {
    let expected = "invalidTransaction, 49.99 (840) left";
    let payload = |cents, code: AuthCode| {
        let mut shop = Shop::open();
        let signed = shop.sign(4999);
        let request = shop.request(&signed, 4999);
        let body = shop.auth_req(&request, signed.pi.clone());
        let answer = shop.ask(&body).unwrap();
        let mut payload = shop.open_auth_res(&answer).0.auth_res_payload;
        payload.auth_header.auth_amt = dollars(cents);
        payload.auth_header.auth_code = code;
        payload
    };
    let shown = payload(5000, AuthCode::Approved);
    refused(expected, |_, reversal| reversal.data.auth_res_payload = Some(shown));
    let shown = payload(4999, AuthCode::Declined);
    refused(expected, |_, reversal| reversal.data.auth_res_payload = Some(shown));
    let mut shop = Shop::open();
    let held = shop.hold(4999, false);
    let mut reversal = shop.reversal(&held, 0);
    reversal.data.auth_res_payload = Some(payload(4999, AuthCode::Approved));
    let body = shop.auth_rev_req(&reversal);
    assert_eq!(shop.told(&body), "approved, 0.00 (840) left");
}

#[test]
fn refuses_the_authorization_of_another_merchant_and_tells_nothing_of_it() {
    let mut shop = Shop::open();
    shop.crash_gateway();
    let held = shop.hold(4999, false);
    let key = held.request.auth_req_item.auth_tags.auth_rr_tags.rrpid;
    let mut record = AUTHORIZATIONS.get(&shop.gateway_records, key.as_bytes()).unwrap().unwrap();
    record.merchant.id = "SHOP-2".into();
    AUTHORIZATIONS.put(&mut shop.gateway_records, key.as_bytes(), &record);
    shop.gateway_records.commit();
    shop.crash_gateway();
    assert_eq!(shop.void(&held, 0), "invalidTransaction, 0.00 (840) left");
    assert_eq!(shop.on_hold(), 4999);
}

#[test]
fn refuses_amounts_that_are_no_reduction() {
    refused("invalidAmount, 49.99 (840) left", |_, r| r.data.auth_new_amt = dollars(4999));
    refused("invalidAmount, 49.99 (840) left", |_, r| r.data.auth_new_amt = dollars(5000));
    refused("amountError, 49.99 (840) left", |_, reversal| {
        reversal.data.auth_new_amt = CurrencyAmount::minor(978, 0, 2).unwrap();
    });
}

#[test]
fn refuses_a_sale_and_what_is_captured_whole() {
    let mut shop = Shop::open();
    let held = shop.hold(4999, false);
    let token = held.token.clone();
    assert_eq!(shop.captured(&held, &token, 4999), CapCode::Success);
    assert_eq!(shop.void(&held, 0), "invalidTransaction, 49.99 (840) left");
    assert_eq!(shop.paid_out(), 4999);
}

#[test]
fn a_changed_octet_anywhere_never_passes() {
    let mut shop = Shop::open();
    let held = shop.hold(4999, false);
    let reversal = shop.reversal(&held, 0);
    let body = shop.auth_rev_req(&reversal);
    for place in (0..body.len()).step_by(41) {
        let mut changed = body.clone();
        changed[place] ^= 1;
        let told = shop.told(&changed);
        assert!(told.starts_with("Error") || told == "nothing", "{place}: {told}");
    }
    assert_eq!(shop.on_hold(), 4999);
}

#[test]
fn a_silent_bank_is_told_again_until_it_answers_and_then_the_merchant_is() {
    let mut shop = Shop::open();
    let held = shop.hold(4999, false);
    let reversal = shop.reversal(&held, 0);
    let body = shop.auth_rev_req(&reversal);
    for line in [Line::Down, Line::AnswersLost] {
        shop.line = line;
        assert_eq!(shop.told(&body), "nothing");
        shop.pass(3600);
    }
    shop.line = Line::Up;
    shop.asked.clear();
    shop.pass(3600);
    assert!(shop.asked.contains(&"0421".to_owned()), "{:?}", shop.asked);
    assert_eq!(shop.told(&body), "approved, 0.00 (840) left");
    assert_eq!(shop.on_hold(), 0);
    shop.asked.clear();
    shop.pass(3600);
    assert!(!shop.asked.iter().any(|mti| mti.starts_with("04")), "{:?}", shop.asked);
}

#[test]
fn a_crash_while_the_bank_works_leaves_nothing_in_doubt() {
    let mut shop = Shop::open();
    let held = shop.hold(4999, false);
    let reversal = shop.reversal(&held, 0);
    let body = shop.auth_rev_req(&reversal);
    shop.line = Line::Slow;
    assert_eq!(shop.told(&body), "nothing");
    shop.crash_gateway();
    shop.line = Line::Up;
    shop.pass(60);
    assert_eq!(shop.told(&body), "approved, 0.00 (840) left");
    assert_eq!(shop.on_hold(), 0);
}

#[test]
fn a_bank_that_wants_a_sign_on_first_gets_it_and_then_the_reversal() {
    let mut shop = Shop::open();
    let held = shop.hold(4999, false);
    shop.sign_off();
    shop.asked.clear();
    let reversal = shop.reversal(&held, 0);
    let body = shop.auth_rev_req(&reversal);
    assert_eq!(shop.told(&body), "nothing");
    shop.pass(60);
    assert_eq!(shop.told(&body), "approved, 0.00 (840) left");
    let asked: Vec<&str> = shop.asked.iter().map(String::as_str).collect();
    assert_eq!(asked[..2], ["0420", "0800"]);
    assert!(asked.contains(&"0421"), "{asked:?}");
}

#[test]
fn of_capture_and_void_the_first_wins_whatever_gets_lost() {
    let mut shop = Shop::open();
    let held = shop.hold(4999, false);
    shop.line = Line::AnswersLost;
    let capture = shop.capture(&held.signed, held.token.clone(), 2000);
    assert_eq!(shop.ask(&capture), None, "the bank has captured and nobody knows");
    shop.line = Line::Up;
    assert_eq!(shop.void(&held, 0), "invalidTransaction, 49.99 (840) left");
    assert_eq!(shop.void(&held, 2000), "invalidTransaction, 49.99 (840) left");
    shop.pass(3600);
    assert_eq!(shop.void(&held, 2000), "approved, 20.00 (840) left");
    assert_eq!((shop.on_hold(), shop.paid_out()), (0, 2000));

    let held = shop.hold(4999, false);
    shop.line = Line::AnswersLost;
    let reversal = shop.reversal(&held, 0);
    let body = shop.auth_rev_req(&reversal);
    assert_eq!(shop.told(&body), "nothing", "the bank has let go and nobody knows");
    assert_eq!(shop.void(&held, 0), "invalidTransaction, 49.99 (840) left", "one at a time");
    shop.line = Line::Up;
    let token = held.token.clone();
    assert_eq!(shop.captured(&held, &token, 4999), CapCode::InvalidAuthData);
    shop.pass(3600);
    assert_eq!(shop.told(&body), "approved, 0.00 (840) left");
    assert_eq!(shop.captured(&held, &token, 4999), CapCode::InvalidCapToken);
    assert_eq!((shop.on_hold(), shop.paid_out()), (0, 2000));
}

#[test]
fn a_hold_that_the_bank_has_dropped_by_itself_counts_as_given_back() {
    let mut shop = Shop::open();
    let held = shop.hold(4999, false);
    shop.pass(40 * 86_400);
    shop.wake_bank();
    assert_eq!(shop.void(&held, 1000), "invalidTransaction, 49.99 (840) left");
    assert_eq!(shop.void(&held, 0), "approved, 0.00 (840) left");
    assert_eq!(shop.on_hold(), 0);
}

#[test]
fn the_auth_token_of_a_cancelled_authorization_authorizes_nothing() {
    let mut shop = Shop::open();
    let next = |shop: &mut Shop, held: &Held, cents| {
        let mut signed = held.signed.clone();
        signed.pi = Pi::AuthToken(held.auth_token.as_ref().unwrap().0.clone());
        let mut request = shop.request(&signed, cents);
        request.auth_req_item.check_digests = None;
        let body = shop.auth_req(&request, signed.pi.clone());
        shop.verdict(&body)
    };
    let kept = shop.hold(2000, true);
    assert_eq!(next(&mut shop, &kept, 500), "approved");
    let reduced = shop.hold(2000, true);
    assert_eq!(shop.void(&reduced, 1000), "approved, 10.00 (840) left");
    // Its token still counts what was authorized at first, so that no more is than was agreed.
    assert_eq!(next(&mut shop, &reduced, 1001), "amountError");
    assert_eq!(next(&mut shop, &reduced, 1000), "approved");
    let cancelled = shop.hold(2000, true);
    assert_eq!(shop.void(&cancelled, 0), "approved, 0.00 (840) left");
    assert_eq!(next(&mut shop, &cancelled, 500), "invalidTransaction");
}
