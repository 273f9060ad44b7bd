//! Messages as the gateway writes them, answers as it reads them.

use counterfoil_iso8583::field::number as n;
use counterfoil_iso8583::mac::{self, MacKey};
use counterfoil_iso8583::{Dialect, Message, Mti, ResponseCode, codec};
use counterfoil_secret::{Pan, Report as _, SecretBytes};
use expect_test::expect;
use jiff::Timestamp;

use super::*;
use crate::amount::Amount;

fn key() -> SecretBytes {
    SecretBytes::new(vec![2; 16])
}

fn config() -> BankLinkConfig {
    BankLinkConfig {
        dialect: "ascii1987".into(),
        acquirer: "400100".into(),
        mac: "aes-cmac".into(),
    }
}

fn link() -> BankLink {
    BankLink::new(&config(), &key()).unwrap()
}

fn now() -> Timestamp {
    "2026-11-23T13:37:41.5Z".parse().unwrap()
}

fn authorization() -> BankRequest {
    let purchase = Purchase {
        xid: [0x5A; 20],
        trans_stain: Some([0xA5; 32]),
        amount: Amount { currency: 978, minor: 4999 },
        merchant: "BOOKS-1".into(),
        terminal: "SHOP0001".into(),
        merchant_name: "Books, Lyon FR".into(),
        merchant_type: "5942".into(),
    };
    BankRequest { stamp: Stamp::next(41, now()), operation: Operation::Authorize(purchase) }
}

fn card() -> CardData {
    CardData {
        pan: Pan::parse("4929123412341232").unwrap(),
        expiry: Expiry::parse("203012").unwrap(),
    }
}

fn written(request: &BankRequest, repeat: bool) -> String {
    let octets = link().message(request, Some(&card()), repeat).unwrap();
    codec::decode(&octets, Dialect::by_name("ascii1987").unwrap()).unwrap().to_string()
}

#[test]
fn an_authorization_carries_the_purchase_and_the_card() {
    expect![[r#"
        0100 authorization request
            2 Primary account number: 492912******1232
            3 Processing code: 000000
            4 Amount, transaction: 000000004999
            7 Transmission date and time: 1123133741
           11 Systems trace audit number: 000042
           12 Time, local transaction: 133741
           13 Date, local transaction: 1123
           14 Date, expiration: 3012
           18 Merchant type: 5942
           22 Point of service entry mode: 810
           25 Point of service condition code: 59
           32 Acquiring institution identification code: 400100
           37 Retrieval reference number: 632713000042
           41 Card acceptor terminal identification: SHOP0001
           42 Card acceptor identification code: BOOKS-1
           43 Card acceptor name/location: Books, Lyon FR
           48 Additional data, private: XI0405A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5ATS064A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5
           49 Currency code, transaction: 978
           64 Message authentication code: CA57871F2AFC7C82"#]].assert_eq(&written(&authorization(), false));
}

#[test]
fn captures_reversals_and_link_management_need_no_card() {
    let answer = BankAnswer {
        response_code: "00".into(),
        approval: Some("123456".into()),
        retrieval_reference: None,
    };
    let original = authorization().as_original(Some(&answer)).unwrap();
    let capture = BankRequest {
        stamp: Stamp::next(42, now()),
        operation: Operation::Capture { original: original.clone(), amount_minor: 4000 },
    };
    let reverse = BankRequest {
        stamp: Stamp::next(43, now()),
        operation: Operation::Reverse { original, remaining_minor: 1000 },
    };
    let echo = BankRequest {
        stamp: Stamp::next(STAN_MAX, now()),
        operation: Operation::Network(NetworkCode::Echo),
    };
    for request in [&capture, &reverse, &echo] {
        link().message(request, None, false).unwrap();
    }
    let rows = [written(&capture, false), written(&reverse, true), written(&echo, false)];
    expect![[r#"
        0220 financial advice
            3 Processing code: 000000
            4 Amount, transaction: 000000004000
            7 Transmission date and time: 1123133741
           11 Systems trace audit number: 000043
           32 Acquiring institution identification code: 400100
           37 Retrieval reference number: 632713000042
           38 Authorization identification response: 123456
           41 Card acceptor terminal identification: SHOP0001
           42 Card acceptor identification code: BOOKS-1
           48 Additional data, private: XI0405A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A
           49 Currency code, transaction: 978
           90 Original data elements: 010000004211231337410000040010000000000000
          128 Message authentication code: 90C9D34AC143009B
        0421 reversal advice
            3 Processing code: 000000
            4 Amount, transaction: 000000004999
            7 Transmission date and time: 1123133741
           11 Systems trace audit number: 000044
           32 Acquiring institution identification code: 400100
           37 Retrieval reference number: 632713000042
           38 Authorization identification response: 123456
           41 Card acceptor terminal identification: SHOP0001
           42 Card acceptor identification code: BOOKS-1
           48 Additional data, private: XI0405A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A
           49 Currency code, transaction: 978
           90 Original data elements: 010000004211231337410000040010000000000000
           95 Replacement amounts: 000000001000000000000000C00000000C00000000
          128 Message authentication code: CE46AFC4F5C14B4D
        0800 network management request
            7 Transmission date and time: 1123133741
           11 Systems trace audit number: 000001
           32 Acquiring institution identification code: 400100
           70 Network management information code: 301
          128 Message authentication code: 3F13A7B3017D19A4"#]]
    .assert_eq(&rows.join("\n"));
}

#[test]
fn requests_are_stored_without_a_card_and_build_the_same_octets_again() {
    let request = authorization();
    let stored = serde_json::to_string(&request).unwrap();
    assert!(!stored.contains("4929"));
    let again: BankRequest = serde_json::from_str(&stored).unwrap();
    let octets = |request: &BankRequest| link().message(request, Some(&card()), false).unwrap();
    assert_eq!(octets(&again), octets(&request));
    assert_eq!(again, request);
}

#[test]
fn trace_numbers_and_references_follow_their_rules() {
    assert_eq!(Stamp::next(0, now()).stan, 1);
    assert_eq!(Stamp::next(STAN_MAX, now()).stan, 1);
    assert_eq!(Stamp::next(41, now()).stan_text(), "000042");
    assert_eq!(Stamp::next(41, now()).retrieval_reference(), "632713000042");
    let leap: Timestamp = "2028-02-29T00:00:00Z".parse().unwrap();
    assert_eq!(transmission_instant("0229000000", leap), Some(leap));
    assert_eq!(transmission_instant("0230000000", leap), None);
    assert_eq!(transmission_instant("02290000", leap), None);
    assert_eq!(transmission_instant("+1-2000000", leap), None);
}

#[test]
fn expiry_dates_are_read_in_both_forms() {
    assert_eq!(Expiry::parse("3012"), Expiry::parse("203012"));
    assert_eq!(Expiry::parse("203012").unwrap().field_text(), "3012");
    for wrong in ["", "3013", "3000", "30123", "2030-1", "+30112"] {
        assert_eq!(Expiry::parse(wrong), Err(ExpiryError), "{wrong}");
    }
}

/// The answer to [`authorization`], as `change` changed it before it was authenticated.
fn read(change: impl FnOnce(&mut Message)) -> String {
    let dialect = Dialect::by_name("ascii1987").unwrap();
    let octets = link().message(&authorization(), Some(&card()), false).unwrap();
    let request = codec::decode(&octets, dialect).unwrap();
    let mut answer = Message::new(Mti::AUTHORIZATION_RESPONSE)
        .with_copied(&request, &[7, 11, 32, 37, 48])
        .with(n::RESPONSE_CODE, "00")
        .with(n::APPROVAL, "123456");
    change(&mut answer);
    let key = MacKey::new("aes-cmac", &key()).unwrap();
    let octets = mac::seal(answer, dialect, &key).unwrap();
    match link().answer(&authorization(), &octets) {
        Ok(answer) => format!("{answer:?}"),
        Err(error) => format!("{}: {error}", error.id()),
    }
}

#[test]
fn only_the_answer_to_this_request_is_believed() {
    let rows = [
        read(|_| {}),
        read(|answer| answer.set(39, "51")),
        read(|answer| answer.mti = Mti::FINANCIAL_RESPONSE),
        read(|answer| answer.set(11, "000043")),
        read(|answer| answer.set(7, "1123133742")),
        read(|answer| answer.set(32, "400200")),
        read(|answer| answer.set(37, "632713000043")),
        read(|answer| answer.set(48, "")),
        read(|answer| {
            answer.fields.remove(&39);
        }),
    ];
    expect![[r#"
        BankAnswer { response_code: "00", approval: Some("123456"), retrieval_reference: Some("632713000042") }
        BankAnswer { response_code: "51", approval: Some("123456"), retrieval_reference: Some("632713000042") }
        bank-answer-mismatch: the answer is of type 0210, not 0110
        bank-answer-mismatch: the answer is about another request: field 11 (Systems trace audit number) differs
        bank-answer-mismatch: the answer is about another request: field 7 (Transmission date and time) differs
        bank-answer-mismatch: the answer is about another request: field 32 (Acquiring institution identification code) differs
        bank-answer-mismatch: the answer is about another request: field 37 (Retrieval reference number) differs
        bank-answer-mismatch: the answer is about another request: field 48 (Additional data, private) differs
        bank-answer-without-code: the answer has no response code in field 39"#]].assert_eq(&rows.join("\n"));
}

#[test]
fn an_unauthenticated_answer_is_not_believed() {
    let dialect = Dialect::by_name("ascii1987").unwrap();
    let octets = link().message(&authorization(), Some(&card()), false).unwrap();
    let mut answer = codec::decode(&octets, dialect).unwrap().with(n::RESPONSE_CODE, "00");
    answer.fields.remove(&n::MAC_PRIMARY);
    let octets = codec::encode(&answer, dialect).unwrap();
    let error = link().answer(&authorization(), &octets).unwrap_err();
    assert_eq!(error.id(), "mac-missing");
    assert_eq!(
        link().answer(&authorization(), b"nonsense").unwrap_err().id(),
        "iso8583-message-type"
    );
}

#[test]
fn settings_and_requests_that_cannot_work_are_refused_by_name() {
    let refused = |change: fn(&mut BankLinkConfig)| {
        let mut config = config();
        change(&mut config);
        let error = BankLink::new(&config, &key()).unwrap_err();
        format!("{}: {error}; hint: {}", error.id(), error.hint())
    };
    let missing = link().message(&authorization(), None, false).unwrap_err();
    let mut request = authorization();
    let Operation::Authorize(purchase) = &mut request.operation else { panic!() };
    purchase.merchant = "a merchant with a long number".into();
    let long = link().message(&request, Some(&card()), false).unwrap_err();
    let rows = [
        refused(|config| config.dialect = "ebcdic".into()),
        refused(|config| config.acquirer = "0400100".into()),
        refused(|config| config.mac = "retail-mac".into()),
        format!("{}: {missing}", missing.id()),
        format!("{}: {long}", long.id()),
    ];
    expect![[r#"
        bank-dialect-unknown: the bank dialect `ebcdic` is not known; hint: use `ascii1987` or `binary`
        bank-acquirer-malformed: the acquirer's identification must be 1 to 11 digits and not start with 0; hint: take the acquirer's number from its agreement with the bank
        mac-retail-refused: the message authentication `retail-mac` is the retail MAC on DES and is refused; hint: agree on `aes-cmac` with the bank
        bank-card-missing: an authorization or sale cannot be built without the card
        iso8583-field-length: cannot write field 42 (Card acceptor identification code) at offset 123: its length is 29 and must be 15"#]].assert_eq(&rows.join("\n"));
}

#[test]
fn every_response_code_has_a_verdict() {
    let rows: Vec<String> = ResponseCode::listed()
        .chain([ResponseCode::Other(*b"Q1")])
        .map(|code| {
            let answer = BankAnswer {
                response_code: code.to_string(),
                approval: None,
                retrieval_reference: None,
            };
            format!("{code} {:?} {:?}", answer.auth_verdict(), answer.capture_verdict())
        })
        .collect();
    expect![[r#"
        00 Approved Success
        01 CallIssuer UnspecifiedFailure
        03 InvalidTransaction UnspecifiedFailure
        05 Declined UnspecifiedFailure
        12 InvalidTransaction UnspecifiedFailure
        13 AmountError InvalidAuthData
        14 Declined UnspecifiedFailure
        21 UnspecifiedFailure DuplicateRequest
        25 UnspecifiedFailure AuthDataMissing
        30 SystemError UnspecifiedFailure
        40 InvalidTransaction UnspecifiedFailure
        41 Declined UnspecifiedFailure
        43 Declined UnspecifiedFailure
        51 Declined UnspecifiedFailure
        54 ExpiredCard UnspecifiedFailure
        57 Declined UnspecifiedFailure
        58 InvalidTransaction UnspecifiedFailure
        61 Declined UnspecifiedFailure
        62 Declined UnspecifiedFailure
        63 SystemError UnspecifiedFailure
        65 Declined UnspecifiedFailure
        68 NoReply AuthExpired
        77 UnspecifiedFailure InvalidAuthData
        91 NoReply UnspecifiedFailure
        94 UnspecifiedFailure UnspecifiedFailure
        96 SystemError UnspecifiedFailure
        Q1 UnspecifiedFailure UnspecifiedFailure"#]]
    .assert_eq(&rows.join("\n"));
}
