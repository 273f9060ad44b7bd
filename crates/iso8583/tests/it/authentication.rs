//! Message authentication: what is covered, what is refused, and what OpenSSL computes.

use std::io::Write as _;
use std::process::{Command, Stdio};

use counterfoil_iso8583::dialect::{DIALECTS, ascii1987};
use counterfoil_iso8583::field::number as n;
use counterfoil_iso8583::mac::{self, MacError, MacKey, RETAIL_MAC_NAMES};
use counterfoil_iso8583::{FieldValue, codec};
use counterfoil_secret::{Report, SecretBytes};
use expect_test::expect;

use crate::sample;

const KEY: [u8; 16] = [0x2B; 16];

fn key(octets: &[u8]) -> MacKey {
    MacKey::new("aes-cmac", &SecretBytes::new(octets.to_vec())).unwrap()
}

fn refusal(result: Result<impl Sized, MacError>) -> String {
    let error = result.err().unwrap();
    format!("{}: {error}; hint: {}", error.id(), error.hint())
}

#[test]
fn a_sealed_message_opens_with_its_key_only() {
    for dialect in DIALECTS {
        for message in [sample::authorization(), sample::reversal(), sample::every_kind()] {
            let bytes = mac::seal(message, dialect, &key(&KEY)).unwrap();
            let opened = mac::open(&bytes, dialect, &key(&KEY)).unwrap();
            assert!(opened.octets(opened.mac_field()).is_some());
            let other = mac::open(&bytes, dialect, &key(&[0x2C; 16]));
            assert!(matches!(other, Err(MacError::Mismatch { .. })));
        }
    }
}

#[test]
fn every_octet_is_covered() {
    for dialect in DIALECTS {
        let bytes = mac::seal(sample::authorization(), dialect, &key(&KEY)).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0x01;
            assert!(mac::open(&changed, dialect, &key(&KEY)).is_err(), "octet {at}");
        }
    }
}

#[test]
fn refusals_say_what_to_do() {
    let dialect = &ascii1987::DIALECT;
    let bare = codec::encode(&sample::authorization(), dialect).unwrap();
    let sealed = |code: [u8; 8]| {
        let mut message = sample::authorization();
        message.fields.insert(n::MAC_PRIMARY, FieldValue::Octets(code.to_vec()));
        codec::encode(&message, dialect).unwrap()
    };
    let rows = [
        refusal(MacKey::new("crc32", &SecretBytes::new(KEY.to_vec()))),
        refusal(MacKey::new("aes-cmac", &SecretBytes::new(vec![1; 24]))),
        refusal(mac::open(&bare, dialect, &key(&KEY))),
        refusal(mac::open(&sealed([9; 8]), dialect, &key(&KEY))),
        refusal(mac::open(&sealed([9, 9, 9, 9, 0, 0, 0, 0]), dialect, &key(&KEY))),
    ];
    expect![[r#"
        mac-algorithm-unknown: the message authentication `crc32` is not known; hint: agree on `aes-cmac` with the bank
        mac-key-length: the message authentication key has 24 octets and needs 16 or 32; hint: give the key as 32 or 64 hexadecimal digits
        mac-missing: the message has no authentication code in field 64; hint: turn on message authentication at the peer
        mac-mismatch: the authentication code in field 64 at offset 230 is wrong; hint: check that both ends of the bank link hold the same key
        mac-retail-seen: the authentication code in field 64 at offset 230 is wrong; hint: the peer seems to use a retail MAC; agree on `aes-cmac`"#]].assert_eq(&rows.join("\n"));
}

#[test]
fn the_retail_mac_is_recognised_by_each_of_its_names_and_refused() {
    for name in RETAIL_MAC_NAMES {
        let error = MacKey::new(&name.to_uppercase(), &SecretBytes::new(vec![1; 16])).unwrap_err();
        assert_eq!(error.id(), "mac-retail-refused");
    }
}

#[test]
fn openssl_computes_the_same_code() {
    let dialect = &ascii1987::DIALECT;
    for octets in [&KEY[..], &[0x3D; 32]] {
        let bytes = mac::seal(sample::authorization(), dialect, &key(octets)).unwrap();
        let (covered, code) = bytes.split_at(bytes.len() - 16);
        let Some(tag) = openssl_cmac(octets, covered) else {
            println!("SKIPPED: openssl not found");
            return;
        };
        assert_eq!(&tag[..16], String::from_utf8_lossy(code));
    }
}

fn openssl_cmac(key: &[u8], covered: &[u8]) -> Option<String> {
    let cipher = format!("AES-{}-CBC", key.len() * 8);
    let key = format!("hexkey:{}", hex::encode(key));
    let mut child = Command::new("openssl")
        .args(["mac", "-cipher", &cipher, "-macopt", &key, "-in", "-", "CMAC"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    child.stdin.take().unwrap().write_all(covered).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    Some(String::from_utf8(output.stdout).unwrap())
}
