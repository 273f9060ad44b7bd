//! The tables of suites agree with the program `openssl`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::io::Write as _;
use std::process::Command;

use counterfoil_tls::suite::{self, Authentication, Cipher, Hash, KeyExchange, Mode};

/// What OpenSSL says of one suite: code, names, and what it is made of.
struct Row {
    code: u16,
    openssl: String,
    name: String,
    kx: String,
    au: String,
    enc: String,
    mac: String,
}

fn rows() -> Option<Vec<Row>> {
    let run = Command::new("openssl")
        .args(["ciphers", "-V", "-stdname", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"])
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let text = String::from_utf8(run.stdout).unwrap();
    Some(text.lines().filter_map(row).collect())
}

/// `0xC0,0x30 - TLS_... - ECDHE-... TLSv1.2 Kx=ECDH Au=RSA Enc=AESGCM(256) Mac=AEAD`
fn row(line: &str) -> Option<Row> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let code = words.first()?.replace("0x", "").replace(',', "");
    let value = |key: &str| words.iter().find_map(|word| word.strip_prefix(key)).map(str::to_owned);
    Some(Row {
        code: u16::from_str_radix(&code, 16).ok()?,
        name: (*words.get(2)?).to_owned(),
        openssl: (*words.get(4)?).to_owned(),
        kx: value("Kx=")?,
        au: value("Au=")?,
        enc: value("Enc=")?,
        mac: value("Mac=")?,
    })
}

#[test]
fn every_suite_of_openssl_is_known_by_the_same_names_and_parts() {
    let Some(rows) = rows() else {
        drop(writeln!(std::io::stderr(), "SKIPPED: the program openssl is not installed"));
        return;
    };
    assert!(rows.len() > 50, "openssl lists {} suites", rows.len());
    for row in rows {
        let suite = suite::find(row.code).unwrap_or_else(|| panic!("{} is unknown", row.name));
        assert_eq!(suite.name, row.name);
        assert_eq!(suite.openssl_name(), Some(row.openssl.as_str()));
        assert_eq!(exchange(suite.key_exchange), row.kx, "{}", row.name);
        assert_eq!(authentication(suite.authentication), row.au, "{}", row.name);
        assert_eq!(encryption(suite.cipher, suite.mode), row.enc, "{}", row.name);
        assert_eq!(mac(suite.mode, suite.hash), row.mac, "{}", row.name);
    }
}

fn exchange(key_exchange: KeyExchange) -> &'static str {
    match key_exchange {
        KeyExchange::Rsa => "RSA",
        KeyExchange::Dhe => "DH",
        KeyExchange::Ecdhe => "ECDH",
        KeyExchange::Psk => "PSK",
        KeyExchange::DhePsk => "DHEPSK",
        KeyExchange::RsaPsk => "RSAPSK",
        KeyExchange::EcdhePsk => "ECDHEPSK",
        KeyExchange::Srp => "SRP",
        KeyExchange::Any => "any",
        other => panic!("openssl has no {other:?}"),
    }
}

fn authentication(authentication: Authentication) -> &'static str {
    match authentication {
        Authentication::Anonymous => "None",
        Authentication::Rsa => "RSA",
        Authentication::Dss => "DSS",
        Authentication::Ecdsa => "ECDSA",
        Authentication::Psk => "PSK",
        Authentication::Srp => "SRP",
        Authentication::Any => "any",
        other => panic!("openssl has no {other:?}"),
    }
}

fn encryption(cipher: Cipher, mode: Mode) -> String {
    let name = match cipher {
        Cipher::NullCipher => return "None".to_owned(),
        Cipher::ChaCha20 => return "CHACHA20/POLY1305(256)".to_owned(),
        Cipher::Aes128 | Cipher::Aes256 => "AES",
        Cipher::Camellia128 | Cipher::Camellia256 => "Camellia",
        Cipher::Aria128 | Cipher::Aria256 => "ARIA",
        Cipher::TripleDes => return "3DES(168)".to_owned(),
        Cipher::Seed => "SEED",
        Cipher::Idea => "IDEA",
        Cipher::Rc4 => "RC4",
        Cipher::Des => "DES",
        other => panic!("openssl has no {other:?}"),
    };
    let mode = match mode {
        Mode::Gcm => "GCM",
        Mode::Ccm => "CCM",
        Mode::Ccm8 => "CCM8",
        _ => "",
    };
    format!("{name}{mode}({})", cipher.bits())
}

fn mac(mode: Mode, hash: Hash) -> &'static str {
    match hash {
        _ if mode.is_aead() => "AEAD",
        Hash::Md5 => "MD5",
        Hash::Sha1 => "SHA1",
        Hash::Sha256 => "SHA256",
        Hash::Sha384 => "SHA384",
        other => panic!("openssl has no {other:?}"),
    }
}
