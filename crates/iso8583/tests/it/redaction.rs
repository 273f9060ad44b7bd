//! What a journal may hold.

use counterfoil_iso8583::dialect::{DIALECTS, ascii1987, binary};
use counterfoil_iso8583::{Message, codec, redact};
use expect_test::expect;

use crate::sample;

#[test]
fn ascii_journals_show_first_six_and_last_four() {
    let bytes = codec::encode(&sample::every_kind(), &ascii1987::DIALECT).unwrap();
    let redacted = redact::redact(&bytes, &ascii1987::DIALECT);
    expect!["0200C000001120109008000000008400000113492912***2341C000001500312318******************01x036****************000D000000000000000108********AAAAAAAAAAAAAAAA"].assert_eq(&String::from_utf8(redacted).unwrap());
}

#[test]
fn binary_journals_show_first_six_and_last_four() {
    let bytes = codec::encode(&sample::every_kind(), &binary::DIALECT).unwrap();
    expect!["0200c0000011201090080000000084000001130492912fff2341430000015003012318ffffffffffffffffff017800362a2a2a2a2a2a2a2a0000440000000000000001082a2a2a2a2a2a2a2aaaaaaaaaaaaaaaaa"].assert_eq(&hex::encode(redact::redact(&bytes, &binary::DIALECT)));
}

#[test]
fn no_card_number_is_left_in_any_dialect() {
    for dialect in DIALECTS {
        for length in [8, 12, 13, 16, 17, 19] {
            let digits = &"4929123412341232987"[..length];
            let message = Message::new(counterfoil_iso8583::Mti::FINANCIAL)
                .with(2, digits)
                .with(35, format!("{digits}=2912"))
                .with(62, format!("card {digits} again"));
            let bytes = codec::encode(&message, dialect).unwrap();
            let redacted = redact::redact(&bytes, dialect);
            assert_eq!(redacted.len(), bytes.len());
            let forms = [hex::encode(&redacted), String::from_utf8_lossy(&redacted).into_owned()];
            if length >= 13 {
                assert!(forms.iter().all(|form| !form.contains(digits)), "{forms:?}");
            }
            let layout = codec::lay_out(&redacted, dialect).unwrap();
            assert_eq!(layout, codec::lay_out(&bytes, dialect).unwrap());
            let card = &layout.spans[0];
            let shown = hex::encode(&redacted[card.value.clone()]);
            assert!(!shown.contains(&digits[3..length - 3]), "{shown}");
        }
    }
}

#[test]
fn only_the_size_is_kept_of_what_cannot_be_read() {
    let bytes = codec::encode(&sample::authorization(), &ascii1987::DIALECT).unwrap();
    let redacted = redact::redact(&bytes, &binary::DIALECT);
    expect!["[230 octets withheld: not a message of dialect binary]"]
        .assert_eq(&String::from_utf8(redacted).unwrap());
}
