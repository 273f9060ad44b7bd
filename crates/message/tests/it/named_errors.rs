//! Each way to be wrong has its own error, with the field and the offset.

use counterfoil_message::codec::{Asn1, decode, encode};
use counterfoil_message::exchange::authorization::AuthReqData;
use counterfoil_message::exchange::capture::CapTokenSeq;
use counterfoil_message::exchange::purchase::{OiData, PReq, PResData};
use counterfoil_message::exchange::purchase_init::PInitReq;
use counterfoil_message::limits::{DEPTH_MAX, LIST_LIMITS, MESSAGE_BYTES_MAX};
use counterfoil_message::primitive::{CardNumber, CurrencyAmount, Language, MsgExtensions, Thumbs};
use counterfoil_message::token::CapToken;
use counterfoil_message::wrapper::{MessageHeader, MessageWrapper};
use expect_test::{Expect, expect};

use crate::payment::{auth_req_data, header, oi_data};
use crate::sample::{self, Dice, Fill, tlv, tlv_high};

fn check<T: Asn1>(bytes: &[u8], expect: Expect) {
    expect.assert_eq(&decode::<T>(bytes).err().unwrap().to_string());
}

/// `bytes` with the only occurrence of `old` replaced.
fn replaced(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let places: Vec<usize> =
        (0..bytes.len()).filter(|place| bytes[*place..].starts_with(old)).collect();
    let [place] = places[..] else { panic!("{} occurrences", places.len()) };
    let mut changed = bytes.to_vec();
    changed[place..place + new.len()].copy_from_slice(new);
    changed
}

#[test]
fn an_error_deep_inside_names_every_field_on_the_way() {
    let bytes = encode(&auth_req_data()).unwrap();
    let xid = [&[0x04, 20][..], &[0x11; 20]].concat();
    let wrong = [&[0x0c, 20][..], &[0x11; 20]].concat();
    check::<AuthReqData>(
        &replaced(&bytes, &xid, &wrong),
        expect![[r#"
            AuthReqData.authReqItem.authTags.transIDs.xid at octet 82: expected OCTET STRING, found UTF8String"#]],
    );
}

#[test]
fn a_field_that_is_missing_is_named() {
    let bytes = encode(&oi_data()).unwrap();
    let body = &bytes[4..];
    check::<OiData>(
        &tlv(0x30, &body[..body.len() - 8]),
        expect!["OIData.bin at octet 264: expected BIN, found the end"],
    );
    check::<OiData>(
        &tlv(0x30, &[]),
        expect!["OIData.transIDs at octet 2: expected TransIDs, found the end"],
    );
}

#[test]
fn fields_in_another_order_are_refused() {
    let amount = CurrencyAmount::minor(978, 5, 2).unwrap();
    let bytes = encode(&amount).unwrap();
    assert_eq!(bytes, [0x30, 10, 2, 2, 3, 0xd2, 2, 1, 5, 2, 1, 0xfe]);
    check::<CurrencyAmount>(
        &[0x30, 10, 2, 1, 0xfe, 2, 1, 5, 2, 2, 3, 0xd2],
        expect!["CurrencyAmount.currency at octet 2: expected an INTEGER from 1 to 999"],
    );
}

#[test]
fn integers_are_minimal_and_within_bounds() {
    check::<CurrencyAmount>(
        &[0x30, 11, 2, 3, 0, 3, 0xd2, 2, 1, 5, 2, 1, 0xfe],
        expect!["CurrencyAmount.currency at octet 2: expected an INTEGER from 1 to 999"],
    );
    check::<CurrencyAmount>(
        &[0x30, 10, 2, 2, 3, 0xe8, 2, 1, 5, 2, 1, 0xfe],
        expect!["CurrencyAmount.currency at octet 2: expected an INTEGER from 1 to 999"],
    );
    check::<CurrencyAmount>(
        &[0x30, 10, 2, 2, 3, 0xd2, 2, 1, 0xff, 2, 1, 0xfe],
        expect!["CurrencyAmount.amount at octet 6: expected an INTEGER from 0 to 999999999999"],
    );
}

#[test]
fn lengths_are_definite_and_minimal() {
    check::<CurrencyAmount>(
        &[0x30, 0x80, 2, 2, 3, 0xd2, 0, 0],
        expect!["CurrencyAmount at octet 2: expected a definite length"],
    );
    check::<CurrencyAmount>(
        &[0x30, 0x81, 10, 2, 2, 3, 0xd2, 2, 1, 5, 2, 1, 0xfe],
        expect!["CurrencyAmount at octet 3: expected another length of SEQUENCE"],
    );
    check::<CurrencyAmount>(
        &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
        expect!["CurrencyAmount at octet 0: expected a length that ends within the input"],
    );
}

#[test]
fn a_default_is_left_out() {
    let mut data = auth_req_data();
    data.capture_now = false;
    let bytes = encode(&data).unwrap();
    let mut longer = bytes[4..].to_vec();
    longer.extend([0x01, 0x01, 0x00]);
    check::<AuthReqData>(
        &tlv(0x30, &longer),
        expect!["AuthReqData.captureNow at octet 292: expected the default value to be left out"],
    );
}

#[test]
fn a_boolean_is_all_ones() {
    let bytes = encode(&auth_req_data()).unwrap();
    let mut other = bytes.clone();
    let last = other.len() - 1;
    other[last] = 1;
    check::<AuthReqData>(
        &other,
        expect!["AuthReqData.captureNow at octet 292: expected BOOLEAN as DER writes it"],
    );
}

#[test]
fn texts_have_their_characters_and_lengths_only() {
    check::<Language>(
        &tlv(0x1a, b""),
        expect!["Language at octet 0: expected a VisibleString of 1 to 35 characters"],
    );
    check::<Language>(
        &tlv(0x1a, &[b'x'; 36]),
        expect!["Language at octet 0: expected a VisibleString of 1 to 35 characters"],
    );
    check::<Language>(
        &tlv(0x1a, &[0x07]),
        expect!["Language at octet 0: expected a VisibleString of 1 to 35 characters"],
    );
    check::<Language>(
        &tlv(0x0c, b"de"),
        expect!["Language at octet 0: expected VisibleString, found UTF8String"],
    );
}

#[test]
fn a_card_number_needs_its_check_digit_and_is_not_repeated_in_the_error() {
    check::<CardNumber>(
        &tlv(0x12, b"4929123412341233"),
        expect!["PAN at octet 0: expected a NumericString that is a card number of 8 to 19 digits"],
    );
    check::<CardNumber>(
        &tlv(0x12, b"4929 1234 1234 1232"),
        expect!["PAN at octet 0: expected a NumericString that is a card number of 8 to 19 digits"],
    );
}

#[test]
fn alternatives_and_enumerations_that_do_not_exist_are_named() {
    check::<PReq>(
        &tlv(0xa2, &[0x30, 0]),
        expect![
            "PReq at octet 0: expected one of the alternatives, found CONTEXT-SPECIFIC [2] (constructed)"
        ],
    );
    check::<CapToken>(
        &tlv(0xa2, &[0x30, 0]),
        expect!["CapToken.null at octet 0: expected NULL, found SEQUENCE"],
    );
    check::<counterfoil_message::exchange::authorization::AuthCode>(
        &tlv(0x0a, &[17]),
        expect!["AuthCode at octet 0: expected a value of AuthCode, found 17"],
    );
    check::<counterfoil_message::exchange::authorization::AuthCode>(
        &tlv(0x0a, &[0xff]),
        expect!["AuthCode at octet 2: expected a number that is not negative"],
    );
}

#[test]
fn more_than_a_limit_is_refused_and_the_limit_is_named() {
    let thumbs: Vec<u8> = (0..65).flat_map(|_| tlv(0x04, &[0; 32])).collect();
    let algorithm = sample::der_of::<counterfoil_message::primitive::DigestAlgorithm>(
        Fill::Nothing,
        &mut Dice::new(0),
    );
    let list = tlv(0xa0, &tlv(0x30, &thumbs));
    check::<Thumbs>(
        &tlv(0x30, &[algorithm, list].concat()),
        expect!["Thumbs.certThumbs at octet 2201: expected at most 64 (THUMBS_MAX), found 65"],
    );
    let absent = [0xa2, 2, 5, 0];
    check::<CapTokenSeq>(
        &tlv(0x30, &absent.repeat(129)),
        expect!["CapToken at octet 516: expected at most 128 (CAPTURE_ITEMS_MAX), found 129"],
    );
    let extension = sample::der_of::<counterfoil_message::primitive::MsgExtension>(
        Fill::Nothing,
        &mut Dice::new(0),
    );
    check::<MsgExtensions>(
        &tlv(0x30, &extension.repeat(17)),
        expect!["MsgExtension at octet 211: expected at most 16 (EXTENSIONS_MAX), found 17"],
    );
    check::<PResData>(
        &vec![0; MESSAGE_BYTES_MAX + 1],
        expect!["PResData at octet 0: expected at most 524288 (MESSAGE_BYTES_MAX), found 524289"],
    );
}

#[test]
fn a_list_over_its_limit_is_not_encoded_either() {
    let list: CapTokenSeq = vec![CapToken::Absent(der::asn1::Null); 129].into();
    let error = encode(&list).err().unwrap();
    expect!["CapToken cannot be encoded: a list in it is over its limit"]
        .assert_eq(&error.to_string());
}

#[test]
fn every_list_has_a_limit_with_a_name() {
    assert!(LIST_LIMITS.iter().all(|(name, max)| name.ends_with("_MAX") && *max > 0));
}

fn wrapper(message: &[u8]) -> Vec<u8> {
    tlv(0x30, &[encode(&header()).unwrap(), tlv(0xa0, message)].concat())
}

fn check_wrapper(bytes: &[u8], expect: Expect) {
    expect.assert_eq(&MessageWrapper::decode(bytes).err().unwrap().to_string());
}

#[test]
fn a_wrapper_that_is_none_is_refused_with_the_reason() {
    check_wrapper(
        &wrapper(&tlv_high(0xa0, 77, &tlv(0x30, &[]))),
        expect!["MessageWrapper.message at octet 113: no known message has tag [77]"],
    );
    check_wrapper(
        &wrapper(&tlv(0x30, &[])),
        expect!["MessageWrapper.message at octet 108: expected a message in [n] EXPLICIT"],
    );
    check_wrapper(
        &wrapper(&tlv(0xa0, &[tlv(0x30, &[]), tlv(0x30, &[])].concat())),
        expect!["MessageWrapper.message at octet 114: expected the end, found 2 more octets"],
    );
    check_wrapper(
        &vec![0x30; MESSAGE_BYTES_MAX + 1],
        expect![[r#"
            MessageWrapper at octet 524288: expected at most 524288 (MESSAGE_BYTES_MAX), found 524289"#]],
    );
}

#[test]
fn a_wrapper_that_is_too_deep_is_refused_before_it_is_decoded() {
    let deep = |levels: usize| {
        let inner = (0..levels).fold(Vec::new(), |inner, _| tlv(0x30, &inner));
        wrapper(&tlv(0xa0, &inner))
    };
    assert!(MessageWrapper::decode(&deep(DEPTH_MAX - 3)).is_ok());
    check_wrapper(
        &deep(DEPTH_MAX - 2),
        expect!["MessageWrapper at octet 189: expected at most 40 (DEPTH_MAX), found 41"],
    );
}

#[test]
fn a_version_that_is_not_ours_is_refused() {
    let bytes = wrapper(&tlv(0xa0, &tlv(0x30, &[])));
    let version = |version: u8| replaced(&bytes, &[2, 1, 2, 0x18], &[2, 1, version, 0x18]);
    check_wrapper(
        &version(1),
        expect![[r#"
            MessageWrapper.messageHeader.version at octet 4: expected version 2, found an older one"#]],
    );
    check_wrapper(
        &version(3),
        expect![[r#"
            MessageWrapper.messageHeader.version at octet 4: expected version 2, found a newer one"#]],
    );
}

#[test]
fn a_message_at_the_place_of_another_is_refused() {
    let wrapper = MessageWrapper::decode(&wrapper(&tlv(0xa0, &tlv(0x30, &[])))).unwrap();
    assert_eq!(format!("{:?}", wrapper.message), "RawPdu([0] PInitReq, 2 octets)");
    let error = wrapper.message.decode::<PReq>().err().unwrap();
    expect!["MessageWrapper.message at octet 0: expected PReq, found the message with tag [0]"]
        .assert_eq(&error.to_string());
    let error = wrapper.message.decode::<PInitReq>().err().unwrap();
    expect!["PInitReq.rrpid at octet 2: expected RRPID, found the end"]
        .assert_eq(&error.to_string());
}

#[test]
fn peeking_reads_the_header_and_nothing_else() {
    let good = wrapper(&tlv(0xa0, &tlv(0x30, &[])));
    assert_eq!(MessageWrapper::peek_header(&good).unwrap(), header());
    let garbage_after_header = tlv(0x30, &[encode(&header()).unwrap(), vec![0xff; 9]].concat());
    assert_eq!(MessageWrapper::peek_header(&garbage_after_header).unwrap(), header());
    let error = MessageWrapper::peek_header(&good[..good.len() - 1]).err().unwrap();
    expect!["MessageWrapper at octet 0: expected one SEQUENCE and nothing after it"]
        .assert_eq(&error.to_string());
    let error = MessageHeader::INFO.name;
    assert_eq!(error, "MessageHeader");
}
