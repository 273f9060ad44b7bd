//! Bytes that are no message: an error that names field and offset, and never a panic.

use counterfoil_iso8583::dialect::{DIALECTS, ascii1987, binary};
use counterfoil_iso8583::frame::{Deframer, FRAME_BYTES_MAX};
use counterfoil_iso8583::mac::{self, MacKey};
use counterfoil_iso8583::original::{OriginalData, replacement_amount};
use counterfoil_iso8583::private_data::PrivateData;
use counterfoil_iso8583::{Dialect, Message, codec, redact};
use counterfoil_secret::{Report, SecretBytes};
use expect_test::expect;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

use crate::sample;

fn refusal(bytes: &[u8], dialect: &Dialect) -> String {
    let error = codec::decode(bytes, dialect).unwrap_err();
    format!("{}: {error}", error.id())
}

#[test]
fn errors_name_the_field_and_the_offset() {
    let ascii = |text: &str| refusal(text.as_bytes(), &ascii1987::DIALECT);
    let packed = |text: &str| refusal(&hex::decode(text).unwrap(), &binary::DIALECT);
    let rows = [
        ascii(""),
        ascii("01"),
        ascii("x100"),
        ascii("1100"),
        ascii("01004"),
        ascii("0100400000000000000Z"),
        ascii("0100C000000000000000"),
        ascii("01008000000000000000800000000000000016"),
        ascii("01004000000000000000"),
        ascii("01004000000000000000x6"),
        ascii("0100400000000000000020"),
        ascii("0100400000000000000016492912341234123"),
        ascii("0100400000000000000016492912341234123x"),
        ascii("01001000000000000000 000000049.9"),
        ascii("0100000000000000100000112233445566z8"),
        ascii("01000000000000800000\u{e9}bcdefg"),
        ascii("01001000000000000000000000004999trailing"),
        packed("0100"),
        packed("0a00"),
        packed("0100400000000000000016492912341234123f"),
        packed("01004000000000000000151492912341234123"),
        packed("010000000000000080001978"),
        packed("01000000000000008000f978"),
        refusal(&[b'0'; FRAME_BYTES_MAX + 1], &ascii1987::DIALECT),
    ];
    expect![[r#"
        iso8583-message-type: the message type at offset 0 is not four digits
        iso8583-message-type: the message type at offset 0 is not four digits
        iso8583-message-type: the message type at offset 0 is not four digits
        iso8583-version: the message type at offset 0 is of ISO 8583 version 1, not of 1987
        iso8583-bitmap: the bitmap at offset 4 is cut short or not hexadecimal
        iso8583-bitmap: the bitmap at offset 4 is cut short or not hexadecimal
        iso8583-bitmap: the bitmap at offset 20 is cut short or not hexadecimal
        iso8583-field-not-defined: field 65 (not defined) at offset 36: the dialect does not define it
        iso8583-field-cut-short: field 2 (Primary account number) at offset 20: the message ends 2 octets before its end
        iso8583-field-length: field 2 (Primary account number) at offset 20: its length is not a decimal number
        iso8583-field-length: field 2 (Primary account number) at offset 20: its length is 20, the most is 19
        iso8583-field-cut-short: field 2 (Primary account number) at offset 20: the message ends 1 octets before its end
        iso8583-field-content: field 2 (Primary account number) at offset 20: it holds something other than digits
        iso8583-field-content: field 4 (Amount, transaction) at offset 20: it holds something other than digits
        iso8583-field-content: field 52 (Personal identification number data) at offset 20: it holds something other than hexadecimal
        iso8583-field-content: field 41 (Card acceptor terminal identification) at offset 20: it holds something other than printable ASCII
        iso8583-trailing-bytes: 8 octets follow the last field at offset 32
        iso8583-bitmap: the bitmap at offset 2 is cut short or not hexadecimal
        iso8583-message-type: the message type at offset 0 is not four digits
        iso8583-field-content: field 2 (Primary account number) at offset 10: it holds something other than digits
        iso8583-field-content: field 2 (Primary account number) at offset 10: it holds something other than digits
        iso8583-field-content: field 49 (Currency code, transaction) at offset 10: it holds something other than digits
        iso8583-field-content: field 49 (Currency code, transaction) at offset 10: it holds something other than digits
        iso8583-message-too-long: the message has 8193 octets, the most is 8192"#]].assert_eq(&rows.join("\n"));
}

/// Everything that reads bytes of a peer.
fn read_all(bytes: &[u8], dialect: &Dialect, key: &MacKey) {
    let redacted = redact::redact(bytes, dialect);
    if let Ok(layout) = codec::lay_out(bytes, dialect) {
        assert_eq!(redacted.len(), bytes.len());
        assert!(layout.spans.len() <= 127);
    }
    let _ = mac::open(bytes, dialect, key);
    if let Ok(message) = codec::decode(bytes, dialect) {
        let again = codec::encode(&message, dialect).unwrap();
        assert_eq!(codec::decode(&again, dialect).unwrap(), message);
        let _ = (message.to_string(), message.pan(), message.number(4));
        let _ = (PrivateData::of(&message), OriginalData::of(&message));
        let _ = (OriginalData::named_by(&message), replacement_amount(&message));
    }
}

fn samples(dialect: &Dialect) -> Vec<Vec<u8>> {
    [sample::authorization(), sample::reversal(), sample::every_kind()]
        .iter()
        .map(|message: &Message| codec::encode(message, dialect).unwrap())
        .collect()
}

#[test]
fn every_cut_and_every_changed_octet_is_read_without_panic() {
    let key = MacKey::new("aes-cmac", &SecretBytes::new(vec![7; 16])).unwrap();
    for dialect in DIALECTS {
        for bytes in samples(dialect) {
            for end in 0..bytes.len() {
                assert!(codec::decode(&bytes[..end], dialect).is_err());
                read_all(&bytes[..end], dialect, &key);
            }
            for at in 0..bytes.len() {
                for flip in [0x01, 0x0F, 0x10, 0x80, 0xFF] {
                    let mut changed = bytes.clone();
                    changed[at] ^= flip;
                    read_all(&changed, dialect, &key);
                }
            }
        }
    }
}

#[test]
fn random_octets_are_read_without_panic() {
    let key = MacKey::new("aes-cmac", &SecretBytes::new(vec![7; 16])).unwrap();
    let mut rng = ChaCha20Rng::seed_from_u64(8583);
    for _ in 0..20_000 {
        let mut bytes = vec![0; (rng.next_u32() % 300) as usize];
        rng.fill_bytes(&mut bytes);
        if rng.next_u32() % 2 == 0 {
            let start: &[u8] = if rng.next_u32() % 2 == 0 { b"0100" } else { &[0x01, 0x00] };
            let length = start.len().min(bytes.len());
            bytes[..length].copy_from_slice(&start[..length]);
        }
        for dialect in DIALECTS {
            read_all(&bytes, dialect, &key);
        }
        let mut input = bytes.as_slice();
        let mut deframer = Deframer::new();
        while let Ok(Some(_)) = deframer.take(&mut input) {}
    }
}
