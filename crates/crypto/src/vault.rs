//! A vault: a small file that a passphrase encrypts. The wallet keeps its keys in one.
//!
//! The file is one JSON document that names everything needed to open it but the passphrase:
//! PBKDF2-HMAC-SHA-256 (RFC 8018 section 5.2) makes the key, AES-256-GCM encrypts. The names and
//! the number of rounds are associated data, so that they cannot be exchanged.

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use counterfoil_secret::{Secret, SecretBytes};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::error::CryptoError;
use crate::symmetric::{Cek, GcmKey, KEY_BYTES, NONCE_BYTES, Sealed, TAG_BYTES, fresh_nonce};

/// Rounds of PBKDF2 in new vaults (OWASP's figure for HMAC-SHA-256).
pub const ROUNDS: u32 = 600_000;
/// Fewest rounds with which a vault is opened.
pub const ROUNDS_MIN: u32 = 100_000;
/// Most rounds with which a vault is opened, so that a file cannot stop the program for long.
pub const ROUNDS_MAX: u32 = 10_000_000;
/// Most octets of a vault file.
pub const VAULT_BYTES_MAX: usize = 1024 * 1024;
/// Most octets of a passphrase.
pub const PASSPHRASE_BYTES_MAX: usize = 1024;

const SALT_BYTES: usize = 16;
const FORMAT: &str = "counterfoil-vault-1";
const KDF: &str = "PBKDF2-HMAC-SHA256";
const CIPHER: &str = "AES-256-GCM";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    format: String,
    kdf: String,
    rounds: u32,
    salt: String,
    cipher: String,
    nonce: String,
    ciphertext: String,
}

/// Encrypts `plaintext` under `passphrase`; the result is the text of the file.
///
/// # Errors
/// [`CryptoError::KeyUnsuitable`] for an empty or too long passphrase,
/// [`CryptoError::LimitExceeded`] when the file would exceed [`VAULT_BYTES_MAX`].
pub fn seal(
    passphrase: &Secret<String>,
    plaintext: &[u8],
    rng: &mut dyn CryptoRng,
) -> Result<String, CryptoError> {
    if plaintext.len() > VAULT_BYTES_MAX / 2 {
        return Err(too_large());
    }
    let mut salt = [0; SALT_BYTES];
    rng.fill_bytes(&mut salt);
    let nonce = fresh_nonce(rng);
    let key = derive(passphrase, &salt, ROUNDS)?;
    let Sealed { mut ciphertext, tag } =
        GcmKey::new(key.expose()).seal(nonce, associated(ROUNDS).as_bytes(), plaintext)?;
    ciphertext.extend_from_slice(&tag);
    let document = Document {
        format: FORMAT.into(),
        kdf: KDF.into(),
        rounds: ROUNDS,
        salt: STANDARD.encode(salt),
        cipher: CIPHER.into(),
        nonce: STANDARD.encode(nonce),
        ciphertext: STANDARD.encode(ciphertext),
    };
    let mut text = serde_json::to_string_pretty(&document).map_err(malformed)?;
    text.push('\n');
    Ok(text)
}

/// Decrypts the text of a vault file.
///
/// # Errors
/// [`CryptoError::Malformed`] when it is not a vault, [`CryptoError::VaultUnopened`] for another
/// passphrase or a changed file: the two cannot be told apart.
pub fn open(passphrase: &Secret<String>, text: &str) -> Result<SecretBytes, CryptoError> {
    if text.len() > VAULT_BYTES_MAX {
        return Err(too_large());
    }
    let document: Document = serde_json::from_str(text).map_err(malformed)?;
    if (&*document.format, &*document.kdf, &*document.cipher) != (FORMAT, KDF, CIPHER) {
        return Err(malformed("its format is not known"));
    }
    if !(ROUNDS_MIN..=ROUNDS_MAX).contains(&document.rounds) {
        return Err(malformed("its number of rounds is out of range"));
    }
    let salt: [u8; SALT_BYTES] = fixed("salt", &document.salt)?;
    let nonce: [u8; NONCE_BYTES] = fixed("nonce", &document.nonce)?;
    let sealed = decode("ciphertext", &document.ciphertext)?;
    let (ciphertext, tag) = sealed
        .split_last_chunk::<TAG_BYTES>()
        .ok_or_else(|| malformed("its ciphertext is too short"))?;
    let key = derive(passphrase, &salt, document.rounds)?;
    GcmKey::new(key.expose())
        .open(nonce, associated(document.rounds).as_bytes(), ciphertext, tag)
        .ok_or(CryptoError::VaultUnopened)
}

fn associated(rounds: u32) -> String {
    format!("{FORMAT} {KDF} {rounds} {CIPHER}")
}

fn derive(
    passphrase: &Secret<String>,
    salt: &[u8; SALT_BYTES],
    rounds: u32,
) -> Result<Cek, CryptoError> {
    let passphrase = passphrase.expose().as_bytes();
    if passphrase.is_empty() || passphrase.len() > PASSPHRASE_BYTES_MAX {
        return Err(CryptoError::KeyUnsuitable {
            found: format!("{} octets", passphrase.len()),
            wanted: "a passphrase".into(),
        });
    }
    let rounds = NonZeroU32::new(rounds).expect("invariant: rounds are in range");
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, rounds, salt, passphrase, key.as_mut());
    Ok(Secret::new(*key))
}

fn decode(field: &str, text: &str) -> Result<Vec<u8>, CryptoError> {
    STANDARD.decode(text).map_err(|_| malformed(format_args!("its {field} is not base64")))
}

fn fixed<const N: usize>(field: &str, text: &str) -> Result<[u8; N], CryptoError> {
    decode(field, text)?
        .try_into()
        .map_err(|_| malformed(format_args!("its {field} does not have {N} octets")))
}

fn malformed(detail: impl std::fmt::Display) -> CryptoError {
    CryptoError::Malformed { structure: "vault file", detail: detail.to_string() }
}

fn too_large() -> CryptoError {
    CryptoError::LimitExceeded { structure: "vault file", limit: VAULT_BYTES_MAX, unit: "octets" }
}
