//! Vault files: passphrases, changes, and limits.

use counterfoil_crypto::vault::{PASSPHRASE_BYTES_MAX, VAULT_BYTES_MAX, open, seal};
use counterfoil_secret::{Report, Secret};

use crate::keys::rng;

fn passphrase(text: &str) -> Secret<String> {
    Secret::new(text.into())
}

fn opened(text: &str, with: &str) -> Result<Vec<u8>, &'static str> {
    open(&passphrase(with), text).map(|plain| plain.expose().clone()).map_err(|e| e.id())
}

#[test]
fn opens_with_the_same_passphrase_only() {
    let text = seal(&passphrase("correct horse"), b"keys", &mut rng(1)).unwrap();
    assert_eq!(opened(&text, "correct horse"), Ok(b"keys".to_vec()));
    assert_eq!(opened(&text, "correct hors"), Err("vault-unopened"));
    assert_eq!(opened(&text, ""), Err("key-unsuitable"));
    assert_eq!(opened(&text, &"x".repeat(PASSPHRASE_BYTES_MAX + 1)), Err("key-unsuitable"));
}

#[test]
fn names_everything_but_the_passphrase() {
    let text = seal(&passphrase("correct horse"), b"keys", &mut rng(1)).unwrap();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    expect_test::expect![[r#"
        {
          "format": "counterfoil-vault-1",
          "kdf": "PBKDF2-HMAC-SHA256",
          "rounds": 600000,
          "salt": "mjdEUEVgY57GcLehfUkrJw==",
          "cipher": "AES-256-GCM",
          "nonce": "Pgd7Cpa+9Yundgd5",
          "ciphertext": "X"
        }
    "#]]
    .assert_eq(&text.replace(document["ciphertext"].as_str().unwrap(), "X"));
}

#[test]
fn a_changed_file_is_an_error() {
    let text = seal(&passphrase("correct horse"), b"keys", &mut rng(1)).unwrap();
    let check = |from: &str, to: &str, id| {
        let changed = text.replace(from, to);
        assert_ne!(changed, text);
        assert_eq!(opened(&changed, "correct horse"), Err(id), "{from}");
    };
    check("600000", "600001", "vault-unopened");
    check("600000", "1", "malformed");
    check("600000", "4294967295", "malformed");
    check("vault-1", "vault-2", "malformed");
    check("AES-256-GCM", "AES-256-CBC", "malformed");
    check("\"salt\": \"", "\"salt\": \"AAAA", "malformed");
    check("\"nonce\": \"", "\"nonce\": \"?", "malformed");
    check("\"nonce\"", "\"extra\": 1, \"nonce\"", "malformed");
    check("\"ciphertext\": \"", "\"ciphertext\": \"AAAA", "vault-unopened");
    check("{", "", "malformed");
    assert_eq!(opened(&" ".repeat(VAULT_BYTES_MAX + 1), "correct horse"), Err("limit-exceeded"));
}
