//! What messages look like on the wire, in each dialect.

use counterfoil_iso8583::dialect::{DIALECTS, ascii1987, binary};
use counterfoil_iso8583::{Dialect, Message, Mti, codec};
use expect_test::{Expect, expect};

use crate::sample;

fn check_written(message: &Message, dialect: &Dialect, expect: &Expect) {
    let bytes = codec::encode(message, dialect).unwrap();
    let text = match String::from_utf8(bytes.clone()) {
        Ok(text) => text,
        Err(_) => hex::encode(bytes).as_bytes().chunks(64).map(String::from_utf8_lossy).fold(
            String::new(),
            |text, line| {
                if text.is_empty() { line.into() } else { format!("{text}\n{line}") }
            },
        ),
    };
    expect.assert_eq(&text);
}

#[test]
fn ascii_authorization_reads_in_a_terminal() {
    check_written(
        &sample::authorization(),
        &ascii1987::DIALECT,
        &expect![
            "0100723C448108E18000164929123412341232000000000000004999112313374100004213374111232912594281059074001001632813000042SHOP0001BOOKS-1        Books, Lyon FR                          045XI0405A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A978"
        ],
    );
}

#[test]
fn binary_authorization_is_packed() {
    check_written(
        &sample::authorization(),
        &binary::DIALECT,
        &expect![[r#"
        0100723c448108e1800016492912341234123200000000000000499911231337
        4100004213374111232912594208105907040010013633323831333030303034
        3253484f5030303031424f4f4b532d312020202020202020426f6f6b732c204c
        796f6e2046522020202020202020202020202020202020202020202020202020
        0045584930343035413541354135413541354135413541354135413541354135
        4135413541354135413541354135410978"#]],
    );
}

#[test]
fn fields_above_64_bring_a_second_bitmap() {
    check_written(
        &sample::reversal(),
        &ascii1987::DIALECT,
        &expect![
            "042190200001000000000000004200000000000000004999000043074001001010000004211231337410000400100100000000000000000001000000000000000C00000000C00000000"
        ],
    );
}

#[test]
fn what_is_written_is_read_in_every_dialect() {
    for dialect in DIALECTS {
        for message in [sample::authorization(), sample::reversal(), sample::every_kind()] {
            let bytes = codec::encode(&message, dialect).unwrap();
            let read = codec::decode(&bytes, dialect).unwrap();
            let again = codec::encode(&read, dialect).unwrap();
            assert_eq!(again, bytes, "{} {message}", dialect.name);
            assert_eq!(read.to_string(), padded(&message).to_string(), "{}", dialect.name);
        }
    }
}

/// A message with the leading zeros that reading brings.
fn padded(message: &Message) -> Message {
    let mut padded = message.clone();
    for (number, width) in [(4, 12), (11, 6), (49, 3)] {
        if let Some(text) = message.text(number) {
            padded.set(number, format!("{text:0>width$}"));
        }
    }
    padded
}

#[test]
fn a_message_prints_without_its_secrets() {
    expect![[r#"
        0200 financial request
            2 Primary account number: 492912***2341
           28 Amount, transaction fee: C00000150
           32 Acquiring institution identification code: 123
           35 Track 2 data: [secret]
           44 Additional response data: x
           49 Currency code, transaction: 36
           52 Personal identification number data: [secret]
           61 Reserved for private use: 
           97 Amount, net settlement: D0000000000000001
          102 Account identification 1: [secret]
          128 Message authentication code: AAAAAAAAAAAAAAAA"#]]
    .assert_eq(&format!("{:?}", sample::every_kind()));
}

#[test]
fn what_does_not_fit_is_not_written() {
    let refused = |number: u8, text: &str| {
        let message = Message::new(Mti::AUTHORIZATION).with(number, text);
        codec::encode(&message, &ascii1987::DIALECT).unwrap_err().to_string()
    };
    let rows = [
        refused(2, "49291234123412341234"),
        refused(4, "1234567890123"),
        refused(4, "12.50"),
        refused(28, "X00000150"),
        refused(43, "caf\u{e9}"),
        refused(65, "x"),
        refused(129, "x"),
        refused(64, "00000000"),
        refused(35, "4929D2912"),
    ];
    expect![[r#"
        cannot write field 2 (Primary account number) at offset 20: its length is 20, the most is 19
        cannot write field 4 (Amount, transaction) at offset 20: its length is 13 and must be 12
        cannot write field 4 (Amount, transaction) at offset 20: it holds something other than digits
        cannot write field 28 (Amount, transaction fee) at offset 20: it holds something other than C or D and digits
        cannot write field 43 (Card acceptor name/location) at offset 20: it holds something other than printable ASCII
        cannot write field 65 (not defined) at offset 36: the dialect does not define it
        cannot write field 129 (not defined) at offset 36: the dialect does not define it
        cannot write field 64 (Message authentication code) at offset 20: text and octets are confused
        cannot write field 35 (Track 2 data) at offset 20: it holds something other than digits and ="#]].assert_eq(&rows.join("\n"));
}

#[test]
fn a_message_longer_than_a_frame_is_not_written() {
    let message = (105..=127).fold(Message::new(Mti::AUTHORIZATION), |message, number| {
        message.with(number, "x".repeat(999))
    });
    let error = codec::encode(&message, &ascii1987::DIALECT).unwrap_err();
    assert_eq!(error.to_string(), "the message would have 23082 octets, the most is 8192");
}
